#include "delivery/dead_letter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidjson/document.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "sink/make_payload.h"

namespace glassflow::delivery {
namespace {

using testing::HasSubstr;
using testing::MatchesRegex;

sink::Payload letter(std::string event_id, std::string body) {
    return sink::make_payload(sink::PayloadText{.body = std::move(body), .event_id = std::move(event_id)});
}

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
    store.write(letter("16/B374D848-3d", body), "event was refused (HTTP 422: \"x\" is missing)");
    auto letters = read(store.path());
    ASSERT_EQ(letters.size(), 1u);
    const auto& letter = letters[0];
    EXPECT_EQ(letter.MemberCount(), 11u);
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
    store.write(letter("0/1-0", "{}"), "reason");
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
        store.write(letter("0/1-" + std::to_string(i), "{}"), "reason");
    }
    EXPECT_EQ(read(state / "dead-letters-glassflow.jsonl").size(), 3u);
}

TEST_F(DeadLetter, a_sink_name_is_no_path) {
    DeadLetterStore store(state, "../../etc/passwd\n\xc3\xa4");
    store.write(letter("0/1-0", "{}"), "reason");
    EXPECT_EQ(std::filesystem::path(store.path()).parent_path(), state);
    EXPECT_EQ(std::filesystem::path(store.path()).filename(), "dead-letters-______etc_passwd___.jsonl");
    EXPECT_EQ(std::string(read(store.path())[0]["sink"].GetString()), "../../etc/passwd\n\xc3\xa4");
}

TEST_F(DeadLetter, a_torn_line_of_a_crash_is_cut_off) {
    DeadLetterStore store(state, "glassflow");
    store.write(letter("0/1-0", "{}"), "reason");
    std::ofstream(store.path(), std::ios::app) << "{\"time\":\"20";
    store.write(letter("0/2-0", "{}"), "reason");
    auto letters = read(store.path());
    ASSERT_EQ(letters.size(), 2u);
    EXPECT_STREQ(letters[1]["event_id"].GetString(), "0/2-0");
}

TEST_F(DeadLetter, a_file_that_was_taken_away_is_made_again) {
    DeadLetterStore store(state, "glassflow");
    store.write(letter("0/1-0", "{}"), "reason");
    std::filesystem::rename(store.path(), state / "looked-at.jsonl");
    store.write(letter("0/2-0", "{}"), "reason");
    EXPECT_EQ(read(store.path()).size(), 1u);
}

TEST_F(DeadLetter, threads_and_processes_do_not_tear_each_others_lines) {
    DeadLetterStore first(state, "glassflow");
    DeadLetterStore second(state, "glassflow");  // as another process would have it
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&, i] {
            for (int n = 0; n < 50; ++n) {
                (i % 2 == 0 ? first : second).write(letter("0/1-0", std::string(10'000, 'x')), "reason");
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
    store.write(letter("0/1-0", "{}"), "reason");
    auto size = std::filesystem::file_size(store.path());
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    auto previous = std::signal(SIGXFSZ, SIG_IGN);
    rlimit small{size + 50, before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    EXPECT_THROW(store.write(letter("0/2-0", std::string(1'000, 'x')), "reason"), DeadLetterError);
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    std::signal(SIGXFSZ, previous);
    EXPECT_EQ(std::filesystem::file_size(store.path()), size);
    store.write(letter("0/2-0", "{}"), "reason");
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
    EXPECT_THROW(store.write(letter("0/1-0", "{\"a\":\"\xff\"}"), "reason"), DeadLetterError);
    EXPECT_FALSE(std::filesystem::exists(store.path()));
}

TEST_F(DeadLetter, more_than_the_limit_is_refused_until_somebody_clears_it_out) {
    DeadLetterStore store(state, "glassflow", 2);
    store.write(letter("0/1-0", "{}"), "reason");
    store.write(letter("0/2-0", "{}"), "reason");
    EXPECT_THROW(store.write(letter("0/3-0", "{}"), "reason"), DeadLetterError);
    EXPECT_EQ(read(store.path()).size(), 2u);
    EXPECT_THROW(DeadLetterStore(state, "glassflow", 2).write(letter("0/3-0", "{}"), "reason"), DeadLetterError)
        << "a restart forgot how many there are";
    DeadLetterFile(state, "glassflow").remove_unless([](std::string_view line) {
        return line.find("0/1-0") == std::string_view::npos;
    });
    store.write(letter("0/3-0", "{}"), "reason");
    EXPECT_EQ(store.count(), 2u);
    EXPECT_EQ(read(store.path()).size(), 2u);
}

// One process clears out again and again while others write: what was written is removed by it or still there.
TEST_F(DeadLetter, nothing_is_lost_between_writing_and_clearing_out) {
    DeadLetterStore store(state, "glassflow");
    std::atomic<bool> is_writing{true};
    std::atomic<std::uint64_t> removed{0};
    std::thread clearing([&] {
        DeadLetterFile file(state, "glassflow");
        while (is_writing.load()) {
            int line_number = 0;
            removed += file.remove_unless([&](std::string_view) { return ++line_number % 2 == 0; });
        }
    });
    std::vector<std::thread> writing;
    for (int i = 0; i < 2; ++i) {
        writing.emplace_back([&] {
            for (int n = 0; n < 50; ++n)
                store.write(letter("0/1-0", "{}"), "reason");
        });
    }
    for (auto& thread : writing)
        thread.join();
    is_writing = false;
    clearing.join();
    EXPECT_GT(removed, 0u);
    EXPECT_EQ(removed + read(store.path()).size(), 100u);
}

TEST_F(DeadLetter, lines_of_any_length_are_read_and_a_torn_one_is_not) {
    DeadLetterStore store(state, "glassflow");
    store.write(letter("0/1-0", std::string(1'000'000, 'x')), "reason");
    store.write(letter("0/2-0", "{}"), "reason");
    std::ofstream(store.path(), std::ios::app) << "{\"payload\":\"";
    std::vector<std::size_t> sizes;
    DeadLetterFile(state, "glassflow").read([&](std::string_view line) { sizes.push_back(line.size()); });
    ASSERT_EQ(sizes.size(), 2u);
    EXPECT_GT(sizes[0], 1'000'000u);
    EXPECT_LT(sizes[1], 400u);
    DeadLetterFile(state, "other").read([](std::string_view) { FAIL() << "there is no such file"; });
}

}  // namespace
}  // namespace glassflow::delivery
