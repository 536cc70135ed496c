// One client's connection: reads at most max_request_bytes and takes at most its time, however the client behaves.
//
// cpp-httplib bounds neither the length of a line nor the time of a request that drips in byte by byte.
#pragma once

#include <httplib.h>

#include <array>
#include <chrono>
#include <string>

namespace glassflow::admin {

class BoundedConnection final : public httplib::Stream {
public:
    // Does not own the socket. Everything, reading and writing, has to be over by deadline.
    BoundedConnection(socket_t socket, std::chrono::steady_clock::time_point deadline)
        : socket_(socket), deadline_(deadline) {}

    static constexpr std::size_t max_request_bytes = 16 << 10;

    bool is_readable() const override;
    bool is_writable() const override { return true; }
    ssize_t read(char* bytes, size_t count) override;
    ssize_t write(const char* bytes, size_t count) override;  // collects; send() sends
    void get_remote_ip_and_port(std::string& ip, int& port) const override;
    void get_local_ip_and_port(std::string& ip, int& port) const override;
    socket_t socket() const override { return socket_; }

    // Sends what was written, then reads on until the client closes or little time has passed: closing a socket with
    // unread input would take the answer back from a client that has not read it yet.
    void send();

private:
    bool wait_for(short events) const;

    const socket_t socket_;
    const std::chrono::steady_clock::time_point deadline_;
    std::size_t received_bytes_ = 0;
    std::array<char, 4096> input_{};
    std::size_t input_size_ = 0;
    std::size_t input_position_ = 0;
    std::string output_;
};

}  // namespace glassflow::admin
