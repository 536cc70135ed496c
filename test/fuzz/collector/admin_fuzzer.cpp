// Bytes -> a connection to the admin server: it answers with HTTP or closes, and serves the next client.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "admin/admin_server.h"

namespace {

using namespace glassflow;

delivery::Status hostile_status() {
    delivery::Status status;
    status.is_streaming = true;
    status.slot = "or\"ders\n";
    status.source = "db\\1:5432/\xc3\xa9";
    status.last_error = "said \x01 \"no\"";
    status.sinks.resize(2);
    status.sinks[0].name = "fi\"les\n";
    status.sinks[0].type = "file";
    status.sinks[1].name = "cloud{}";
    status.sinks[1].type = "glassflow";
    status.sinks[1].last_error = "\\\"";
    return status;
}

admin::AdminServer& server() {
    static admin::AdminServer one(admin::AdminSettings{.listen = "127.0.0.1:0"}, hostile_status);
    static const bool is_started = (one.start(), true);
    static_cast<void>(is_started);
    return one;
}

[[noreturn]] void find(const char* what) {
    std::fprintf(stderr, "FINDING: %s (%s)\n", what, std::strerror(errno));
    std::abort();
}

// libFuzzer's clock interrupts now and then; a connection goes on being made.
bool is_connected_after_interrupt(int connection) {
    pollfd entry{connection, POLLOUT, 0};
    while (::poll(&entry, 1, -1) < 0) {
        if (errno != EINTR)
            return false;
    }
    socklen_t size = sizeof errno;
    return ::getsockopt(connection, SOL_SOCKET, SO_ERROR, &errno, &size) == 0 && errno == 0;
}

// From ever new addresses of this machine, since a port that was used rests for a minute.
int connect_to(std::uint16_t port) {
    static std::uint32_t client = 1;
    const int connection = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(connection, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(0x7f00'0000u | (client++ % 0x00ff'fffdu + 2));
    if (::bind(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        find("could not bind a client");
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    if (::connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
        (errno != EINTR || !is_connected_after_interrupt(connection)))
        find("the server takes no connection");
    return connection;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const int connection = connect_to(server().port());
    // It may be closed before all was sent.
    static_cast<void>(::send(connection, data, size, MSG_NOSIGNAL));
    ::shutdown(connection, SHUT_WR);
    std::string answer;
    char buffer[4096];
    for (;;) {
        const ssize_t count = ::recv(connection, buffer, sizeof buffer, 0);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            break;
        answer.append(buffer, static_cast<std::size_t>(count));
    }
    ::close(connection);
    if (!answer.empty() && answer.rfind("HTTP/1.1 ", 0) != 0)
        find("an answer that is not HTTP");
    return 0;
}
