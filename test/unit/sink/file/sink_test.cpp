// The file sink on real files and pipes; what disks do only rarely is done by a table of system calls.
#include "sink/file/sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "sink/recording_listener.h"

namespace glassflow::sink {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

constexpr FileBackoff short_backoff{milliseconds(1), milliseconds(20)};

// Fails when told to: the next counts are how many calls from now on.
class FailingCalls final : public FileCalls {
public:
    struct Plan {
        std::atomic<int> failing_writes{0};
        std::atomic<int> write_error{ENOSPC};
        std::atomic<std::int64_t> bytes_until_full{INT64_MAX};  // then short writes and ENOSPC
        std::atomic<int> failing_syncs{0};
        std::atomic<int> failing_truncates{0};
        std::atomic<int> syncs{0};
        std::atomic<off_t> synced_size{0};
    };

    explicit FailingCalls(std::shared_ptr<Plan> plan) : plan_(std::move(plan)) {}

    ssize_t write(int file, const iovec* parts, int count) override {
        if (plan_->failing_writes > 0) {
            --plan_->failing_writes;
            errno = plan_->write_error;
            return -1;
        }
        auto room = plan_->bytes_until_full.load();
        std::string all;
        for (int i = 0; i < count; ++i) {
            all.append(static_cast<const char*>(parts[i].iov_base), parts[i].iov_len);
        }
        if (room <= 0) {
            errno = ENOSPC;
            return -1;
        }
        auto written = ::write(file, all.data(), std::min<std::size_t>(all.size(), static_cast<std::size_t>(room)));
        plan_->bytes_until_full -= written;
        return written;
    }
    int sync(int file) override {
        ++plan_->syncs;
        if (plan_->failing_syncs > 0) {
            --plan_->failing_syncs;
            errno = EIO;
            return -1;
        }
        struct stat status {};
        ::fstat(file, &status);
        plan_->synced_size = status.st_size;
        return FileCalls::sync(file);
    }
    int truncate(int file, off_t size) override {
        if (plan_->failing_truncates > 0) {
            --plan_->failing_truncates;
            errno = EIO;
            return -1;
        }
        return FileCalls::truncate(file, size);
    }

private:
    std::shared_ptr<Plan> plan_;
};

class FileSinkTest : public testing::Test {
protected:
    void SetUp() override {
        char pattern[] = "/tmp/file-sink-XXXXXX";
        directory = ::mkdtemp(pattern);
        path = directory / "events.jsonl";
        settings.name = "files";
        settings.path = path;
    }
    void TearDown() override {
        sink.reset();
        std::filesystem::remove_all(directory);
    }

    FileSink& start() {
        sink = std::make_unique<FileSink>(settings, std::make_unique<FailingCalls>(plan), short_backoff);
        sink->start(listener, "1/1");
        return *sink;
    }
    void write_file(const std::string& content) { std::ofstream(path, std::ios::binary) << content; }
    std::string content() const {
        std::ifstream stream(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(stream), {}};
    }
    static std::string lines(std::uint64_t first, std::uint64_t count) {
        std::string text;
        for (auto& payload : make_payloads(first, count)) {
            text += std::string(payload.body) + "\n";
        }
        return text;
    }
    std::string start_error() {
        try {
            start();
        } catch (const SinkError& error) {
            EXPECT_THAT(error.hint(), Not(IsEmpty()));
            return error.what();
        }
        return {};
    }
    std::string check_error() {
        try {
            FileSink(settings).check();
        } catch (const SinkError& error) {
            EXPECT_THAT(error.hint(), Not(IsEmpty()));
            return error.what();
        }
        return {};
    }

