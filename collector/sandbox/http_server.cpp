// The connection loop: wait for a request, let cpp-httplib read, route and answer it, send the answer, again.
#include "sandbox/http_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <functional>
#include <limits>
#include <vector>

namespace glassflow::sandbox {

namespace {

constexpr int request_timeout_ms = 30'000;      // for the rest of a request that has begun
constexpr int keep_alive_timeout_ms = 600'000;  // between requests
constexpr int listen_backlog = 1024;            // cpp-httplib's own, 5, loses connections that come at once

// Threads on demand, reused, never more than the limit.
class ConnectionThreads final : public httplib::TaskQueue {
public:
    explicit ConnectionThreads(std::uint32_t limit) : limit_(limit) {}

    void enqueue(std::function<void()> task) override {
        std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
        if (idle_ < tasks_.size() && threads_.size() < limit_) {
            threads_.emplace_back([this] { run(); });
        }
        added_.notify_one();
    }

    void shutdown() override {
        {
            std::lock_guard lock(mutex_);
            is_shut_down_ = true;
        }
        added_.notify_all();
        for (auto& thread : threads_) {
            thread.join();
        }
    }

private:
    void run() {
        std::unique_lock lock(mutex_);
        while (true) {
            ++idle_;
            added_.wait(lock, [this] { return !tasks_.empty() || is_shut_down_; });
            --idle_;
            if (tasks_.empty()) {
                return;
            }
            auto task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task();
            lock.lock();
        }
    }

    const std::uint32_t limit_;
    std::mutex mutex_;
    std::condition_variable added_;
    std::deque<std::function<void()>> tasks_;
    std::vector<std::thread> threads_;
    std::size_t idle_ = 0;
    bool is_shut_down_ = false;
};

// A socket as cpp-httplib wants it; buffered both ways.
class Connection final : public httplib::Stream {
public:
    explicit Connection(socket_t socket) : socket_(socket) { current = this; }
    ~Connection() override { current = nullptr; }

    static thread_local Connection* current;  // what the calling thread serves

    bool is_readable() const override { return position_ < size_ || wait_for(POLLIN, request_timeout_ms); }
    bool is_writable() const override { return !is_dropped_; }
    bool wait_for_request() const { return position_ < size_ || wait_for(POLLIN, keep_alive_timeout_ms); }

    ssize_t read(char* bytes, std::size_t count) override {
        if (position_ == size_) {
            if (!flush() || !wait_for(POLLIN, request_timeout_ms)) {
                return -1;
            }
            auto received = ::recv(socket_, input_.data(), input_.size(), 0);
            if (received <= 0) {
                return received;
            }
            position_ = 0;
            size_ = static_cast<std::size_t>(received);
        }
        auto taken = std::min(count, size_ - position_);
        std::memcpy(bytes, input_.data() + position_, taken);
        position_ += taken;
        return static_cast<ssize_t>(taken);
    }

    ssize_t write(const char* bytes, std::size_t count) override {
        if (is_dropped_) {
            return -1;
        }
        output_.append(bytes, count);
        return static_cast<ssize_t>(count);
    }

    bool flush() {
        for (std::size_t sent = 0; sent < output_.size() && !is_dropped_;) {
            auto count = ::send(socket_, output_.data() + sent, output_.size() - sent, MSG_NOSIGNAL);
            if (count > 0) {
                sent += static_cast<std::size_t>(count);
            } else if (errno != EINTR) {
                return false;
            }
        }
        output_.clear();
        return !is_dropped_;
    }

    void drop() { is_dropped_ = true; }

    bool is_client_gone() const {
        char byte = 0;
        auto count = ::recv(socket_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        return count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR);
    }

    void get_remote_ip_and_port(std::string& ip, int& port) const override { read_address(::getpeername, ip, port); }
    void get_local_ip_and_port(std::string& ip, int& port) const override { read_address(::getsockname, ip, port); }
    socket_t socket() const override { return socket_; }

private:
    bool wait_for(short events, int timeout_ms) const {
        pollfd wanted{socket_, events, 0};
        int count = 0;
        do {
            count = ::poll(&wanted, 1, timeout_ms);
        } while (count < 0 && errno == EINTR);
        return count > 0;
    }

