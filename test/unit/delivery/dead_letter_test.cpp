#include "delivery/dead_letter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace glassflow::delivery {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

class DeadLetter : public testing::Test {
protected:
    void SetUp() override {
        char pattern[] = "/tmp/dead-letter-XXXXXX";
        directory = ::mkdtemp(pattern);
        state = directory / "var" / "state";
    }
    void TearDown() override { std::filesystem::remove_all(directory); }

    static std::vector<rapidjson::Document> read(const std::string& path) {
        std::vector<rapidjson::Document> letters;
        std::ifstream stream(path);
        for (std::string line; std::getline(stream, line);) {
            letters.emplace_back();
            letters.back().Parse(line.data(), line.size());
            EXPECT_FALSE(letters.back().HasParseError()) << line;
        }
        return letters;
    }
    static mode_t mode_of(const std::filesystem::path& path) {
        struct stat status {};
        EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
        return status.st_mode & 07777;
    }

    std::filesystem::path directory;
    std::filesystem::path state;
};

TEST_F(DeadLetter, keeps_the_payload_byte_for_byte_with_reason_and_position) {
    DeadLetterStore store(state, "glassflow");
    std::string body = "{\"text\":\"quote \\\" backslash \\\\ newline \\n \xc3\xa4 \xf0\x9f\x98\x80\",\"n\":1.50}";
    store.write("16/B374D848-3d", "event was refused (HTTP 422: \"x\" is missing)", body);
    auto letters = read(store.path());
    ASSERT_EQ(letters.size(), 1u);
    const auto& letter = letters[0];
    EXPECT_EQ(letter.MemberCount(), 6u);
    EXPECT_THAT(letter["time"].GetString(),
                MatchesRegex("[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+[.][0-9][0-9][0-9]Z"));
    EXPECT_STREQ(letter["sink"].GetString(), "glassflow");
    EXPECT_STREQ(letter["reason"].GetString(), "event was refused (HTTP 422: \"x\" is missing)");
    EXPECT_STREQ(letter["event_id"].GetString(), "16/B374D848-3d");
    EXPECT_STREQ(letter["lsn"].GetString(), "16/B374D848");
    EXPECT_EQ(std::string(letter["payload"].GetString(), letter["payload"].GetStringLength()), body);
}

TEST_F(DeadLetter, is_for_its_owner_only) {
    auto before = ::umask(0);
    DeadLetterStore store(state, "glassflow");
    store.write("0/1-0", "reason", "{}");
    ::umask(before);
    EXPECT_EQ(mode_of(store.path()), 0600u);
    EXPECT_EQ(mode_of(state), 0700u);
}

TEST_F(DeadLetter, there_is_no_file_without_a_letter) {
    DeadLetterStore store(state, "glassflow");
    EXPECT_FALSE(std::filesystem::exists(store.path()));
}

TEST_F(DeadLetter, appends_and_survives_reopening) {
    for (int i = 0; i < 3; ++i) {
        DeadLetterStore store(state, "glassflow");
        store.write("0/1-" + std::to_string(i), "reason", "{}");
    }
    EXPECT_EQ(read(state / "dead-letters-glassflow.jsonl").size(), 3u);
}

TEST_F(DeadLetter, a_sink_name_is_no_path) {
    DeadLetterStore store(state, "../../etc/passwd\n\xc3\xa4");
    store.write("0/1-0", "reason", "{}");
    EXPECT_EQ(std::filesystem::path(store.path()).parent_path(), state);
    EXPECT_EQ(std::filesystem::path(store.path()).filename(), "dead-letters-______etc_passwd___.jsonl");
    EXPECT_EQ(std::string(read(store.path())[0]["sink"].GetString()), "../../etc/passwd\n\xc3\xa4");
}

TEST_F(DeadLetter, a_torn_line_of_a_crash_is_cut_off) {
    DeadLetterStore store(state, "glassflow");
    store.write("0/1-0", "reason", "{}");
    std::ofstream(store.path(), std::ios::app) << "{\"time\":\"20";
    store.write("0/2-0", "reason", "{}");
    auto letters = read(store.path());
    ASSERT_EQ(letters.size(), 2u);
    EXPECT_STREQ(letters[1]["event_id"].GetString(), "0/2-0");
}

TEST_F(DeadLetter, a_file_that_was_taken_away_is_made_again) {
    DeadLetterStore store(state, "glassflow");
    store.write("0/1-0", "reason", "{}");
    std::filesystem::rename(store.path(), state / "looked-at.jsonl");
    store.write("0/2-0", "reason", "{}");
    EXPECT_EQ(read(store.path()).size(), 1u);
}

TEST_F(DeadLetter, threads_and_processes_do_not_tear_each_others_lines) {
    DeadLetterStore first(state, "glassflow");
    DeadLetterStore second(state, "glassflow");  // as another process would have it
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            for (int n = 0; n < 50; ++n) {
                (i % 2 == 0 ? first : second).write("0/1-0", "reason", std::string(10'000, 'x'));
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(read(first.path()).size(), 200u);
}

TEST_F(DeadLetter, what_does_not_fit_is_an_error_and_leaves_nothing_behind) {
    DeadLetterStore store(state, "glassflow");
    store.write("0/1-0", "reason", "{}");
    auto size = std::filesystem::file_size(store.path());
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    auto previous = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small{size + 50, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_THROW(store.write("0/2-0", "reason", std::string(1'000, 'x')), DeadLetterError);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, previous);
    EXPECT_EQ(std::filesystem::file_size(store.path()), size);
    store.write("0/2-0", "reason", "{}");
    EXPECT_EQ(read(store.path()).size(), 2u);
}

TEST_F(DeadLetter, a_place_where_nothing_can_be_stored_is_refused_at_once) {
    std::ofstream(directory / "file") << "x";
    try {
        DeadLetterStore store(directory / "file", "glassflow");
        FAIL() << "was accepted";
    } catch (const DeadLetterError& error) {
        EXPECT_THAT(error.what(), HasSubstr((directory / "file").string()));
        EXPECT_THAT(error.hint(), HasSubstr("state_directory"));
    }
    EXPECT_THROW(DeadLetterStore(directory / "file" / "state", "glassflow"), DeadLetterError);
}

TEST_F(DeadLetter, text_that_is_no_utf_8_is_an_error_not_broken_json) {
    DeadLetterStore store(state, "glassflow");
    EXPECT_THROW(store.write("0/1-0", "reason", "{\"a\":\"\xff\"}"), DeadLetterError);
    EXPECT_FALSE(std::filesystem::exists(store.path()));
}

}  // namespace
}  // namespace glassflow::delivery
