#include "decode/frame_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <random>

#include "decode/event_recorder.h"
#include "decode/frame_builder.h"

namespace glassflow::decode {
namespace {

using test::EventRecorder;
using test::FrameBuilder;
using testing::ElementsAre;
using testing::HasSubstr;
using wire::Encoding;
using wire::Extension;
using wire::Tag;

std::vector<std::string> decode(const FrameBuilder& builder) {
    EventRecorder recorder;
    FrameDecoder decoder;
    decoder.decode(builder.frame(), recorder);
    return recorder.events;
}

// The message of the error that the frame is refused with; empty when it is not refused.
std::string refusal(const FrameBuilder& builder) {
    try {
        decode(builder);
        return "";
    } catch (const DecodeError& error) {
        EXPECT_EQ(error.kind(), DecodeError::Kind::malformed);
        return error.what();
    }
}

TEST(FrameDecoder, TellsATransactionInOrder) {
    FrameBuilder frame;
    frame.session().begin().orders();
    frame.insert(1, -8).array(2).number(7).str("x");
    frame.update(1, 2).array(2).number(7).str("y").nil();
    frame.delete_(1, 0).array(1).number(7);
    frame.truncate(1, 1, 3);
    frame.record(Tag::message, 4).number(0x16B3700).boolean(true).str("audit").bin("hello");
    frame.commit(5);
    EXPECT_THAT(decode(frame),
                ElementsAre("session 1 0.1.0 150020 UTF8", "begin 741 0/16B3800 1",
                            "relation 1 public.orders d id:integer* note:text", "insert orders 0/16B37E0-0 new(7, 'x')",
                            "update orders 0/16B37E8-0 new(7, 'y')", "delete orders 0/16B37E8-1 old(7, null)",
                            "truncate orders 0/16B37EC-0 cascade restart",
                            "message 0/16B3700 transactional audit hello", "commit 0/16B3800 0/16B3830"));
}

TEST(FrameDecoder, ATransactionMaySpanFrames) {
    EventRecorder recorder;
    FrameDecoder decoder;
    decoder.decode(FrameBuilder().session().orders().frame(), recorder);
    const std::string first = FrameBuilder().begin().insert(1, -2).array(2).number(1).nil().frame();
    const std::string second = FrameBuilder().insert(1, 1).array(2).number(2).nil().frame();
    decoder.decode(first, recorder);
    decoder.decode(second, recorder);
    decoder.decode(FrameBuilder().continue_sum(first + second).commit(2).frame(), recorder);
    EXPECT_EQ(recorder.events[4], "insert orders 0/16B37FC-0 new(2, null)");
    EXPECT_EQ(recorder.events.back(), "commit 0/16B3800 0/16B3830");
}

TEST(FrameDecoder, PositionsRestartAtEachTransaction) {
    FrameBuilder frame;
    frame.session().orders();
    frame.begin(1, 0x1000).insert(1, -0x40).array(2).number(1).nil().commit(1, 0x1000, 0x1010);
    frame.begin(2, 0x2000).insert(1, -0x40).array(2).number(1).nil().commit(1, 0x2000, 0x2010);
    const auto events = decode(frame);
    EXPECT_EQ(events[3], "insert orders 0/F00-0 new(1, null)");
    EXPECT_EQ(events[6], "insert orders 0/1F00-0 new(1, null)");
}

TEST(FrameDecoder, PositionsOfTheChangesOfOneRecord) {
    FrameBuilder frame;
    frame.session().orders().begin(1, 0x1000);
    const auto row = [&](std::int64_t distance, std::optional<std::uint32_t> index = {}) {
        frame.insert(1, distance, index).array(2).number(1).nil();
    };
    row(-0x40, 5);  // the first five were filtered out
    row(0);
    row(0, 9);
    frame.truncate(1, 0, 0);
    frame.record(Tag::message, 4).number(0x500).boolean(true).str("p").bin("");  // counts for nothing
    row(0);
    row(1);
    row(0, 3);
    row(-1);
    row(-0x3C0);  // to the very beginning
    row((std::int64_t{1} << 62) - 1);
    const auto events = decode(frame.commit(11, 0x1000, 0x1010));
    std::vector<std::string> positions;
    for (const std::string& event : events) {
        if (event.starts_with("insert") || event.starts_with("truncate"))
            positions.push_back(
                event.substr(event.find("orders ") + 7, event.find(" new") - event.find("orders ") - 7));
    }
    EXPECT_THAT(positions, ElementsAre("0/F00-5", "0/F00-6", "0/F00-9", "0/F00-10", "0/F00-11", "0/F04-0", "0/F04-3",
                                       "0/F00-0", "0/0-0", "FFFFFFFF/FFFFFFFC-0"));
}

TEST(FrameDecoder, RefusesPositionsThatAreNone) {
    const auto refused = [](const std::function<void(FrameBuilder&)>& position, std::uint64_t commit_lsn = 0x1000) {
        FrameBuilder frame;
        frame.session().orders().begin(1, commit_lsn).record(Tag::truncate, 3).number(1);
        position(frame);
        return refusal(frame.number(0));
    };
    EXPECT_THAT(refused([](auto& f) { f.number(0); }), HasSubstr("before the first one"));
    EXPECT_EQ(refused([](auto& f) { f.array(2).number(0).number(0); }), "");
    EXPECT_THAT(refused([](auto& f) { f.signed_number(-0x401); }), HasSubstr("position is out of range"));
    EXPECT_EQ(refused([](auto& f) { f.signed_number(-0x400); }), "");
    EXPECT_THAT(refused([](auto& f) { f.number(1); }, ~std::uint64_t{0}), HasSubstr("position is out of range"));
    EXPECT_THAT(refused([](auto& f) { f.number(std::uint64_t{1} << 62); }), HasSubstr("position is out of range"));
    EXPECT_THAT(refused([](auto& f) { f.signed_number(INT64_MIN); }), HasSubstr("position is out of range"));
    EXPECT_THAT(refused([](auto& f) { f.number(~std::uint64_t{0}); }), HasSubstr("out of range"));
    EXPECT_THAT(refused([](auto& f) { f.array(0); }), HasSubstr("position with too few elements"));
    EXPECT_THAT(refused([](auto& f) { f.array(1).number(1); }), HasSubstr("position with too few elements"));
    EXPECT_THAT(refused([](auto& f) { f.array(2).number(1).signed_number(-1); }), HasSubstr("out of range"));
    EXPECT_THAT(refused([](auto& f) { f.array(2).number(1).number(std::uint64_t{1} << 32); }),
                HasSubstr("out of range"));
    EXPECT_THAT(refused([](auto& f) { f.nil(); }), HasSubstr("expected an integer for position"));
    FrameBuilder last;
    last.session().orders().begin().insert(1, 1, 0xFFFF'FFFFu).array(2).number(1).nil();
    EXPECT_THAT(refusal(last.insert(1, 0).array(2).number(1).nil()), HasSubstr("position is out of range"));
}

TEST(FrameDecoder, FullOldRowsAreWhole) {
    FrameBuilder frame;
    frame.session().begin().orders("f").update().array(2).number(7).str("y").array(2).number(7).str("x").commit(1);
    EXPECT_THAT(decode(frame), testing::Contains("update orders 0/16B37F0-0 new(7, 'y') old(7, 'x')"));
}

// Key order is not column order: the old row of a key (c, a) of columns a, b, c.
TEST(FrameDecoder, KeyOnlyOldRowsAreSpreadOut) {
    FrameBuilder frame;
    frame.session().begin().relation(1, "i", 3);
    frame.column("a", "integer", 23, Encoding::integer, wire::column_is_key);
    frame.column("b", "integer", 23, Encoding::integer);
    frame.column("c", "text", 25, Encoding::text, wire::column_is_key).key({2, 0});
    frame.delete_().array(2).str("sea").number(1).commit(1);
    EXPECT_THAT(decode(frame), testing::Contains("delete orders 0/16B37F0-0 old(1, null, 'sea')"));
}

TEST(FrameDecoder, ADeleteMayTellNothing) {
    FrameBuilder frame;
    frame.session().begin().relation(1, "n", 1).column("a", "integer", 23, Encoding::integer).key({});
    frame.delete_().nil().delete_().array(0).commit(2);
    const auto events = decode(frame);
    EXPECT_EQ(events[3], "delete orders 0/16B37F0-0");
    EXPECT_EQ(events[4], "delete orders 0/16B37E0-0");
}

TEST(FrameDecoder, ARelationMayBeDescribedAgain) {
    FrameBuilder frame;
    frame.session().begin().orders().insert().array(2).number(1).str("x");
    frame.relation(1, "d", 1).column("id", "bigint", 20, Encoding::integer, wire::column_is_key).key({0});
    frame.insert().array(1).number(2).commit(2);
    EXPECT_EQ(decode(frame)[5], "insert orders 0/16B37E0-0 new(2)");
}

TEST(FrameDecoder, MessagesOutsideATransactionAreToldAtOnce) {
    FrameBuilder frame;
    frame.session().record(Tag::message, 4).number(0x100).boolean(false).bin("p\xff").bin("");
    frame.begin().record(Tag::message, 4).number(0x200).boolean(false).str("p").bin("x").commit(0);
    const auto events = decode(frame);
    EXPECT_EQ(events[1], "message 0/100 at once p\xff ");
    EXPECT_EQ(events[3], "message 0/200 at once p x");
}

// One row of one column of each encoding.
std::string decode_value(Encoding encoding, const std::function<void(FrameBuilder&)>& value) {
    FrameBuilder frame;
    frame.session().begin().relation(1, "d", 1).column("c", "t", 1, encoding).key({});
    frame.insert().array(1);
    value(frame);
    const std::string event = decode(frame.commit(1))[3];
    return event.substr(event.find("new(") + 4, event.size() - event.find("new(") - 5);
}

TEST(FrameDecoder, ReadsEachEncoding) {
    EXPECT_EQ(decode_value(Encoding::text, [](auto& f) { f.str("\u00e9"); }), "'\u00e9'");
    EXPECT_EQ(decode_value(Encoding::text, [](auto& f) { f.bin("\xe9"); }), "xe9");
    EXPECT_EQ(decode_value(Encoding::boolean, [](auto& f) { f.boolean(true); }), "true");
    EXPECT_EQ(
        decode_value(Encoding::integer, [](auto& f) { f.signed_number(std::numeric_limits<std::int64_t>::min()); }),
        "-9223372036854775808");
    EXPECT_EQ(decode_value(Encoding::integer, [](auto& f) { f.number(4'294'967'295u); }), "4294967295");
    EXPECT_EQ(decode_value(Encoding::float4, [](auto& f) { f.float32(0.1f); }), "real:0x1.99999ap-4");
    EXPECT_EQ(decode_value(Encoding::float4, [](auto& f) { f.float32(NAN); }), "real:nan");
    EXPECT_EQ(decode_value(Encoding::float8, [](auto& f) { f.float64(-0.0); }), "real:-0x0p+0");
    EXPECT_EQ(decode_value(Encoding::float8, [](auto& f) { f.float32(0.5f); }), "real:0x1p-1");
    EXPECT_EQ(decode_value(Encoding::bytes, [](auto& f) { f.bin(std::string_view("\0\xff", 2)); }), "x00ff");
    EXPECT_EQ(decode_value(Encoding::uuid, [](auto& f) { f.bin("0123456789abcdef"); }),
              "x30313233343536373839616263646566");
    EXPECT_EQ(decode_value(Encoding::date, [](auto& f) { f.signed_number(-2451545); }), "-2451545");
    EXPECT_EQ(decode_value(Encoding::timestamp, [](auto& f) { f.signed_number(-1); }), "-1");
    EXPECT_EQ(decode_value(Encoding::timestamptz, [](auto& f) { f.number(9223371331199999999u); }),
              "9223371331199999999");
    for (const Encoding encoding :
         {Encoding::text, Encoding::boolean, Encoding::integer, Encoding::float4, Encoding::float8, Encoding::bytes,
          Encoding::uuid, Encoding::date, Encoding::timestamp, Encoding::timestamptz}) {
        EXPECT_EQ(decode_value(encoding, [](auto& f) { f.nil(); }), "null");
        EXPECT_EQ(
            decode_value(encoding, [](auto& f) { f.extension(Extension::unchanged_toast, std::string_view("\0", 1)); }),
            "unchanged");
    }
    EXPECT_EQ(decode_value(Encoding::date, [](auto& f) { f.extension(Extension::infinity, "\x01"); }), "infinity");
    EXPECT_EQ(decode_value(Encoding::timestamptz, [](auto& f) { f.extension(Extension::infinity, "\xff"); }),
              "-infinity");
    EXPECT_EQ(
        decode_value(Encoding::text,
                     [](auto& f) { f.extension(Extension::too_large, std::string_view("\0\0\0\0\x40\0\0\x01", 8)); }),
        "too_large:1073741825");
}

// Anybody may send one, so it must not stop the stream.
TEST(FrameDecoder, TakesAMessageThatDidNotFitAFrame) {
    FrameBuilder frame;
    frame.session().record(Tag::message, 4).number(0x100).boolean(false).str("p");
    frame.extension(Extension::too_large, std::string_view("\0\0\0\0\x40\0\0\x01", 8));
    EXPECT_EQ(decode(frame).back(), "message 0/100 at once p too_large:1073741825");
    FrameBuilder other;
    other.session().record(Tag::message, 4).number(0x100).boolean(false).str("p");
    other.extension(Extension::infinity, "\x01");
    EXPECT_THAT(refusal(other), HasSubstr("unexpected extension value for message content"));
}

// A table can hold such bytes, and the stream must get past them.
TEST(FrameDecoder, TakesTextThatIsNotUtf8ForBytes) {
    EXPECT_EQ(decode_value(Encoding::text, [](auto& f) { f.str("a\xff"); }), "x61ff");
}

TEST(FrameDecoder, RefusesValuesThatTheirEncodingDoesNotAllow) {
    const auto refused = [](Encoding encoding, const std::function<void(FrameBuilder&)>& value) {
        FrameBuilder frame;
        frame.session().begin().relation(1, "d", 1).column("c", "t", 1, encoding).key({}).insert().array(1);
        value(frame);
        return refusal(frame);
    };
    const std::string plain = "value that its encoding does not allow for column \"c\" of table \"public\".\"orders\"";
    EXPECT_THAT(refused(Encoding::text, [](auto& f) { f.number(1); }), HasSubstr(plain));
    EXPECT_THAT(refused(Encoding::boolean, [](auto& f) { f.number(1); }), HasSubstr(plain));
    EXPECT_THAT(refused(Encoding::integer, [](auto& f) { f.str("1"); }), HasSubstr(plain));
    EXPECT_THAT(refused(Encoding::integer, [](auto& f) { f.float64(1); }), HasSubstr(plain));
    EXPECT_THAT(refused(Encoding::float4, [](auto& f) { f.float64(1); }), HasSubstr(plain));
    EXPECT_THAT(refused(Encoding::float8, [](auto& f) { f.number(1); }), HasSubstr(plain));
    EXPECT_THAT(refused(Encoding::bytes, [](auto& f) { f.str("x"); }), HasSubstr(plain));
    EXPECT_THAT(refused(Encoding::uuid, [](auto& f) { f.bin("short"); }), HasSubstr(plain));
    EXPECT_THAT(refused(Encoding::date, [](auto& f) { f.number(1u << 31); }), HasSubstr(plain));
    EXPECT_THAT(refused(Encoding::timestamp, [](auto& f) { f.array(0); }), HasSubstr(plain));
    EXPECT_THAT(refused(Encoding::integer, [](auto& f) { f.number(std::uint64_t{1} << 63); }),
                HasSubstr("out of range"));
    const std::string extension = "unexpected extension value for column \"c\"";
    EXPECT_THAT(refused(Encoding::text, [](auto& f) { f.extension(Extension::infinity, "\x01"); }),
                HasSubstr(extension));
    EXPECT_THAT(refused(Encoding::date, [](auto& f) { f.extension(Extension::infinity, "\x02"); }),
                HasSubstr(extension));
    EXPECT_THAT(refused(Encoding::date, [](auto& f) { f.extension(Extension::infinity, ""); }), HasSubstr(extension));
    EXPECT_THAT(refused(Encoding::text, [](auto& f) { f.extension(Extension::unchanged_toast, "\x01"); }),
                HasSubstr(extension));
    EXPECT_THAT(refused(Encoding::text, [](auto& f) { f.extension(Extension::too_large, "1234567"); }),
                HasSubstr(extension));
    EXPECT_THAT(refused(Encoding::integer, [](auto& f) { f.extension(Extension::too_large, "12345678"); }),
                HasSubstr(extension));
    EXPECT_THAT(refused(Encoding::text, [](auto& f) { f.extension(static_cast<Extension>(9), "x"); }),
                HasSubstr(extension));
}

TEST(FrameDecoder, RefusesAnUnknownProtocolVersionAndSaysWhichSideToUpgrade) {
    for (const std::uint64_t version : {std::uint64_t{0}, std::uint64_t{2}, ~std::uint64_t{0}}) {
        EventRecorder recorder;
        FrameDecoder decoder;
        try {
            decoder.decode(FrameBuilder().session(version).frame(), recorder);
            FAIL() << version;
        } catch (const DecodeError& error) {
            EXPECT_EQ(error.kind(), DecodeError::Kind::unsupported_version);
            EXPECT_THAT(error.what(),
                        HasSubstr("the plugin speaks " + std::to_string(version) + ", this collector speaks 1"));
            EXPECT_THAT(error.hint(),
                        HasSubstr(version > 1 ? "Upgrade glassflow-collector" : "Upgrade the glassflow plugin"));
        }
        EXPECT_TRUE(recorder.events.empty());
    }
}

// Another version may have another session record: its version must be found all the same.
TEST(FrameDecoder, FindsTheVersionInASessionRecordOfAnotherShape) {
    const std::string frame = FrameBuilder().array(3).number(0).number(2).nil().frame();
    EventRecorder recorder;
    try {
        FrameDecoder().decode(frame, recorder);
        FAIL();
    } catch (const DecodeError& error) {
        EXPECT_EQ(error.kind(), DecodeError::Kind::unsupported_version);
    }
}

TEST(FrameDecoder, RefusesRecordsOutOfPlace) {
    EXPECT_THAT(refusal(FrameBuilder().orders()), HasSubstr("record before the session record"));
    EXPECT_THAT(refusal(FrameBuilder().session().session()), HasSubstr("second session record"));
    EXPECT_THAT(refusal(FrameBuilder().session().begin().begin()), HasSubstr("begin record inside a transaction"));
    EXPECT_THAT(refusal(FrameBuilder().session().commit(0)), HasSubstr("commit record outside a transaction"));
    EXPECT_THAT(refusal(FrameBuilder().session().orders().insert().array(2).number(1).nil()),
                HasSubstr("row outside a transaction"));
    EXPECT_THAT(refusal(FrameBuilder().session().orders().truncate(1, -1, 0)),
                HasSubstr("truncate outside a transaction"));
    EXPECT_THAT(refusal(FrameBuilder().session().record(Tag::message, 4).number(1).boolean(true).str("").bin("")),
                HasSubstr("transactional message outside a transaction"));
    EXPECT_THAT(refusal(FrameBuilder().session().begin().insert(9).array(0)), HasSubstr("unknown relation id 9"));
    EXPECT_THAT(refusal(FrameBuilder().session().record(static_cast<Tag>(77), 0)), HasSubstr("unknown record tag 77"));
    EXPECT_THAT(refusal(FrameBuilder().session().array(0)), HasSubstr("record without a tag"));
    EXPECT_THAT(refusal(FrameBuilder().session().number(3)), HasSubstr("expected an array for record"));
}

TEST(FrameDecoder, RefusesACommitThatDoesNotFit) {
    EXPECT_THAT(refusal(FrameBuilder().session().begin().commit(1)),
                HasSubstr("damaged transaction: sent with 1 changes, arrived with 0"));
    EXPECT_THAT(refusal(FrameBuilder().session().orders().begin().insert().array(2).number(1).nil().commit(0)),
                HasSubstr("damaged transaction: sent with 0 changes, arrived with 1"));
    EXPECT_THAT(refusal(FrameBuilder().session().begin(1, 0x100).commit(0, 0x200, 0x300)),
                HasSubstr("another transaction than the one begun"));
    EXPECT_THAT(refusal(FrameBuilder().session().begin(1, 0x100).commit(0, 0x100, 0x80)),
                HasSubstr("ends before it begins"));
}

// One byte of a value is another, and everything is still well-formed.
TEST(FrameDecoder, RefusesATransactionThatArrivedDamaged) {
    FrameBuilder frame;
    frame.session().orders().begin().insert().array(2).number(1).str("damage");
    std::string bytes = frame.commit(1).frame();
    EventRecorder recorder;
    FrameDecoder().decode(bytes, recorder);
    EXPECT_EQ(recorder.events.back(), "commit 0/16B3800 0/16B3830");
    bytes[bytes.find("damage")] = 'D';
    EventRecorder other;
    try {
        FrameDecoder().decode(bytes, other);
        FAIL() << "the damage was not noticed";
    } catch (const DecodeError& error) {
        EXPECT_THAT(error.what(), HasSubstr("damaged transaction: sent with checksum "));
        EXPECT_THAT(error.hint(), HasSubstr("nothing of the transaction was confirmed"));
    }
    EXPECT_EQ(other.events.back(), "insert orders 0/16B37F0-0 new(1, 'Damage')");
    // a record too many that the counts say nothing of
    FrameBuilder more;
    more.session().orders().begin().raw(FrameBuilder().orders().frame());
    const std::string described_twice = more.frame() + FrameBuilder().begin_sum().commit(0).frame();
    EXPECT_THAT(refusal(FrameBuilder().raw(described_twice)),
                HasSubstr("damaged transaction: sent with 0 bytes, arrived with"));
}

// The server begins again where it was cut off, or says something else before: the sum begins with its transaction.
TEST(FrameDecoder, SumsEachTransactionByItself) {
    FrameDecoder decoder;
    EventRecorder cut_off;
    decoder.decode(FrameBuilder().session().orders().begin().insert().array(2).number(1).nil().frame(), cut_off);
    decoder.reset();
    EventRecorder recorder;
    FrameBuilder frame;
    frame.session().orders().begin().insert().array(2).number(1).nil().commit(1);
    frame.record(Tag::message, 4).number(0x200).boolean(false).str("p").bin("x");
    frame.begin(742, 0x16B3900).insert().array(2).number(2).nil().commit(1, 0x16B3900, 0x16B3930);
    decoder.decode(frame.frame(), recorder);
    EXPECT_EQ(recorder.events.back(), "commit 0/16B3900 0/16B3930");
}

TEST(FrameDecoder, TellsTheOrigin) {
    FrameBuilder frame;
    frame.session().begin_sum().record(Tag::begin, 5).number(741).number(0x16B3800).number(1).str("there").number(0xAB);
    frame.commit(0);
    frame.begin_sum().record(Tag::begin, 5).number(742).number(0x16B3900).number(1).nil().number(0);
    frame.commit(0, 0x16B3900, 0x16B3930);
    EXPECT_THAT(decode(frame), ElementsAre(testing::_, "begin 741 0/16B3800 1 from there 0/AB", testing::_,
                                           "begin 742 0/16B3900 1", testing::_));
}

TEST(FrameDecoder, RefusesRowsOfAnotherShape) {
    EXPECT_THAT(refusal(FrameBuilder().session().orders().begin().insert().array(1).number(1)),
                HasSubstr("another number of values than columns"));
    EXPECT_THAT(refusal(FrameBuilder().session().orders().begin().delete_().array(2).number(1).nil()),
                HasSubstr("another number of values than its identity"));
    EXPECT_THAT(refusal(FrameBuilder().session().orders("f").begin().delete_().array(1).number(1)),
                HasSubstr("another number of values than its identity"));
    EXPECT_THAT(refusal(FrameBuilder().session().orders().begin().record(Tag::insert, 2).number(1).number(0)),
                HasSubstr("row record with too few elements"));
    EXPECT_THAT(refusal(FrameBuilder().session().orders().begin().insert().nil()), HasSubstr("expected an array"));
}

TEST(FrameDecoder, RefusesRelationsThatRowsCouldNotBeReadBy) {
    const auto column = [](FrameBuilder& f, std::uint32_t encoding, std::uint32_t flags = 0) -> FrameBuilder& {
        return f.column("c", "t", 1, static_cast<Encoding>(encoding), flags);
    };
    FrameBuilder encoding;
    EXPECT_THAT(refusal(column(encoding.session().relation(1, "d", 1), 23).key({})),
                HasSubstr("unknown column encoding 23"));
    FrameBuilder key;
    EXPECT_THAT(refusal(column(key.session().relation(1, "d", 1), 0).key({1})), HasSubstr("names no column"));
    FrameBuilder flags;
    EXPECT_THAT(refusal(column(flags.session().relation(1, "d", 1), 0).key({0})), HasSubstr("disagree"));
    FrameBuilder missing;
    EXPECT_THAT(refusal(column(missing.session().relation(1, "d", 1), 0, wire::column_is_key).key({})),
                HasSubstr("disagree"));
    EXPECT_THAT(refusal(FrameBuilder().session().relation(1, "x", 0).key({})), HasSubstr("unknown replica identity"));
    EXPECT_THAT(refusal(FrameBuilder().session().relation(1, "", 0).key({})), HasSubstr("unknown replica identity"));
    FrameBuilder wide;
    wide.session().relation(1, "d", 1601);
    for (int i = 0; i < 1601; ++i)
        column(wide, 0);
    EXPECT_THAT(refusal(wide.key({})), HasSubstr("more columns than a table can have"));
    EXPECT_THAT(refusal(FrameBuilder().session().record(Tag::relation, 1).number(1)), HasSubstr("too few elements"));
    EXPECT_THAT(
        refusal(FrameBuilder().session().relation(1, "d", 1).array(5).str("c").str("t").number(1).number(1).number(0)),
        HasSubstr("too few elements"));
}

TEST(FrameDecoder, NamesThatAreNotUtf8StayReadableAndDistinct) {
    FrameBuilder frame;
    frame.session().record(Tag::relation, 7).number(1).number(2).bin("s").bin("caf\xe9\\x").str("d").array(0).array(0);
    EXPECT_EQ(decode(frame)[1], "relation 1 s.caf\\xe9\\\\x d");
}

// A newer plugin of the same protocol version may append elements to any record.
TEST(FrameDecoder, IgnoresElementsThatWereAppended) {
    FrameBuilder frame;
    const auto extra = [&] { frame.array(2).str("later").array(1).nil(); };
    frame.record(Tag::session, 5).number(1).str("9").number(1).str("UTF8");
    extra();
    frame.record(Tag::relation, 8).number(1).number(2).str("public").str("t").str("d").array(1);
    frame.array(7).str("c").str("integer").number(23).signed_number(-1).number(2).number(1);
    extra();
    frame.key({0});
    extra();
    frame.begin_sum().record(Tag::begin, 6).number(1).number(0x100).number(0).nil().number(0);
    extra();
    frame.record(Tag::insert, 4).number(1).array(4).signed_number(-1).number(0);
    extra();
    frame.number(9).array(1).number(1);
    extra();
    frame.record(Tag::update, 5).number(1).number(0).array(1).number(1).array(1).number(2);
    extra();
    frame.record(Tag::delete_, 4).number(1).number(0).nil();
    extra();
    frame.record(Tag::truncate, 4).number(1).number(0).number(0xF4);
    extra();
    frame.record(Tag::message, 5).number(1).boolean(true).str("p").bin("");
    extra();
    frame.record(Tag::commit, 7).number(0x100).number(0x110).measures(5);
    extra();
    EXPECT_EQ(decode(frame).size(), 9u);
}

TEST(FrameDecoder, ResetForgetsTheSession) {
    EventRecorder recorder;
    FrameDecoder decoder;
    decoder.decode(FrameBuilder().session().orders().begin().frame(), recorder);
    decoder.reset();
    EXPECT_THROW(decoder.decode(FrameBuilder().commit(0).frame(), recorder), DecodeError);
    decoder.reset();
    EXPECT_THROW(decoder.decode(FrameBuilder().session().begin().insert().array(2).number(1).nil().frame(), recorder),
                 DecodeError);
    decoder.reset();
    decoder.decode(FrameBuilder().session().begin().commit(0).frame(), recorder);
    EXPECT_EQ(recorder.events.back(), "commit 0/16B3800 0/16B3830");
}

TEST(FrameDecoder, AnEmptyFrameIsNothing) {
    EXPECT_TRUE(decode(FrameBuilder()).empty());
}

std::string one_of_everything() {
    FrameBuilder frame;
    const auto text = [&] { frame.type("text", 25, Encoding::text); };
    constexpr std::uint32_t encodings = static_cast<std::uint32_t>(Encoding::multirange) + 1;
    frame.session().relation(1, "f", encodings);
    for (std::uint32_t number = 0; number < encodings; ++number) {
        const auto encoding = static_cast<Encoding>(number);
        frame.column("c", "type", number, encoding, number == 0 ? wire::column_is_key : 0);
        if (encoding == Encoding::decimal)
            frame.number(2);
        else if (encoding == Encoding::composite)
            frame.array(2).field("a", "date", 1082, Encoding::date).field("b", "t[]", 1, Encoding::array), text();
        else if (encoding >= Encoding::array)
            text();
    }
    frame.key({0});
    const auto row = [&] {
        frame.array(encodings).str("k\u00e9y").boolean(false).signed_number(-70'000).float32(1.5f).float64(2.5);
        frame.bin("bytes")
            .bin("0123456789abcdef")
            .number(9000)
            .signed_number(-1)
            .extension(Extension::infinity, "\xff");
        frame.number(150)
            .number(3'600'000'000u)
            .array(2)
            .number(1)
            .signed_number(-3600)
            .array(3)
            .number(1)
            .number(2)
            .number(3);
        frame.map(2).str("a").array(2).nil().boolean(true).str("b").extension(Extension::json_number, "1.50");
        frame.bin("\x05\xa0").bin("\x08\x0a\x01\x02\x03").bin("\x18\x0a\x01\x02\x03").bin("123456");
        frame.array(5).array(4).number(2).number(1).number(2).signed_number(-1).str("x").nil().str("y").bin("\xff");
        frame.array(2).number(7).array(2).nil().str("z").array(3).number(2).str("a").str("b");
        frame.array(2).array(1).number(1).array(2).number(8).str("c");
    };
    frame.begin().insert();
    row();
    frame.update();
    row();
    row();
    frame.delete_();
    row();
    frame.truncate(1, -1, 1);
    frame.record(Tag::message, 4).number(5).boolean(true).str("prefix").bin("content");
    return frame.commit(5).frame();
}

// Whatever is cut off: either the records that are left, whole, or a DecodeError. Sanitizers watch the reads.
TEST(FrameDecoder, SurvivesTruncationAtEveryByte) {
    const std::string frame = one_of_everything();
    std::size_t accepted = 0;
    for (std::size_t length = 0; length < frame.size(); ++length) {
        // A copy of its own, so that a read past its end is a read past an allocation.
        const std::vector<char> torn(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(length));
        EventRecorder recorder;
        FrameDecoder decoder;
        try {
            decoder.decode({torn.data(), torn.size()}, recorder);
            ++accepted;
        } catch (const DecodeError& error) {
            EXPECT_LE(error.frame_offset(), length);
        }
    }
    EXPECT_EQ(accepted, 9u);  // the ends of the nine records but the last, and nothing at all
}

TEST(FrameDecoder, SurvivesFlippedBits) {
    const std::string frame = one_of_everything();
    std::mt19937 random(20'000'101);
    std::size_t refused = 0;
    constexpr int rounds = 50'000;
    for (int round = 0; round < rounds; ++round) {
        std::vector<char> damaged(frame.begin(), frame.end());
        for (unsigned flips = 1 + random() % 4; flips > 0; --flips)
            damaged[random() % damaged.size()] ^= static_cast<char>(1u << random() % 8);
        EventRecorder recorder;
        FrameDecoder decoder;
        try {
            decoder.decode({damaged.data(), damaged.size()}, recorder);
        } catch (const DecodeError&) {
            ++refused;
        }
    }
    EXPECT_GT(refused, rounds / 4u);
    EXPECT_LT(refused, static_cast<std::size_t>(rounds));
}

TEST(FrameDecoder, SurvivesNoise) {
    std::mt19937 random(7);
    for (int round = 0; round < 20'000; ++round) {
        std::string noise = FrameBuilder().session().orders().begin().frame();
        for (unsigned length = random() % 64; length > 0; --length)
            noise += static_cast<char>(random());
        EventRecorder recorder;
        FrameDecoder decoder;
        try {
            decoder.decode(noise, recorder);
        } catch (const DecodeError&) {
        }
        EXPECT_GE(recorder.events.size(), 3u);
    }
}

}  // namespace
}  // namespace glassflow::decode
