#include "decode/wal2json_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "decode/captured_messages.h"

namespace glassflow::decode {
namespace {

using test::captured_messages;
using test::decode_all;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* begin =
    R"({"action":"B","xid":7,"timestamp":"2000-01-01 00:00:00.000001+00","lsn":"0/100","nextlsn":"0/130"})";
constexpr const char* commit =
    R"({"action":"C","xid":7,"timestamp":"2000-01-01 00:00:00.000001+00","lsn":"0/100","nextlsn":"0/130"})";

std::string column(const std::string& name, const std::string& type, int oid, const std::string& value,
                   bool is_not_null = false) {
    return R"({"name":")" + name + R"(","type":)" + type + R"(,"typeoid":)" + std::to_string(oid) + R"(,"value":)" +
           value + R"(,"optional":)" + (is_not_null ? "false" : "true") + "}";
}

std::string id(const std::string& value) {
    return column("id", R"("integer")", 23, value, true);
}

std::string change(const std::string& action, const std::string& columns, const std::string& identity = "",
                   const std::string& key = R"({"name":"id","type":"integer"})", const std::string& lsn = "0/10") {
    return R"({"action":")" + action + R"(","xid":7,"lsn":")" + lsn + R"(","schema":"public","table":"t")" +
           (columns.empty() ? "" : R"(,"columns":[)" + columns + "]") +
           (identity.empty() ? "" : R"(,"identity":[)" + identity + "]") + R"(,"pk":[)" + key + "]}";
}

class Session {
public:
    Session& take(const std::string& message, std::uint64_t start = 0) {
        decoder_.decode(message, event::Lsn{start}, recorder_);
        return *this;
    }
    std::string refusal(const std::string& message) { return test::refusal(decoder_, message); }
    const std::vector<std::string>& events() const { return recorder_.events; }

private:
    Wal2jsonDecoder decoder_;
    test::EventRecorder recorder_;
};

TEST(Wal2jsonDecoder, TellsWhatARealServerSent) {
    Wal2jsonDecoder decoder;
    const auto events = decode_all(decoder, captured_messages("wal2json_2"));
    EXPECT_THAT(events, Contains(HasSubstr("public.plain d id:bigint* t:text n:numeric(10,2) b:boolean d:date "
                                           "at:timestamp with time zone m:public.mood p:numeric(20,4)")));
    EXPECT_THAT(events,
                Contains(HasSubstr("-0 new(1, 'Ann', '12.50', true, 8825, 762525296500000, 'fine', '1.5000')")));
    EXPECT_THAT(events, Contains(HasSubstr("-0 new(10, null, null, null, null, null, null, null) old(2, null")));
    EXPECT_THAT(events, Contains(HasSubstr("x00ff, xa0eebc999c0b4ef8bb6d6bb9bd380a11, -64464465600000000")));
    EXPECT_THAT(events, Contains(HasSubstr("at once app alone")));
}

TEST(Wal2jsonDecoder, TellsTheSameOfBothVersions) {
    const auto rows_of = [](const std::string& name) {
        Wal2jsonDecoder decoder;
        std::vector<std::string> rows;
        for (const std::string& event : decode_all(decoder, captured_messages(name))) {
            if (event.find(" new(") != std::string::npos)
                rows.push_back(event.substr(event.find(" new(")));
        }
        return rows;
    };
    const auto one = rows_of("wal2json_1");
    const auto two = rows_of("wal2json_2");
    ASSERT_GT(one.size(), 8u);
    for (std::size_t i = 0; i < one.size(); ++i)
        EXPECT_EQ(one[i], two[i]);
}

TEST(Wal2jsonDecoder, NumbersKeepTheirDigits) {
    Session session;
    session.take(begin).take(
        change("I", id("1") + "," + column("b", R"("bigint")", 20, "9223372036854775807") + "," +
                        column("n", R"("numeric")", 1700, "12345678901234567890.12345678901234567890") + "," +
                        column("f", R"("double precision")", 701, "1e+300")));
    EXPECT_THAT(session.events(),
                Contains("insert t 0/10-0 new(1, 9223372036854775807, '12345678901234567890.12345678901234567890', "
                         "real:0x1.7e43c8800759cp+996)"));
}

TEST(Wal2jsonDecoder, DescribesATableAgainWhenItsRowsSaySo) {
    Session session;
    const std::string text = column("t", R"("text")", 25, R"("x")");
    session.take(begin).take(change("I", id("1") + "," + text)).take(change("I", id("2") + "," + text));
    session.take(change("U", id("2"), id("2")));  // the text is in TOAST
    session.take(change("I", id("3"))).take(change("I", id("4") + "," + column("t", R"("date")", 1082, "null")));
    EXPECT_THAT(
        session.events(),
        ElementsAre("begin 7 0/100 1", "relation 1 public.t d id:integer* t:text", "insert t 0/10-0 new(1, 'x')",
                    "insert t 0/10-1 new(2, 'x')", "update t 0/10-2 new(2, unchanged) old(2, null)",
                    "relation 1 public.t d id:integer*", "insert t 0/10-3 new(3)",
                    "relation 1 public.t d id:integer* t:date", "insert t 0/10-4 new(4, null)"));
}

TEST(Wal2jsonDecoder, AsksTheCatalogForWhatAnUpdateLeavesOut) {
    std::vector<std::string> asked;
    Wal2jsonDecoder decoder([&](std::string_view schema, std::string_view table) {
        asked.push_back(std::string(schema) + "." + std::string(table));
        return std::vector<CatalogColumn>{{"first", "text", 25, false},
                                          {"id", "integer", 23, true},
                                          {"added", "integer", 23, false},
                                          {"body", "shop.\"Long\"", 99999, false},
                                          {"last", "jsonb", 3802, false}};
    });
    test::EventRecorder recorder;
    const std::string gone = column("gone", R"("date")", 1082, "null");
    const std::vector<std::string> messages{begin, change("U", id("2") + "," + gone, id("2")),
                                            change("U", id("3") + "," + gone, id("3"))};
    for (const std::string& message : messages)
        decoder.decode(message, event::Lsn{0x10}, recorder);
    EXPECT_THAT(asked, ElementsAre("public.t"));
    EXPECT_THAT(
        recorder.events,
        ElementsAre("begin 7 0/100 1",
                    "relation 1 public.t d first:text id:integer* body:shop.\"Long\" last:jsonb gone:date",
                    "update t 0/10-0 new(unchanged, 2, unchanged, unchanged, null) old(null, 2, null, null, null)",
                    "update t 0/10-1 new(unchanged, 3, unchanged, unchanged, null) old(null, 3, null, null, null)"));
}

TEST(Wal2jsonDecoder, ConcludesTheReplicaIdentity) {
    const std::string a = column("a", R"("text")", 25, R"("x")", true);
    const std::string b = column("b", R"("integer")", 23, "5");
    const auto described = [&](const std::string& identity) {
        Session session;
        session.take(begin).take(change("I", id("1") + "," + a + "," + b));
        session.take(change("U", id("1") + "," + a + "," + b, identity));
        const auto last = std::ranges::find_if(session.events().rbegin(), session.events().rend(),
                                               [](const auto& event) { return event.starts_with("relation"); });
        return *last;
    };
    EXPECT_THAT(described(id("1")), HasSubstr("d id:integer* a:text b:integer"));
    EXPECT_THAT(described(a), HasSubstr("i id:integer a:text* b:integer"));
    EXPECT_THAT(described(id("1") + "," + a + "," + b), HasSubstr("f id:integer* a:text b:integer"));
}

// Before 2.4, format-version 2 has no type oids, and leaves out of an old row what is NULL.
TEST(Wal2jsonDecoder, OfAnOldReleaseAWholeRowIsOneWithoutItsNulls) {
    const auto told = [](const char* name, const char* type, const char* value, const char* optional) {
        return std::string(R"({"name":")") + name + R"(","type":")" + type + R"(","value":)" + value +
               (*optional != '\0' ? std::string(R"(,"optional":)") + optional : "") + "}";
    };
    const std::string row = told("id", "integer", "2", "false") + "," + told("a", "text", "null", "true") + "," +
                            told("b", "integer", "3", "true");
    Session session;
    session.take(begin).take(change("I", row));
    session.take(change("D", "", told("id", "integer", "2", "") + "," + told("b", "integer", "3", "")));
    EXPECT_THAT(session.events(), Contains("relation 1 public.t f id:integer* a:text b:integer"));
    EXPECT_THAT(session.events(), Contains(HasSubstr("old(2, null, 3)")));
}

TEST(Wal2jsonDecoder, OfAnOldReleaseTypesWithQuotedNamesAreMended) {
    const std::string type = R"("S"."M"",""value"":""}]")";
    const std::string key = R"({"name":"m","type":")" + type + R"("},{"name":"id","type":"integer"})";
    Session session;
    session.take(begin).take(
        change("I", R"({"name":"m","type":")" + type + R"(","value":"x","optional":false},)" + id("1"), "", key));
    EXPECT_THAT(session.events(), Contains("relation 1 public.t d m:" + type + "* id:integer*"));
    EXPECT_THAT(session.events(), Contains("insert t 0/10-0 new('x', 1)"));
}

TEST(Wal2jsonDecoder, OfVersion1AChangeIsKnownByTheEndOfItsTransactionAndItsPlace) {
    const std::string head = R"({"xid":7,"nextlsn":"0/130","timestamp":"2000-01-01 00:00:00+00","change":[)";
    const std::string row =
        R"({"kind":"insert","schema":"public","table":"t","columnnames":["id"],"columntypes":["integer"],)"
        R"("columntypeoids":[23],"columnoptionals":[false],"columnvalues":[1],"pk":{"pknames":["id"],"pktypes":["integer"]}})";
    const std::string message = R"({"kind":"message","transactional":true,"prefix":"p","content":"c"})";
    Session session;
    session.take(head + row + "," + row + "," + message + "]}");
    session.take(R"({"change":[,{"kind":"message","transactional":false,"prefix":"p","content":"c"}]})", 0x90);
    session.take(head + "]}");
    EXPECT_THAT(session.events(),
                ElementsAre("begin 7 0/130 0", "relation 1 public.t d id:integer*", "insert t 0/130-0 new(1)",
                            "insert t 0/130-1 new(1)", "message 0/130 transactional p c", "commit 0/130 0/130",
                            "message 0/90 at once p c"));
}

TEST(Wal2jsonDecoder, MendsTypesOfSchemasWithQuotedNames) {
    Session session;
    session.take(begin).take(
        change("I", id("1") + "," + column("m", R"("S"."M"",""\o")", 16999, R"("a,\"type\":\"b")")));
    EXPECT_THAT(session.events(), Contains(R"(relation 1 public.t d id:integer* m:"S"."M"",""\o")"));
    EXPECT_THAT(session.events(), Contains(R"(insert t 0/10-0 new(1, 'a,"type":"b'))"));
}

TEST(Wal2jsonDecoder, MendsQuotedTypesOfSchemasWithPlainNames) {
    for (const char* name : {R"(s."M")", R"(s."M"[])", R"(s."a""b")", R"("S"."M"[])"}) {
        const std::string type(name);
        Session session;
        session.take(begin).take(
            change("I", id("1") + "," + column("m", type.front() == '"' ? type : '"' + type + '"', 16999, R"("x")")));
        EXPECT_THAT(session.events(), Contains("relation 1 public.t d id:integer* m:" + type));
    }
}

TEST(Wal2jsonDecoder, RefusesWhatIsNoWal2json) {
    EXPECT_THAT(Session().refusal(""), HasSubstr("not the JSON"));
    EXPECT_THAT(Session().refusal("[]"), HasSubstr("not the JSON"));
    EXPECT_THAT(Session().refusal("{}"), HasSubstr("neither"));
    EXPECT_THAT(Session().refusal(R"({"action":"X"})"), HasSubstr("unknown kind"));
    EXPECT_THAT(Session().refusal(R"({"action":"B"})"), HasSubstr("where a transaction commits"));
    EXPECT_THAT(Session().refusal(commit), HasSubstr("commit outside"));
    EXPECT_THAT(Session().refusal(R"({"action":"M","transactional":false,"content":"c"})"),
                HasSubstr("without a prefix"));
    EXPECT_THAT(Session().take(begin).refusal(R"({"action":"T","table":"t"})"), HasSubstr("names no table"));
    EXPECT_THAT(Session().refusal(change("I", id("1"))), HasSubstr("outside a transaction"));
    EXPECT_THAT(Session().take(begin).refusal(begin), HasSubstr("begin inside"));
    EXPECT_THAT(Session().take(begin).refusal(change("I", id("\"one\""))), HasSubstr("none of type integer"));
    EXPECT_THAT(Session().take(begin).refusal(change("I", id("1e"))), HasSubstr("none of type integer"));
    EXPECT_THAT(Session().take(begin).refusal(change("I", id("[]"))), HasSubstr("array or object"));
    EXPECT_THAT(Session().take(begin).refusal(change("I", id("1")) + "x"), HasSubstr("malformed message"));
    EXPECT_THAT(Session().take(begin).refusal(change("I", id("1") + "," + id("2"))), HasSubstr("twice"));
}

TEST(Wal2jsonDecoder, HostileMessagesAreRefused) {
    for (const char* name : {"wal2json_1", "wal2json_2"})
        test::expect_hostile_messages_to_be_refused(captured_messages(name), [] { return Wal2jsonDecoder(); });
}

}  // namespace
}  // namespace glassflow::decode
