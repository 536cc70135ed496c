// What a person can set for the sandbox.
#pragma once

#include <cstdint>
#include <string>

namespace glassflow::sandbox {

struct SandboxSettings {
    std::string listen = "127.0.0.1:8090";  // address:port; port 0 = any free one
    std::string pipeline_id = "00000000-0000-4000-8000-000000000000";
    std::string access_token = "sandbox-token";
    std::string record_path;                      // accepted events are appended here as JSON lines; empty = nowhere
    std::uint64_t kept_bytes = 256ull << 20;      // accepted events kept for /sandbox/events and consuming
    std::uint64_t max_event_bytes = 16ull << 20;  // a larger body is answered with 413
    std::uint32_t max_connections = 512;          // at once; each has a thread while it is open
};

}  // namespace glassflow::sandbox
