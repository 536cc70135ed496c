#include "sink/file/last_line.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <system_error>

namespace glassflow::sink {
namespace {

// A temporary file without a name.
class LastLine : public testing::Test {
protected:
    std::optional<TornLine> find(const std::string& content) {
        auto* file = std::tmpfile();
        EXPECT_EQ(std::fwrite(content.data(), 1, content.size(), file), content.size());
        std::fflush(file);
        auto line = find_torn_line(fileno(file));
        std::fclose(file);
        return line;
    }
};

TEST_F(LastLine, nothing_is_torn_when_the_end_is_a_newline) {
    EXPECT_FALSE(find(""));
    EXPECT_FALSE(find("\n"));
    EXPECT_FALSE(find("{\"a\":1}\n"));
    EXPECT_FALSE(find("anything else\n\n"));
}

TEST_F(LastLine, finds_where_the_torn_line_begins) {
    auto line = find("{\"a\":1}\n{\"b\":");
    ASSERT_TRUE(line);
    EXPECT_EQ(line->begin, 8);
    EXPECT_EQ(line->size, 5);
    EXPECT_TRUE(line->is_ours);
    EXPECT_FALSE(line->is_whole_object);
}

TEST_F(LastLine, the_only_line_may_be_torn) {
    auto line = find("{");
    ASSERT_TRUE(line);
    EXPECT_EQ(line->begin, 0);
    EXPECT_EQ(line->size, 1);
}

TEST_F(LastLine, tells_a_whole_object_without_its_newline) {
    auto line = find("{\"a\":1}\n{\"b\":\"}\"}");
    ASSERT_TRUE(line);
    EXPECT_TRUE(line->is_whole_object);
    EXPECT_FALSE(find("{\"b\":\"}")->is_whole_object);
    EXPECT_FALSE(find("{\"a\":1}{\"b\":")->is_whole_object);
    EXPECT_FALSE(find(std::string("{\"a\":1}\0\0", 9))->is_whole_object);
}

TEST_F(LastLine, tells_what_is_not_ours) {
    auto line = find("{\"a\":1}\nplain text");
    ASSERT_TRUE(line);
    EXPECT_FALSE(line->is_ours);
    EXPECT_FALSE(find("[1,2]")->is_ours);
    EXPECT_FALSE(find(std::string(3, '\0') + "x")->is_ours);
}

TEST_F(LastLine, zeros_are_what_a_power_cut_left) {
    EXPECT_TRUE(find("{\"a\":1}\n" + std::string(70'000, '\0'))->is_ours);
    EXPECT_FALSE(find("{\"a\":1}\n" + std::string(70'000, '\0'))->is_whole_object);
}

TEST_F(LastLine, lines_and_files_may_be_larger_than_a_block) {
    for (std::size_t size : {65'535u, 65'536u, 65'537u, 300'000u}) {
        std::string first(size, 'x');
        auto torn = "{\"b\":\"" + std::string(size, 'y');
        auto line = find(first + "\n" + torn);
        ASSERT_TRUE(line) << size;
        EXPECT_EQ(line->begin, static_cast<off_t>(size + 1));
        EXPECT_EQ(line->size, static_cast<off_t>(torn.size()));
        EXPECT_FALSE(line->is_whole_object);
        EXPECT_TRUE(find(first + "\n" + torn + "\"}")->is_whole_object) << size;
        EXPECT_EQ(find(torn)->begin, 0);
    }
}

TEST_F(LastLine, nesting_does_not_use_up_the_stack) {
    std::string deep = "{\"a\":";
    for (int i = 0; i < 1'000'000; ++i) {
        deep += "[";
    }
    EXPECT_FALSE(find(deep)->is_whole_object);
}

TEST_F(LastLine, what_cannot_be_read_is_an_error) {
    EXPECT_THROW(find_torn_line(-1), std::system_error);
}

}  // namespace
}  // namespace glassflow::sink
