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

// Who we are talking to: LSNs of another system or timeline are not comparable.
struct SystemIdentity {
    std::string system_identifier;
    std::string timeline;

    friend bool operator==(const SystemIdentity&, const SystemIdentity&) = default;
};

class ReplicationStream {
public:
    // Connects, and starts the slot where the server confirmed it last. Throws PostgresError.
    static ReplicationStream start(const SourceSettings& settings);

    const SystemIdentity& system() const { return system_; }

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
    ReplicationStream(Connection connection, SystemIdentity system)
        : connection_(std::move(connection)), system_(std::move(system)) {}

    Connection connection_;
    SystemIdentity system_;
};

// START_REPLICATION for the slot with the plugin's options.
std::string start_command(const SourceSettings& settings);

}  // namespace glassflow::postgres
