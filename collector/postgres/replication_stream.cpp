#include "postgres/replication_stream.h"

#include <poll.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace glassflow::postgres {

namespace {

constexpr std::size_t wal_data_header_bytes = 1 + 8 + 8 + 8;  // 'w', start, end, send time
constexpr std::size_t keepalive_bytes = 1 + 8 + 8 + 1;        // 'k', WAL end, send time, reply requested

std::uint64_t read_uint64(const char* at) {
    std::uint64_t value = 0;
    for (int i = 0; i < 8; ++i)
        value = value << 8 | static_cast<unsigned char>(at[i]);
    return value;
}

void write_uint64(char* at, std::uint64_t value) {
    for (int i = 7; i >= 0; --i, value >>= 8)
        at[i] = static_cast<char>(value);
}

// Postgres counts microseconds from 2000-01-01.
std::uint64_t postgres_now() {
    constexpr std::int64_t epoch_difference_us = 946'684'800'000'000;
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(now).count() -
                                      epoch_difference_us);
}

}  // namespace

event::Lsn Frame::wal_start() const {
    return offset_ < wal_data_header_bytes ? event::Lsn{} : event::Lsn{read_uint64(buffer_.get() + 1)};
}

event::Lsn Frame::wal_end() const {
    return offset_ < wal_data_header_bytes ? event::Lsn{} : event::Lsn{read_uint64(buffer_.get() + 9)};
}

std::string start_command(const SourceSettings& settings, const PluginRequest& request, event::Lsn from) {
    std::string options;
    for (const PluginOption& option : plugin_options(settings, request))
        options += (options.empty() ? "" : ", ") + quote_identifier(option.name) + " " + quote_literal(option.value);
    return "START_REPLICATION SLOT " + quote_identifier(settings.slot) + " LOGICAL " + to_string(from) + " (" +
           options + ")";
}

ReplicationStream ReplicationStream::connect(const SourceSettings& settings) {
    Connection connection = Connection::open(settings, Connection::Kind::replication);
    ServerIdentity server = identify(connection);
    return {std::move(connection), std::move(server)};
}

void ReplicationStream::start(const SourceSettings& settings, const PluginRequest& request, event::Lsn from) {
    for (const char* statement : plugin_session(request))
        connection_.command(statement);
    PGresult* raw = PQexec(connection_.handle(), start_command(settings, request, from).c_str());
    const Result result(raw);
    if (PQresultStatus(raw) != PGRES_COPY_BOTH)
        throw Connection::result_error(raw, "could not start slot \"" + settings.slot + "\"");
    if (PQsetnonblocking(connection_.handle(), 1) != 0)
        throw connection_.last_error("could not make the connection non-blocking");
}

StreamMessage ReplicationStream::next() {
    char* raw_buffer = nullptr;
    int length = PQgetCopyData(connection_.handle(), &raw_buffer, 1);
    if (length == 0) {
        if (PQconsumeInput(connection_.handle()) == 0)
            throw connection_.last_error("could not receive from the server");
        length = PQgetCopyData(connection_.handle(), &raw_buffer, 1);
    }
    if (length == 0)
        return Nothing{};
    if (length == -2)
        throw connection_.last_error("could not receive from the server");
    if (length == -1) {
        PGresult* raw = PQgetResult(connection_.handle());
        const Result result(raw);
        if (raw != nullptr && PQresultStatus(raw) == PGRES_FATAL_ERROR)
            throw Connection::result_error(raw, "the server ended the stream");
        return EndOfStream{};
    }

    CopyBuffer buffer(raw_buffer);
    const auto size = static_cast<std::size_t>(length);
    if (buffer.get()[0] == 'w' && size >= wal_data_header_bytes)
        return Frame(std::move(buffer), wal_data_header_bytes, size - wal_data_header_bytes);
    if (buffer.get()[0] == 'k' && size >= keepalive_bytes)
        return Keepalive{event::Lsn{read_uint64(buffer.get() + 1)}, buffer.get()[17] != 0};
    throw PostgresError("the server sent a replication message of unknown form", "", "", false);
}

void ReplicationStream::wait(std::chrono::milliseconds timeout, int wakeup_fd, bool wants_input) {
    const int is_unsent = PQflush(connection_.handle());
    if (is_unsent < 0)
        throw connection_.last_error("could not send to the server");
    std::array<pollfd, 2> polled{};
    polled[0] = {PQsocket(connection_.handle()),
                 static_cast<short>((wants_input ? POLLIN : 0) | (is_unsent ? POLLOUT : 0)), 0};
    polled[1] = {wakeup_fd, POLLIN, 0};
    if (poll(polled.data(), polled.size(), static_cast<int>(timeout.count())) < 0 && errno != EINTR)
        throw PostgresError(std::string("could not wait for the server: ") + std::strerror(errno), "", "", true);
    // An error or hang-up shows itself on the next read or write; without a reader it must not spin.
    if (!wants_input && (polled[0].revents & (POLLERR | POLLHUP | POLLNVAL)))
        throw PostgresError("the connection to the server was lost", "", "", true);
}

void ReplicationStream::send_status(event::Lsn confirmed, bool requests_reply) {
    // Written and applied are reported like flushed: what is merely received counts for nothing here, not even for
    // synchronous_commit = remote_write.
    std::array<char, 1 + 8 + 8 + 8 + 8 + 1> status{};
    status[0] = 'r';
    write_uint64(&status[1], confirmed.value);
    write_uint64(&status[9], confirmed.value);
    write_uint64(&status[17], confirmed.value);
    write_uint64(&status[25], postgres_now());
    status[33] = requests_reply ? 1 : 0;
    if (PQputCopyData(connection_.handle(), status.data(), static_cast<int>(status.size())) < 0 ||
        PQflush(connection_.handle()) < 0)
        throw connection_.last_error("could not send to the server");
}

void ReplicationStream::finish(std::chrono::milliseconds timeout) {
    if (PQputCopyEnd(connection_.handle(), nullptr) < 0)
        throw connection_.last_error("could not end the stream");
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    while (std::chrono::steady_clock::now() < deadline) {
        const StreamMessage message = next();  // what still arrives was not confirmed and comes again
        if (std::holds_alternative<EndOfStream>(message))
            return;
        if (std::holds_alternative<Nothing>(message))
            wait(std::chrono::milliseconds(100), -1, true);
    }
}

}  // namespace glassflow::postgres
