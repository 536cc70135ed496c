// The signs are roles and settings that the platforms' own documentation names. Any role can see them.
#include "postgres/preflight/platform.h"
#include "postgres/preflight/sql_identifier.h"

#include <array>

namespace glassflow::postgres {

namespace {

constexpr std::array<Platform, 6> platforms = {{
    {PlatformName::self_hosted, "self-hosted", "self-hosted", "a superuser", ""},
    {PlatformName::azure, "azure", "Azure Database for PostgreSQL", "a member of azure_pg_admin",
     "az postgres flexible-server parameter set --resource-group GROUP --server-name SERVER --name NAME --value VALUE"},
    {PlatformName::cloud_sql, "cloud-sql", "Google Cloud SQL", "a member of cloudsqlsuperuser",
     "gcloud sql instances patch INSTANCE --database-flags=NAME=VALUE (with all other flags, which it replaces)"},
    {PlatformName::rds, "rds", "Amazon RDS or Aurora", "a member of rds_superuser",
     "aws rds modify-db-parameter-group --db-parameter-group-name GROUP --parameters "
     "ParameterName=NAME,ParameterValue=VALUE,ApplyMethod=pending-reboot"},
    {PlatformName::supabase, "supabase", "Supabase", "the role postgres",
     "supabase --experimental --project-ref PROJECT postgres-config update --config NAME=VALUE"},
    {PlatformName::neon, "neon", "Neon", "a member of neon_superuser",
     "ask Neon's support to set NAME to VALUE, which a project cannot do itself"},
}};

constexpr const char* signs_query = R"(
SELECT CASE
  WHEN pg_catalog.current_setting('neon.tenant_id', true) <> ''
    OR EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'neon_superuser') THEN 'neon'
  WHEN EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'supabase_admin') THEN 'supabase'
  WHEN pg_catalog.current_setting('azure.extensions', true) IS NOT NULL
    OR EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'azure_pg_admin') THEN 'azure'
  WHEN pg_catalog.current_setting('cloudsql.logical_decoding', true) IS NOT NULL
    OR EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'cloudsqlsuperuser') THEN 'cloud-sql'
  WHEN pg_catalog.current_setting('rds.logical_replication', true) IS NOT NULL
    OR EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'rds_superuser') THEN 'rds'
  ELSE 'self-hosted' END)";

void replace(std::string& text, std::string_view name, std::string_view value) {
    // The first one only would do, but for Cloud SQL's NAME=VALUE both stand in one word.
    for (std::size_t at = 0; (at = text.find(name, at)) != std::string::npos; at += value.size())
        text.replace(at, name.size(), value);
}

Remedy by_platform_command(const Platform& platform, const std::string& name, const std::string& value,
                           bool needs_restart) {
    std::string command(platform.setting_command);
    replace(command, "=NAME", "=" + name);
    replace(command, " NAME", " " + name);
    replace(command, "VALUE", value);
    return {std::string(platform.title) + ": " + command + ".", {}, {}, needs_restart};
}

// ALTER SYSTEM takes a bare word or number for what it is; everything else is quoted.
std::string setting_value(const std::string& value) {
    constexpr std::string_view bare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    return value.find_first_not_of(bare) == std::string::npos ? value : quote_literal(value);
}

}  // namespace

const Platform& platform_of(PlatformName name) {
    return platforms[static_cast<std::size_t>(name)];
}

const Platform& detect_platform(Connection& connection) {
    const std::string word = connection.query(signs_query).text(0, 0);
    for (const Platform& platform : platforms) {
        if (platform.word == word)
            return platform;
    }
    return platforms.front();
}

Remedy change_setting(const Platform& platform, const std::string& name, const std::string& value, bool needs_restart) {
    if (platform.is_managed())
        return by_platform_command(platform, name, value, needs_restart);
    Remedy remedy{
        "As superuser.", {"ALTER SYSTEM SET " + name + " = " + setting_value(value) + ";"}, {}, needs_restart};
    if (!needs_restart)
        remedy.sql.emplace_back("SELECT pg_reload_conf();");
    return remedy;
}

Remedy enable_logical_decoding(const Platform& platform) {
    switch (platform.name) {
        case PlatformName::cloud_sql:
            return by_platform_command(platform, "cloudsql.logical_decoding", "on", true);
        case PlatformName::rds:
            return by_platform_command(platform, "rds.logical_replication", "1", true);
        case PlatformName::neon:
            return {
                "Neon: enable logical replication in the project's settings; the computes restart, and it cannot "
                "be taken back."};
        case PlatformName::supabase:
            return {"Supabase: wal_level is logical there from the beginning; ask its support."};
        default:
            return change_setting(platform, "wal_level", "logical", true);
    }
}

Remedy allow_replication(const Platform& platform, const std::string& role) {
    const std::string who = "As " + std::string(platform.administrator) + ".";
    if (platform.name == PlatformName::rds)
        return {who, {"GRANT rds_replication TO " + sql_identifier(role) + ";"}};
    return {who, {"ALTER ROLE " + sql_identifier(role) + " REPLICATION;"}};
}

}  // namespace glassflow::postgres