    template <typename Function>
    void read_address(Function&& function, std::string& ip, int& port) const {
        sockaddr_storage address{};
        socklen_t size = sizeof address;
        if (function(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            return;
        }
        std::array<char, INET6_ADDRSTRLEN> text{};
        if (address.ss_family == AF_INET) {
            const auto& ipv4 = reinterpret_cast<const sockaddr_in&>(address);
            ip = ::inet_ntop(AF_INET, &ipv4.sin_addr, text.data(), text.size());
            port = ntohs(ipv4.sin_port);
        } else if (address.ss_family == AF_INET6) {
            const auto& ipv6 = reinterpret_cast<const sockaddr_in6&>(address);
            ip = ::inet_ntop(AF_INET6, &ipv6.sin6_addr, text.data(), text.size());
            port = ntohs(ipv6.sin6_port);
        }
    }

    socket_t socket_;
    std::array<char, 16 * 1024> input_;
    std::size_t position_ = 0;
    std::size_t size_ = 0;
    std::string output_;
    bool is_dropped_ = false;
};

thread_local Connection* Connection::current = nullptr;

}  // namespace

HttpServer::HttpServer(std::uint32_t max_connections) {
    new_task_queue = [max_connections] { return new ConnectionThreads(max_connections); };  // cpp-httplib deletes it
    set_keep_alive_max_count(std::numeric_limits<int>::max());
    set_tcp_nodelay(true);
    // cpp-httplib's default, SO_REUSEPORT, would let two servers share a port, each getting half of the requests.
    set_socket_options([](socket_t socket) {
        int on = 1;
        ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    });
}

HttpServer::~HttpServer() {
    stop_serving();
}

std::uint16_t HttpServer::serve(const std::string& host, std::uint16_t port) {
    int bound = port;
    if (port == 0) {
        bound = bind_to_any_port(host);
    } else if (!bind_to_port(host, port)) {
        return 0;
    }
    if (bound <= 0 || ::listen(svr_sock_, listen_backlog) != 0) {
        return 0;
    }
    thread_ = std::thread([this] { listen_after_bind(); });
    // stop() before the loop runs would be lost.
    while (!is_running()) {
        std::this_thread::yield();
    }
    return static_cast<std::uint16_t>(bound);
}

void HttpServer::stop_serving() {
    {
        std::lock_guard lock(mutex_);
        is_stopping_ = true;
        for (auto socket : sockets_) {
            ::shutdown(socket, SHUT_RDWR);  // ends whatever its thread waits for; the thread closes it
        }
    }
    stopping_.notify_all();
    if (thread_.joinable()) {
        stop();
        thread_.join();
    }
}

void HttpServer::drop_connection() {
    Connection::current->drop();
}

bool HttpServer::is_client_gone() const {
    return Connection::current->is_client_gone();
}

void HttpServer::hang(std::chrono::milliseconds duration) {
    std::unique_lock lock(mutex_);
    stopping_.wait_for(lock, duration, [this] { return is_stopping_; });
}

std::uint64_t HttpServer::open_connections() const {
    std::lock_guard lock(mutex_);
    return sockets_.size();
}

bool HttpServer::process_and_close_socket(socket_t socket) {
    if (add(socket)) {
        Connection connection(socket);
        bool is_closed = false;
        while (!is_closed && connection.wait_for_request()) {
            is_closed = !process_request(connection, false, is_closed, nullptr) || is_closed;
            is_closed = !connection.flush() || is_closed;
        }
    }
    remove(socket);
    ::shutdown(socket, SHUT_RDWR);
    ::close(socket);
    return true;
}

bool HttpServer::add(socket_t socket) {
    int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::lock_guard lock(mutex_);
    ++total_connections_;
    sockets_.insert(socket);
    return !is_stopping_;
}

void HttpServer::remove(socket_t socket) {
    std::lock_guard lock(mutex_);
    sockets_.erase(socket);
}

}  // namespace glassflow::sandbox
