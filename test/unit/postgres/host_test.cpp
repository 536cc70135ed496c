#include <gtest/gtest.h>

#include "postgres/connection.h"
#include "postgres/replication_slot.h"
#include "postgres/replication_stream.h"
#include "postgres/settings.h"

namespace glassflow::postgres {
namespace {

void expect_host(const char* text, const char* name, std::uint16_t port) {
    const auto host = parse_host(text);
    ASSERT_TRUE(host) << text;
    EXPECT_EQ(host->name, name);
    EXPECT_EQ(host->port, port);
}

TEST(HostTest, WithAndWithoutPort) {
    expect_host("db1", "db1", 0);
    expect_host("db1:5433", "db1", 5433);
    expect_host("10.0.0.1:65535", "10.0.0.1", 65535);
    expect_host("::1", "::1", 0);
    expect_host("[::1]", "::1", 0);
    expect_host("[fe80::1]:5433", "fe80::1", 5433);
    expect_host("/run/postgresql", "/run/postgresql", 0);
    expect_host("/odd:5433", "/odd:5433", 0);
}

TEST(HostTest, Refused) {
    for (const char* text : {"", "db1:", ":5433", "db1:0", "db1:65536", "db1:x", "db1:-1", "db1: 1", "[::1", "[]",
                             "[]:1", "[::1]x", "[::1]:"})
        EXPECT_FALSE(parse_host(text)) << text;
}

TEST(HostTest, DescribesEachWithItsPort) {
    SourceSettings settings;
    settings.database = "shop";
    EXPECT_EQ(describe(settings), "the default host/shop");
    settings.hosts = {"db1", "db2:6000"};
    EXPECT_EQ(describe(settings), "db1:5432,db2:6000/shop");
}

TEST(StartCommandTest, BeginsWhereItIsTold) {
    SourceSettings settings;
    settings.slot = "orders";
    EXPECT_EQ(start_command(settings, {.plugin = plugin_name}, {}),
              "START_REPLICATION SLOT \"orders\" LOGICAL 0/0 (\"frame_bytes\" '65536')");
    EXPECT_EQ(start_command(settings, {.plugin = plugin_name}, {0x16'B374D848}).find("LOGICAL 16/B374D848 ("), 32u);
}

TEST(StartCommandTest, AsksEachPluginInItsWords) {
    SourceSettings settings;
    settings.slot = "s";
    settings.tables = {"public.Orders", "*.\"Odd, one\""};
    settings.wal2json_args = {"format-version=1"};
    settings.binary = true;
    const std::string wal2json = start_command(settings, {.plugin = wal2json_name, .server_version_num = 150000}, {});
    EXPECT_NE(wal2json.find("\"format-version\" '1'"), std::string::npos) << wal2json;
    EXPECT_NE(wal2json.find("\"add-tables\" 'public.orders,*.Odd\\,\\ one'"), std::string::npos) << wal2json;
    settings.publications = {"one", "all \"of\" it"};
    const std::string pgoutput = start_command(
        settings, {.plugin = pgoutput_name, .server_version_num = 150000, .streams_in_progress = true}, {});
    EXPECT_EQ(pgoutput,
              "START_REPLICATION SLOT \"s\" LOGICAL 0/0 (\"proto_version\" '3', \"publication_names\" '\"one\",\"all "
              "\"\"of\"\" it\"', \"messages\" 'true', \"binary\" 'true', \"streaming\" 'on')");
    EXPECT_EQ(start_command(settings, {.plugin = pgoutput_name, .server_version_num = 130000}, {}).find("messages"),
              std::string::npos);
}

}  // namespace
}  // namespace glassflow::postgres
