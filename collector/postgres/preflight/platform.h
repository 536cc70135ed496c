// Who runs the server, by what it tells of itself; and how a setting of the server is changed there.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "postgres/connection.h"
#include "postgres/preflight/finding.h"

namespace glassflow::postgres {

enum class PlatformName : std::uint8_t { self_hosted, azure, cloud_sql, rds, supabase, neon };

struct Platform {
    PlatformName name = PlatformName::self_hosted;
    std::string_view word;           // in --json: "self-hosted", "azure", ...
    std::string_view title;          // for a person
    std::string_view administrator;  // who does there what a superuser does elsewhere: "a member of azure_pg_admin"
    // How a setting of the server is changed; NAME and VALUE stand for it. Empty: ALTER SYSTEM.
    std::string_view setting_command;

    bool is_managed() const { return name != PlatformName::self_hosted; }
};

// By roles and settings that only these platforms have.
const Platform& detect_platform(Connection& connection);
const Platform& platform_of(PlatformName name);

// What changes a setting of the server there.
Remedy change_setting(const Platform& platform, const std::string& name, const std::string& value, bool needs_restart);
// wal_level has a name of its own on most platforms.
Remedy enable_logical_decoding(const Platform& platform);
// What lets the role replicate.
Remedy allow_replication(const Platform& platform, const std::string& role);

}  // namespace glassflow::postgres
