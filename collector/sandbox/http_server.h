// cpp-httplib with connections of our own: answers go out in one piece, a connection can be closed without an answer,
// and stopping does not wait for clients that keep theirs open.
//
// Every open connection has a thread (keep-alive connections of a collector stay open for long), made when needed, up
// to a limit; more connections than that wait to be served.
#pragma once

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_set>

namespace glassflow::sandbox {

class HttpServer final : public httplib::Server {
public:
    explicit HttpServer(std::uint32_t max_connections);
    ~HttpServer() override;

    // Binds and serves in a thread of its own; port 0 = any free one. Returns the port, 0 when it cannot be bound.
    std::uint16_t serve(const std::string& host, std::uint16_t port);
    void stop_serving();  // closes all connections; also what hangs

    // For handlers, about the request that the calling thread is at:
    void drop_connection();  // whatever the handler answers is not sent
    bool is_client_gone() const;
    void hang(std::chrono::milliseconds duration);  // returns early when serving stops

    std::uint64_t total_connections() const { return total_connections_; }
    std::uint64_t open_connections() const;

private:
    bool process_and_close_socket(socket_t socket) override;
    bool add(socket_t socket);
    void remove(socket_t socket);

    std::thread thread_;
    std::atomic<std::uint64_t> total_connections_{0};
    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable stopping_;
    bool is_stopping_ = false;
    std::unordered_set<socket_t> sockets_;
};

}  // namespace glassflow::sandbox
