// The slot's stream: CopyData both ways between us and a walsender.
//
// Everything here runs on one thread and, after start(), never blocks but in wait(). What is confirmed is decided
// elsewhere (delivery/acknowledged_lsn); this only carries it.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "event/lsn.h"
#include "postgres/connection.h"
#include "postgres/plugin_options.h"
#include "postgres/server_identity.h"

namespace glassflow::postgres {

struct FreeCopyBuffer {
    void operator()(char* buffer) const { PQfreemem(buffer); }
};
using CopyBuffer = std::unique_ptr<char, FreeCopyBuffer>;

// One message of the plugin, owning libpq's buffer: never copied on its way to the decoder.
class Frame {
public:
    // size bytes from offset on are the plugin's; what is before is the header of the replication protocol
    Frame(CopyBuffer buffer, std::size_t offset, std::size_t size)
        : buffer_(std::move(buffer)), offset_(offset), size_(size) {}

    std::string_view bytes() const { return {buffer_.get() + offset_, size_}; }
    // Where in the WAL it is from, as its header says; none without a header. The start is where the record of the
    // change begins that it tells.
    event::Lsn wal_start() const;
    event::Lsn wal_end() const;

private:
    CopyBuffer buffer_;
    std::size_t offset_;
    std::size_t size_;
};

struct Keepalive {
    event::Lsn wal_end;  // all WAL before it was sent
    bool is_reply_requested = false;
};

struct Nothing {};      // no complete message has arrived
struct EndOfStream {};  // the server ended the stream in good order (it is shutting down)

using StreamMessage = std::variant<Nothing, Frame, Keepalive, EndOfStream>;

class ReplicationStream {
public:
    // Connects and asks the server who it is. Until start() the connection is open for commands and SQL, so that what
    // is looked at is surely on the server that will stream. Throws PostgresError.
    static ReplicationStream connect(const SourceSettings& settings);

    Connection& connection() { return connection_; }
    const ServerIdentity& server() const { return server_; }

    // Begins to stream, from position from or where the slot stands, whichever is later. Throws PostgresError.
    void start(const SourceSettings& settings, const PluginRequest& request, event::Lsn from);

    // The next message that has arrived. Throws PostgresError when the connection or the stream failed.
    StreamMessage next();
    // Waits until the server has sent something (when wants_input), there is room to write what is pending, wakeup_fd
    // is readable, or the timeout passed.
    void wait(std::chrono::milliseconds timeout, int wakeup_fd, bool wants_input);
    // Tells the server that everything before confirmed is durable with us.
    void send_status(event::Lsn confirmed, bool requests_reply);
    // Ends the stream in good order; waits for the server at most that long.
    void finish(std::chrono::milliseconds timeout);

private:
    ReplicationStream(Connection connection, ServerIdentity server)
        : connection_(std::move(connection)), server_(std::move(server)) {}

    Connection connection_;
    ServerIdentity server_;
};

// START_REPLICATION for the slot with the plugin's options.
std::string start_command(const SourceSettings& settings, const PluginRequest& request, event::Lsn from);

}  // namespace glassflow::postgres
