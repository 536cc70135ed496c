#include "delivery/checkpoint_store.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace glassflow::delivery {
namespace {

using ::testing::HasSubstr;

class CheckpointStoreTest : public ::testing::Test {
protected:
    CheckpointStoreTest() {
        std::string name = (std::filesystem::temp_directory_path() / "glassflow-checkpoint-XXXXXX").string();
        directory_ = mkdtemp(name.data());
    }
    ~CheckpointStoreTest() override { std::filesystem::remove_all(directory_); }

    static Checkpoint at(std::uint64_t lsn) {
        Checkpoint checkpoint;
        checkpoint.slot = "orders";
        checkpoint.confirmed = {lsn};
        return checkpoint;
    }

    std::string directory_;
};

TEST_F(CheckpointStoreTest, WhatWasWrittenIsLoaded) {
    CheckpointStore store(directory_, "orders");
    EXPECT_FALSE(store.load().checkpoint.has_value());
    EXPECT_EQ(store.load().unreadable, "");
    store.write(at(1));
    store.write(at(2));
    EXPECT_EQ(CheckpointStore(directory_, "orders").load().checkpoint, at(2));
    EXPECT_FALSE(CheckpointStore(directory_, "items").load().checkpoint.has_value());
}

TEST_F(CheckpointStoreTest, IsReadableByItsOwnerAlone) {
    CheckpointStore store(directory_, "orders");
    store.write(at(1));
    struct stat status {};
    ASSERT_EQ(::stat(store.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(CheckpointStoreTest, ACrashBeforeTheRenameLeavesTheOldOne) {
    CheckpointStore store(directory_, "orders");
    store.write(at(1));
    std::ofstream(store.path() + ".new") << "{\"format\": \"glassfl";
    EXPECT_EQ(store.load().checkpoint, at(1));
    store.write(at(2));
    EXPECT_EQ(store.load().checkpoint, at(2));
}

TEST_F(CheckpointStoreTest, DamageIsToldAndNotIgnored) {
    CheckpointStore store(directory_, "orders");
    store.write(at(1));
    std::filesystem::resize_file(store.path(), 40);
    const auto loaded = store.load();
    EXPECT_FALSE(loaded.checkpoint.has_value());
    EXPECT_THAT(loaded.unreadable, HasSubstr("torn"));
    std::filesystem::resize_file(store.path(), 0);
    EXPECT_EQ(store.load().unreadable, "it is empty");
    std::filesystem::resize_file(store.path(), 3 << 20);
    EXPECT_THAT(store.load().unreadable, HasSubstr("larger"));
    std::filesystem::remove(store.path());
    std::filesystem::create_directory(store.path());
    EXPECT_THAT(store.load().unreadable, HasSubstr("could not read it"));
}

TEST_F(CheckpointStoreTest, AWriteThatFailsLeavesTheOldOne) {
    CheckpointStore store(directory_, "orders");
    store.write(at(1));
    std::filesystem::create_directory(store.path() + ".new");  // cannot be opened for writing, even by root
    EXPECT_THROW(store.write(at(2)), CheckpointFileError);
    EXPECT_EQ(store.load().checkpoint, at(1));
}

TEST_F(CheckpointStoreTest, OneAtATimeHoldsTheLock) {
    CheckpointStore other(directory_, "orders");
    {
        CheckpointStore store(directory_, "orders");
        EXPECT_TRUE(store.lock());
        EXPECT_TRUE(store.lock());
        EXPECT_FALSE(other.lock());
        EXPECT_TRUE(CheckpointStore(directory_, "items").lock());
    }
    EXPECT_TRUE(other.lock());
}

TEST_F(CheckpointStoreTest, WhatIsPutAsideIsKept) {
    CheckpointStore store(directory_, "orders");
    store.set_aside();  // nothing there: nothing to do
    store.write(at(1));
    store.set_aside();
    EXPECT_FALSE(store.load().checkpoint.has_value());
    EXPECT_TRUE(std::filesystem::exists(store.path() + ".forgotten"));
}

}  // namespace
}  // namespace glassflow::delivery
