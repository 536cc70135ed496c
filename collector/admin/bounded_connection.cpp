// Every wait is a poll up to the one deadline of the connection.
#include "admin/bounded_connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace glassflow::admin {
namespace {

using std::chrono::milliseconds;

int left_ms(std::chrono::steady_clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

bool poll_until(socket_t socket, short events, std::chrono::steady_clock::time_point deadline) {
    pollfd entry{socket, events, 0};
    int ready = 0;
    do {
        ready = ::poll(&entry, 1, left_ms(deadline));
    } while (ready < 0 && errno == EINTR);
    return ready > 0;
}

}  // namespace

bool BoundedConnection::wait_for(short events) const {
    return poll_until(socket_, events, deadline_);
}

bool BoundedConnection::is_readable() const {
    return input_position_ < input_size_ || wait_for(POLLIN);
}

ssize_t BoundedConnection::read(char* bytes, size_t count) {
    if (input_position_ == input_size_) {
        if (received_bytes_ >= max_request_bytes || !wait_for(POLLIN)) {
            return -1;
        }
        const ssize_t received = ::recv(socket_, input_.data(), input_.size(), MSG_DONTWAIT);
        if (received <= 0) {
            return received;
        }
        input_position_ = 0;
        input_size_ = static_cast<std::size_t>(received);
        received_bytes_ += input_size_;
    }
    const std::size_t taken = std::min(count, input_size_ - input_position_);
    std::memcpy(bytes, input_.data() + input_position_, taken);
    input_position_ += taken;
    return static_cast<ssize_t>(taken);
}

ssize_t BoundedConnection::write(const char* bytes, size_t count) {
    output_.append(bytes, count);
    return static_cast<ssize_t>(count);
}

void BoundedConnection::send() {
    std::string_view rest = output_;
    while (!rest.empty()) {
        if (!wait_for(POLLOUT)) {
            return;
        }
        const ssize_t sent = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EINTR && errno != EAGAIN) {
            return;
        }
        rest.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
    }
    ::shutdown(socket_, SHUT_WR);
    const auto linger = std::min(deadline_, std::chrono::steady_clock::now() + milliseconds(500));
    std::size_t drained = 0;
    while (drained < max_request_bytes && poll_until(socket_, POLLIN, linger)) {
        const ssize_t received = ::recv(socket_, input_.data(), input_.size(), MSG_DONTWAIT);
        if (received <= 0) {
            return;
        }
        drained += static_cast<std::size_t>(received);
    }
}

// Nothing here asks who the client is.
void BoundedConnection::get_remote_ip_and_port(std::string&, int&) const {}
void BoundedConnection::get_local_ip_and_port(std::string&, int&) const {}

}  // namespace glassflow::admin
