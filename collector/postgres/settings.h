// What a person can set about the source database and its slot.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace glassflow::postgres {

struct SourceSettings {
    std::string host;  // name, address or socket directory; empty = libpq's default (PGHOST, then the local socket)
    std::uint16_t port = 5432;
    std::string user;      // empty = libpq's default
    std::string password;  // secret; empty = PGPASSWORD or ~/.pgpass, as libpq does
    std::string database;
    std::string sslmode;  // empty = libpq's default
    std::string sslrootcert;
    std::string slot;
    bool create_slot = false;
    std::vector<std::string> tables;  // patterns of the plugin's option "tables"; empty = every table
    std::uint32_t frame_bytes = 65536;
    std::chrono::milliseconds connect_timeout{10'000};
    std::chrono::milliseconds status_interval{1'000};  // longest time between two standby status updates
    std::chrono::milliseconds reconnect_initial{200};
    std::chrono::milliseconds reconnect_max{15'000};
};

}  // namespace glassflow::postgres
