// What a person can set about looking in.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glassflow::admin {

struct AdminSettings {
    std::string listen = "127.0.0.1:8088";  // address:port; empty = no admin server
};

struct ListenAddress {
    std::string host;  // without the brackets of an IPv6 address
    std::uint16_t port = 0;

    bool is_loopback() const { return host == "localhost" || host == "::1" || host.starts_with("127."); }
};

// "127.0.0.1:8088", "[::1]:0", "localhost:80"; nullopt for anything else. Says how it is written, not whether it
// exists.
inline std::optional<ListenAddress> parse_listen_address(std::string_view text) {
    const std::size_t colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view host = text.substr(0, colon);
    const std::string_view port = text.substr(colon + 1);
    const bool has_brackets = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (has_brackets) {
        host = host.substr(1, host.size() - 2);
    }
    constexpr std::string_view name_characters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    constexpr std::string_view ipv6_characters = "abcdefABCDEF0123456789.:";
    if (host.empty() || host.size() > 253 ||
        host.find_first_not_of(has_brackets ? ipv6_characters : name_characters) != std::string_view::npos) {
        return std::nullopt;
    }
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (port.empty() || error != std::errc() || end != port.data() + port.size()) {
        return std::nullopt;
    }
    return ListenAddress{std::string(host), number};
}

}  // namespace glassflow::admin