    std::filesystem::path directory;
    std::filesystem::path path;
    FileSettings settings;
    std::shared_ptr<FailingCalls::Plan> plan = std::make_shared<FailingCalls::Plan>();
    RecordingListener listener;
    std::unique_ptr<FileSink> sink;  // last: its thread uses the listener
};

TEST_F(FileSinkTest, appends_one_line_per_payload_in_order) {
    start().push(make_payloads(1, 1'000));
    sink->push(make_payloads(1'001, 2'000));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_EQ(content(), lines(1, 3'000));
    EXPECT_THAT(listener.delivered_tickets(), SizeIs(3'000));
    EXPECT_TRUE(std::is_sorted(listener.delivered_.begin(), listener.delivered_.end()));
}

TEST_F(FileSinkTest, goes_on_behind_what_is_there) {
    write_file("{\"old\":1}\n");
    start().push(make_payloads(1, 2));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_EQ(content(), "{\"old\":1}\n" + lines(1, 2));
}

TEST_F(FileSinkTest, a_new_file_is_not_for_everybody) {
    start();
    EXPECT_EQ(std::filesystem::status(path).permissions() & std::filesystem::perms::others_all,
              std::filesystem::perms::none);
}

TEST_F(FileSinkTest, reports_only_what_is_synced) {
    // Asked at the moment of the report: everything reported lies in the part of the file that was synced.
    std::uint64_t reported_bytes = 0;
    std::atomic<bool> was_early = false;
    listener.on_delivered = [&](std::span<const Payload> payloads) {
        for (const auto& payload : payloads) {
            reported_bytes += payload.body.size() + 1;
        }
        was_early = was_early || reported_bytes > static_cast<std::uint64_t>(plan->synced_size);
    };
    start();
    for (std::uint64_t first = 1; first < 500; first += 50) {
        sink->push(make_payloads(first, 50));
    }
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_FALSE(was_early);
    EXPECT_EQ(reported_bytes, content().size());
}

TEST_F(FileSinkTest, one_sync_serves_all_that_is_queued) {
    sink = std::make_unique<FileSink>(settings, std::make_unique<FailingCalls>(plan), short_backoff);
    for (std::uint64_t ticket = 1; ticket <= 100; ++ticket) {
        sink->push(make_payloads(ticket, 1));
    }
    sink->start(listener, "1/1");
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_EQ(plan->syncs, 1);
    EXPECT_EQ(listener.delivered_calls(), 1u);
    EXPECT_THAT(listener.delivered_tickets(), SizeIs(100));
}

TEST_F(FileSinkTest, cuts_off_a_torn_last_line) {
    write_file("{\"old\":1}\n{\"torn\":");
    start().push(make_payloads(1, 1));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_EQ(content(), "{\"old\":1}\n" + lines(1, 1));
}

TEST_F(FileSinkTest, ends_a_whole_last_line_instead_of_deleting_it) {
    write_file("{\"somebody\":\"else's document\"}");
    start().push(make_payloads(1, 1));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_EQ(content(), "{\"somebody\":\"else's document\"}\n" + lines(1, 1));
}

TEST_F(FileSinkTest, leaves_a_file_alone_that_is_not_ours) {
    write_file("first line\nno newline at the end");
    EXPECT_THAT(check_error(), HasSubstr("not ours"));
    EXPECT_THAT(start_error(), HasSubstr("not ours"));
    EXPECT_EQ(content(), "first line\nno newline at the end");
}

TEST_F(FileSinkTest, check_creates_and_changes_nothing) {
    EXPECT_EQ(check_error(), "");
    EXPECT_FALSE(std::filesystem::exists(path));
    write_file("{\"torn\":");
    EXPECT_EQ(check_error(), "");
    EXPECT_EQ(content(), "{\"torn\":");
}

TEST_F(FileSinkTest, says_what_is_wrong_with_a_path) {
    settings.path = directory;
    EXPECT_THAT(check_error(), HasSubstr("is a directory"));
    EXPECT_THAT(start_error(), HasSubstr("is a directory"));
    settings.path = directory / "missing" / "events.jsonl";
    EXPECT_THAT(check_error(), HasSubstr("No such file or directory"));
    EXPECT_THAT(start_error(), HasSubstr("No such file or directory"));
    write_file("x\n");
    settings.path = path / "events.jsonl";
    EXPECT_THAT(check_error(), HasSubstr("Not a directory"));
    EXPECT_THAT(start_error(), HasSubstr("Not a directory"));
    settings.path = directory / std::string(300, 'x');
    EXPECT_THAT(check_error(), HasSubstr("too long"));
    settings.path = "";
    EXPECT_THAT(check_error(), HasSubstr("path \"\""));
}

TEST_F(FileSinkTest, two_collectors_do_not_share_a_file) {
    start();
    FileSink other(settings);
    RecordingListener other_listener;
    try {
        other.start(other_listener, "1/1");
        FAIL() << "both write to it";
    } catch (const SinkError& error) {
        EXPECT_THAT(error.what(), HasSubstr("another collector"));
    }
    sink->finish(in_seconds(5));
    sink.reset();
    EXPECT_NO_THROW(other.start(other_listener, "1/1")) << "the lock outlived its owner";
}

TEST_F(FileSinkTest, a_full_disk_leaves_whole_lines_and_is_tried_again) {
    plan->bytes_until_full = 4 * 8 + 3;  // four lines of 8 bytes and a piece
    start().push(make_payloads(1, 9));
    ASSERT_TRUE(listener.wait_for([](const auto& seen) { return seen.reasons_.size() >= 3; }));
    EXPECT_EQ(content(), lines(1, 4));
    EXPECT_THAT(listener.delivered_tickets(), ElementsAre(1, 2, 3, 4));
    EXPECT_THAT(listener.reasons()[0], HasSubstr("No space left on device"));
    plan->bytes_until_full = INT64_MAX;
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_EQ(content(), lines(1, 9));
    EXPECT_THAT(listener.delivered_tickets(), ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9));
}

// A queue that is in pieces: whatever fails in one of them, nothing of the next gets past it.
TEST_F(FileSinkTest, a_failure_in_a_piece_of_the_queue_holds_back_the_others) {
    const auto start_with_pieces = [this] {
        sink = std::make_unique<FileSink>(settings, std::make_unique<FailingCalls>(plan), short_backoff);
        for (std::uint64_t first = 1; first < 5'000; first += 1'000) {
            sink->push(make_payloads(first, 1'000));
        }
        sink->start(listener, "1/1");
    };
    plan->failing_writes = 1;  // of the first
    start_with_pieces();
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_EQ(content(), lines(1, 5'000));
    EXPECT_THAT(listener.delivered_tickets(), SizeIs(5'000));
    EXPECT_TRUE(std::is_sorted(listener.delivered_.begin(), listener.delivered_.end()));

    sink.reset();
    std::filesystem::remove(path);
    plan->bytes_until_full = static_cast<std::int64_t>(lines(1, 1'500).size()) + 3;  // within the second
    start_with_pieces();
    ASSERT_TRUE(listener.wait_for([](const auto& seen) { return seen.reasons_.size() >= 3; }));
    EXPECT_EQ(content(), lines(1, 1'500));
    plan->bytes_until_full = INT64_MAX;
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_EQ(content(), lines(1, 5'000));
    EXPECT_THAT(listener.delivered_tickets(), SizeIs(10'000));
}

TEST_F(FileSinkTest, writes_of_any_shortness_make_the_same_file) {
    for (std::int64_t room = 0; room < 40; ++room) {
        std::filesystem::remove(path);
        plan->bytes_until_full = room;
        RecordingListener own;
        FileSink one(settings, std::make_unique<FailingCalls>(plan), short_backoff);
        one.start(own, "1/1");
        one.push(make_payloads(1, 5));
        ASSERT_TRUE(
            own.wait_for([](const auto& seen) { return !seen.reasons_.empty() || seen.delivered_.size() == 5; }));
        auto text = content();
        ASSERT_TRUE(text.empty() || text.back() == '\n') << room;
        plan->bytes_until_full = INT64_MAX;
        ASSERT_TRUE(one.finish(in_seconds(20)));
        ASSERT_EQ(content(), lines(1, 5)) << room;
        ASSERT_THAT(own.delivered_tickets(), ElementsAre(1, 2, 3, 4, 5)) << room;
    }
}

TEST_F(FileSinkTest, an_io_error_is_tried_again) {
    plan->write_error = EIO;
    plan->failing_writes = 3;
    start().push(make_payloads(1, 5));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_EQ(content(), lines(1, 5));
    EXPECT_THAT(listener.reasons(), SizeIs(3));
}

TEST_F(FileSinkTest, after_a_failed_sync_everything_since_the_last_good_one_is_written_again) {
    write_file("{\"old\":1}\n");
    start().push(make_payloads(1, 5));
    ASSERT_TRUE(listener.wait_delivered(5));
    plan->failing_syncs = 2;
    sink->push(make_payloads(6, 5));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_EQ(content(), "{\"old\":1}\n" + lines(1, 10)) << "lost or doubled";
    EXPECT_EQ(plan->synced_size, static_cast<off_t>(content().size()));
    EXPECT_THAT(listener.reasons(), SizeIs(2));
    EXPECT_THAT(listener.delivered_tickets(), SizeIs(10));
}

TEST_F(FileSinkTest, a_failed_sync_and_a_failed_cut_back_double_nothing) {
    plan->failing_syncs = 1;
    plan->failing_truncates = 2;
    start().push(make_payloads(1, 5));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_EQ(content(), lines(1, 5));
    EXPECT_THAT(listener.delivered_tickets(), SizeIs(5));
}

TEST_F(FileSinkTest, a_short_write_and_a_failed_cut_back_leave_no_half_line) {
    plan->bytes_until_full = 12;
    plan->failing_truncates = 3;
    start().push(make_payloads(1, 5));
    ASSERT_TRUE(listener.wait_for([](const auto& seen) { return seen.reasons_.size() >= 6; }));
    EXPECT_EQ(content(), "");
    plan->bytes_until_full = INT64_MAX;
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_EQ(content(), lines(1, 5));
}

TEST_F(FileSinkTest, the_size_limit_of_the_process_is_a_full_disk) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    rlimit small{20, before.rlim_max};
    settings.name = "limited";
    auto one = std::make_unique<FileSink>(settings, std::make_unique<FileCalls>(), short_backoff);
    one->start(listener, "1/1");
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
    one->push(make_payloads(1, 5));
    bool has_failed = listener.wait_for([](const auto& seen) { return seen.reasons_.size() >= 2; });
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    EXPECT_TRUE(has_failed);
    EXPECT_EQ(content().substr(0, 16), lines(1, 2));
    EXPECT_TRUE(one->finish(in_seconds(20)));
    EXPECT_EQ(content(), lines(1, 5));
}

TEST_F(FileSinkTest, finish_gives_up_at_the_deadline) {
    plan->bytes_until_full = 0;
    start().push(make_payloads(1, 5));
    EXPECT_FALSE(sink->finish(steady_clock::now() + milliseconds(100)));
    EXPECT_THAT(listener.delivered_tickets(), IsEmpty());
    EXPECT_EQ(content(), "");
}

TEST_F(FileSinkTest, a_file_that_was_moved_away_is_opened_anew) {
    start().push(make_payloads(1, 5));
    ASSERT_TRUE(listener.wait_delivered(5));
    std::filesystem::rename(path, directory / "events.jsonl.1");
    sink->push(make_payloads(6, 5));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_EQ(content(), lines(6, 5));
}

TEST_F(FileSinkTest, a_file_that_was_deleted_is_not_written_into_the_void) {
    start().push(make_payloads(1, 5));
    ASSERT_TRUE(listener.wait_delivered(5));
    std::filesystem::remove(path);
    sink->push(make_payloads(6, 5));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_EQ(content(), lines(6, 5));
}

TEST_F(FileSinkTest, a_file_that_was_emptied_goes_on_from_its_beginning) {
    start().push(make_payloads(1, 5));
    ASSERT_TRUE(listener.wait_delivered(5));
    std::filesystem::resize_file(path, 0);
    sink->push(make_payloads(6, 5));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_EQ(content(), lines(6, 5));
}

TEST_F(FileSinkTest, dev_full_is_retried_and_never_delivered) {
    settings.path = "/dev/full";
    EXPECT_EQ(check_error(), "");
    sink = std::make_unique<FileSink>(settings, std::make_unique<FileCalls>(), short_backoff);
    sink->start(listener, "1/1");
    sink->push(make_payloads(1, 5));
    ASSERT_TRUE(listener.wait_for([](const auto& seen) { return seen.reasons_.size() >= 3; }));
    EXPECT_FALSE(sink->finish(steady_clock::now()));
    EXPECT_THAT(listener.delivered_tickets(), IsEmpty());
}

class FifoSink : public FileSinkTest {
protected:
    void SetUp() override {
        FileSinkTest::SetUp();
        ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    }
    static std::string read_all(int reader, std::size_t bytes) {
        std::string text(bytes, '\0');
        std::size_t total = 0;
        while (total < bytes) {
            auto got = ::read(reader, text.data() + total, bytes - total);
            if (got <= 0) {
                break;
            }
            total += static_cast<std::size_t>(got);
        }
        text.resize(total);
        return text;
    }
};

TEST_F(FifoSink, waits_for_a_reader_and_survives_the_next_one) {
    EXPECT_EQ(check_error(), "");
    start().push(make_payloads(1, 3));
    ASSERT_TRUE(listener.wait_for([](const auto& seen) { return !seen.reasons_.empty(); }));
    EXPECT_THAT(listener.reasons()[0], HasSubstr("has no reader"));
    int reader = ::open(path.c_str(), O_RDONLY);
    ASSERT_GE(reader, 0);
    ASSERT_TRUE(listener.wait_delivered(3));
    EXPECT_EQ(read_all(reader, lines(1, 3).size()), lines(1, 3));
    ::close(reader);
    sink->push(make_payloads(4, 3));
    ASSERT_TRUE(listener.wait_for([](const auto& seen) {
        return std::any_of(seen.reasons_.begin(), seen.reasons_.end(),
                           [](const auto& reason) { return reason.find("is gone") != std::string::npos; });
    }));
    reader = ::open(path.c_str(), O_RDONLY);
    EXPECT_EQ(read_all(reader, lines(4, 3).size()), lines(4, 3));
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_THAT(listener.halts(), IsEmpty());
    ::close(reader);
}

TEST_F(FifoSink, lines_longer_than_the_pipe_arrive_whole) {
    int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
    ::fcntl(reader, F_SETFL, 0);
    auto payload = make_payload(1);
    payload = with_body(payload, "{\"text\":\"" + std::string(1'000'000, 'x') + "\"}");
    std::vector<Payload> payloads{payload, make_payload(2)};
    auto expected = std::string(payload.body) + "\n" + std::string(make_payload(2).body) + "\n";
    start().push(std::move(payloads));
    EXPECT_EQ(read_all(reader, expected.size()), expected);
    EXPECT_TRUE(sink->finish(in_seconds(20)));
    EXPECT_THAT(listener.delivered_tickets(), ElementsAre(1, 2));
    ::close(reader);
}

TEST_F(FifoSink, a_reader_that_does_not_read_does_not_hold_up_the_end) {
    int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK);
    auto payload = make_payload(1);
    payload = with_body(payload, std::string(1'000'000, 'x'));
    start().push({payload});
    auto begin = steady_clock::now();
    EXPECT_FALSE(sink->finish(begin + milliseconds(200)));
    EXPECT_LT(steady_clock::now() - begin, milliseconds(5'000));
    EXPECT_THAT(listener.delivered_tickets(), IsEmpty());
    ::close(reader);
}

// Standard output is a pipe of ours while the sink runs.
class StandardOutput : public FileSinkTest {
protected:
    void SetUp() override {
        FileSinkTest::SetUp();
        settings.path = "-";
        ASSERT_EQ(::pipe(ends), 0);
        std::fflush(stdout);
        saved = ::dup(STDOUT_FILENO);
        ::dup2(ends[1], STDOUT_FILENO);
        ::close(ends[1]);
    }
    void TearDown() override {
        sink.reset();
        restore();
        if (ends[0] >= 0) {
            ::close(ends[0]);
        }
        FileSinkTest::TearDown();
    }
    void restore() {
        if (saved >= 0) {
            ::dup2(saved, STDOUT_FILENO);
            ::close(saved);
            saved = -1;
        }
    }
    void close_reader() {
        ::close(ends[0]);
        ends[0] = -1;
    }
    int ends[2] = {-1, -1};
    int saved = -1;
};

TEST_F(StandardOutput, gets_the_lines) {
    start().push(make_payloads(1, 100));
    bool has_finished = sink->finish(in_seconds(20));
    restore();
    EXPECT_TRUE(has_finished);
    std::string text(lines(1, 100).size(), '\0');
    EXPECT_EQ(::read(ends[0], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    EXPECT_EQ(text, lines(1, 100));
    EXPECT_THAT(listener.delivered_tickets(), SizeIs(100));
}

TEST_F(StandardOutput, that_nobody_reads_any_more_halts) {
    close_reader();
    start().push(make_payloads(1, 3));
    bool has_halted = listener.wait_for([](const auto& seen) { return !seen.halts_.empty(); });
    bool has_finished = sink->finish(in_seconds(20));
    restore();
    EXPECT_TRUE(has_halted);
    EXPECT_FALSE(has_finished);
    EXPECT_THAT(listener.halts(), ElementsAre(HasSubstr("is gone")));
    EXPECT_THAT(listener.delivered_tickets(), IsEmpty());
}

TEST_F(StandardOutput, that_is_not_read_does_not_hold_up_the_end) {
    auto payload = make_payload(1);
    payload = with_body(payload, std::string(1'000'000, 'x'));
    start().push({payload});
    auto begin = steady_clock::now();
    bool has_finished = sink->finish(begin + milliseconds(200));
    restore();
    EXPECT_FALSE(has_finished);
    EXPECT_LT(steady_clock::now() - begin, milliseconds(5'000));
    EXPECT_THAT(listener.delivered_tickets(), IsEmpty());
}

}  // namespace
}  // namespace glassflow::sink
