// Values of every encoding from `decimal` on, sound and hostile; also those of sql/decode_values.sql, which the
// plugin's own reader and the Python one are tested with, so that all three agree.
#include "decode/value_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <fstream>
#include <memory_resource>
#include <regex>
#include <set>
#include <sstream>

#include "decode/event_recorder.h"
#include "decode/frame_builder.h"
#include "decode/frame_decoder.h"

namespace glassflow::decode {
namespace {

using test::EventRecorder;
using test::FrameBuilder;
using testing::HasSubstr;
using wire::Encoding;
using wire::Extension;

using Part = std::function<void(FrameBuilder&)>;

std::string only_row(const std::string& frame) {
    EventRecorder recorder;
    FrameDecoder().decode(frame, recorder);
    const std::string& event = recorder.events.back();
    return event.substr(event.find("new(") + 4, event.size() - event.find("new(") - 5);
}

std::string frame_of(Encoding encoding, const Part& detail, const Part& value) {
    FrameBuilder frame;
    frame.session().begin().relation(1, "d", 1).column("c", "t", 1, encoding);
    detail(frame);
    frame.key({}).insert().array(1);
    value(frame);
    return frame.frame();
}

std::string read(Encoding encoding, const Part& detail, const Part& value) {
    return only_row(frame_of(encoding, detail, value));
}

std::string read(Encoding encoding, const Part& value) {
    return read(
        encoding, [](auto&) {}, value);
}

std::string refusal(Encoding encoding, const Part& detail, const Part& value) {
    try {
        return "read as " + read(encoding, detail, value);
    } catch (const DecodeError& error) {
        EXPECT_EQ(error.kind(), DecodeError::Kind::malformed);
        return error.what();
    }
}

std::string refusal(Encoding encoding, const Part& value) {
    return refusal(
        encoding, [](auto&) {}, value);
}

const Part integers = [](FrameBuilder& f) { f.type("integer", 23, Encoding::integer); };
const Part texts = [](FrameBuilder& f) { f.type("text", 25, Encoding::text); };
const Part dates = [](FrameBuilder& f) { f.type("date", 1082, Encoding::date); };

constexpr const char* not_allowed =
    "value that its encoding does not allow for column \"c\" of table \"public\".\"orders\"";

Part scale(std::uint32_t scale) {
    return [scale](FrameBuilder& f) { f.number(scale); };
}

TEST(ValueRecord, DecimalsAreIntegersOrText) {
    EXPECT_EQ(read(Encoding::decimal, scale(2), [](auto& f) { f.signed_number(-1250); }), "-1250");
    EXPECT_EQ(read(Encoding::decimal, scale(2), [](auto& f) { f.str("NaN"); }), "'NaN'");
    EXPECT_EQ(read(Encoding::decimal, scale(2), [](auto& f) { f.bin("\xff"); }), "xff");
    EXPECT_EQ(read(Encoding::decimal, scale(0), [](auto& f) { f.nil(); }), "null");
    EXPECT_THAT(refusal(Encoding::decimal, scale(0), [](auto& f) { f.number(std::uint64_t{1} << 63); }),
                HasSubstr("out of range"));
    EXPECT_THAT(refusal(Encoding::decimal, scale(2), [](auto& f) { f.float64(1); }), HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::decimal, scale(19), [](auto& f) { f.nil(); }), HasSubstr("scale is out of range"));
}

TEST(ValueRecord, TimesAreWithinADay) {
    EXPECT_EQ(read(Encoding::time, [](auto& f) { f.number(86'400'000'000u); }), "86400000000");
    EXPECT_THAT(refusal(Encoding::time, [](auto& f) { f.number(86'400'000'001u); }), HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::time, [](auto& f) { f.signed_number(-1); }), HasSubstr(not_allowed));
    const auto timetz = [](std::int64_t time, std::int64_t zone) {
        return refusal(Encoding::timetz, [=](auto& f) { f.array(2).signed_number(time).signed_number(zone); });
    };
    EXPECT_EQ(timetz(0, -57'599), "read as [0, -57599]");
    EXPECT_EQ(timetz(86'400'000'000, 57'599), "read as [86400000000, 57599]");
    EXPECT_THAT(timetz(0, 57'600), HasSubstr(not_allowed));
    EXPECT_THAT(timetz(0, -57'600), HasSubstr(not_allowed));
    EXPECT_THAT(timetz(86'400'000'001, 0), HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::timetz, [](auto& f) { f.array(3).number(0).number(0).number(0); }),
                HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::timetz, [](auto& f) { f.array(2).number(0).nil(); }), HasSubstr(not_allowed));
}

TEST(ValueRecord, IntervalsHaveThreeNumbersOrNoEnd) {
    EXPECT_EQ(
        read(Encoding::interval, [](auto& f) { f.array(3).signed_number(-14).number(3).signed_number(INT64_MIN); }),
        "[-14, 3, -9223372036854775808]");
    EXPECT_EQ(read(Encoding::interval, [](auto& f) { f.extension(Extension::infinity, "\xff"); }), "-infinity");
    EXPECT_EQ(read(Encoding::interval, [](auto& f) { f.str("1 day"); }), "'1 day'");
    EXPECT_THAT(refusal(Encoding::interval, [](auto& f) { f.array(3).number(1u << 31).number(0).number(0); }),
                HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::interval, [](auto& f) { f.array(3).number(0).number(1u << 31).number(0); }),
                HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::interval, [](auto& f) { f.array(2).number(0).number(0); }), HasSubstr(not_allowed));
}

// bin is their own form, so what is not UTF-8 cannot be told from it.
TEST(ValueRecord, BinaryFormsAreChecked) {
    EXPECT_EQ(read(Encoding::bits, [](auto& f) { f.bin(std::string_view("\5\xa0", 2)); }), "x05a0");
    EXPECT_EQ(read(Encoding::bits, [](auto& f) { f.bin(std::string_view("\0", 1)); }), "x00");
    EXPECT_EQ(read(Encoding::bits, [](auto& f) { f.str("101"); }), "'101'");
    EXPECT_EQ(read(Encoding::inet, [](auto& f) { f.bin(std::string_view("\x20\x0a\0\0\1", 5)); }), "x200a000001");
    EXPECT_EQ(read(Encoding::cidr, [](auto& f) { f.bin(std::string(1, '\x80') + std::string(16, 'x')); }).size(), 35u);
    EXPECT_EQ(read(Encoding::macaddr, [](auto& f) { f.bin("123456"); }), "x313233343536");
    EXPECT_EQ(read(Encoding::macaddr, [](auto& f) { f.bin("12345678"); }), "x3132333435363738");
    for (const Encoding encoding : {Encoding::bits, Encoding::inet, Encoding::cidr, Encoding::macaddr}) {
        EXPECT_THAT(refusal(encoding, [](auto& f) { f.bin(""); }), HasSubstr(not_allowed));
        EXPECT_THAT(refusal(encoding, [](auto& f) { f.str("\xff"); }), HasSubstr(not_allowed));
        EXPECT_THAT(refusal(encoding, [](auto& f) { f.number(1); }), HasSubstr(not_allowed));
    }
    EXPECT_THAT(refusal(Encoding::bits, [](auto& f) { f.bin("\x08x"); }), HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::bits, [](auto& f) { f.bin("\x01"); }), HasSubstr(not_allowed));
    for (const std::size_t length : {1u, 4u, 6u, 16u, 18u})
        EXPECT_THAT(refusal(Encoding::inet, [&](auto& f) { f.bin(std::string(length, '\1')); }),
                    HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::inet,
                        [](auto& f) {
                            f.bin(
                                "\x21"
                                "1234");
                        }),
                HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::inet, [](auto& f) { f.bin("\x81" + std::string(16, 'x')); }), HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::macaddr, [](auto& f) { f.bin("1234567"); }), HasSubstr(not_allowed));
}

TEST(ValueRecord, DocumentsBecomeTheirText) {
    EXPECT_EQ(read(Encoding::json, [](auto& f) { f.map(1).str("a").array(2).number(1).nil(); }),
              "'{\"a\": [1, null]}'");
    EXPECT_EQ(read(Encoding::json, [](auto& f) { f.str("\"a scalar\""); }), "'\"a scalar\"'");
    EXPECT_EQ(read(Encoding::json, [](auto& f) { f.bin("\xff"); }), "xff");
    EXPECT_EQ(read(Encoding::json, [](auto& f) { f.array(1).str("\xff"); }), "x5b22ff225d");
    EXPECT_THAT(refusal(Encoding::json, [](auto& f) { f.number(1); }), HasSubstr(not_allowed));
}

Part shaped(const Part& shape, std::int64_t elements) {
    return [=](FrameBuilder& f) {
        f.array(static_cast<std::uint32_t>(elements + 1));
        shape(f);
        for (std::int64_t i = 0; i < elements; ++i)
            f.signed_number(i);
    };
}

Part shape(std::vector<std::int64_t> numbers) {
    return [=](FrameBuilder& f) {
        f.array(static_cast<std::uint32_t>(numbers.size()));
        for (const std::int64_t number : numbers)
            f.signed_number(number);
    };
}

TEST(ValueRecord, ArraysHaveAShapeAndElements) {
    EXPECT_EQ(read(Encoding::array, integers, [](auto& f) { f.array(1).nil(); }), "[null]");
    EXPECT_EQ(read(Encoding::array, integers, [](auto& f) { f.array(3).nil().number(1).nil(); }), "[null, 1, null]");
    EXPECT_EQ(read(Encoding::array, integers, shaped(shape({2, 0, 2, -5}), 4)), "[[2, 0, 2, -5], 0, 1, 2, 3]");
    EXPECT_EQ(read(Encoding::array, integers, [](auto& f) { f.str("{1}"); }), "'{1}'");
    EXPECT_EQ(read(Encoding::array, texts, [](auto& f) { f.array(3).nil().bin("\xff").str("\xfe"); }),
              "[null, xff, xfe]");
    EXPECT_EQ(read(Encoding::array, dates, [](auto& f) { f.array(2).nil().extension(Extension::infinity, "\x01"); }),
              "[null, infinity]");
    EXPECT_EQ(read(Encoding::array, integers, shaped(shape({1, 2147483647}), 1)), "[[1, 2147483647], 0]");
    EXPECT_EQ(read(Encoding::array, integers, shaped(shape({1, -2147483648LL}), 1)), "[[1, -2147483648], 0]");
}

TEST(ValueRecord, RefusesShapesThatAreNotThoseOfTheElements) {
    const auto refused = [](std::vector<std::int64_t> numbers, std::int64_t elements) {
        return refusal(Encoding::array, integers, shaped(shape(std::move(numbers)), elements));
    };
    EXPECT_THAT(refused({}, 0), HasSubstr(not_allowed));
    EXPECT_THAT(refused({1}, 1), HasSubstr(not_allowed));
    EXPECT_THAT(refused({0, 1}, 0), HasSubstr(not_allowed));
    EXPECT_THAT(refused({-1, 1, -1, 1}, 1), HasSubstr(not_allowed));
    EXPECT_THAT(refused({2, 1}, 3), HasSubstr(not_allowed));
    EXPECT_THAT(refused({3, 1}, 2), HasSubstr(not_allowed));
    EXPECT_THAT(refused({1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, 1), HasSubstr(not_allowed));
    EXPECT_THAT(refused({2, 2147483647}, 2), HasSubstr(not_allowed));
    EXPECT_THAT(refused({1, 2147483648LL}, 1), HasSubstr(not_allowed));
    EXPECT_THAT(refused({1, -2147483649LL}, 1), HasSubstr(not_allowed));
    // Products that wrap around to the number of elements.
    EXPECT_THAT(refused({INT64_MAX, 1, 2, 1}, 1), HasSubstr(not_allowed));
    EXPECT_THAT(refused({1LL << 31, 1, 1LL << 31, 1, 4, 1}, 0), HasSubstr(not_allowed));
    EXPECT_THAT(refused({65536, 1, 65536, 1, 65536, 1, 65536, 1}, 0), HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::array, integers, [](auto& f) { f.array(0); }), HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::array, integers, [](auto& f) { f.array(2).number(1).number(1); }),
                HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::array, integers, [](auto& f) { f.array(2).nil().str("1"); }), HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::array, integers, [](auto& f) { f.number(1); }), HasSubstr(not_allowed));
}

TEST(ValueRecord, OnlyInfinityIsAnExtensionWithin) {
    EXPECT_THAT(
        refusal(Encoding::array, texts,
                [](auto& f) { f.array(2).nil().extension(Extension::unchanged_toast, std::string_view("\0", 1)); }),
        HasSubstr(not_allowed));
    EXPECT_THAT(
        refusal(Encoding::array, texts, [](auto& f) { f.array(2).nil().extension(Extension::too_large, "12345678"); }),
        HasSubstr(not_allowed));
    EXPECT_THAT(
        refusal(Encoding::array, integers, [](auto& f) { f.array(2).nil().extension(Extension::infinity, "\x01"); }),
        HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::json, [](auto& f) { f.extension(Extension::json_number, "1"); }),
                HasSubstr("unexpected extension value for column \"c\""));
}

TEST(ValueRecord, CompositesHaveTheirFields) {
    const Part fields = [](FrameBuilder& f) {
        f.array(2)
            .field("a", "integer", 23, Encoding::integer)
            .field("b", "numeric(9,2)", 1700, Encoding::decimal)
            .number(2);
    };
    EXPECT_EQ(read(Encoding::composite, fields, [](auto& f) { f.array(2).nil().number(150); }), "[null, 150]");
    EXPECT_EQ(read(Encoding::composite, fields, [](auto& f) { f.str("(,)"); }), "'(,)'");
    EXPECT_EQ(read(
                  Encoding::composite, [](auto& f) { f.array(0); }, [](auto& f) { f.array(0); }),
              "[]");
    for (const std::uint32_t count : {0u, 1u, 3u}) {
        EXPECT_THAT(refusal(Encoding::composite, fields,
                            [&](auto& f) {
                                f.array(count);
                                for (std::uint32_t i = 0; i < count; ++i)
                                    f.nil();
                            }),
                    HasSubstr(not_allowed));
    }
    EXPECT_THAT(refusal(Encoding::composite, fields, [](auto& f) { f.map(1).number(1).number(1); }),
                HasSubstr(not_allowed));
}

TEST(ValueRecord, RangesHaveTheBoundsThatTheirFlagsSay) {
    // Every set of flags with every number of bounds.
    std::set<std::pair<std::uint32_t, std::uint32_t>> taken;
    for (std::uint32_t flags = 0; flags < 256; ++flags) {
        for (std::uint32_t bounds = 0; bounds < 4; ++bounds) {
            const std::string answer = refusal(Encoding::range, integers, [&](auto& f) {
                f.array(bounds + 1).number(flags);
                for (std::uint32_t i = 0; i < bounds; ++i)
                    f.number(i);
            });
            if (answer.starts_with("read as"))
                taken.insert({flags, bounds});
            else
                EXPECT_THAT(answer, HasSubstr(not_allowed));
        }
    }
    using Pair = std::pair<std::uint32_t, std::uint32_t>;
    EXPECT_EQ(taken,
              (std::set<Pair>{{0, 2}, {1, 0}, {2, 2}, {4, 2}, {6, 2}, {8, 1}, {12, 1}, {16, 1}, {18, 1}, {24, 0}}));
    EXPECT_THAT(refusal(Encoding::range, integers, [](auto& f) { f.array(3).number(2).nil().number(1); }),
                HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::range, integers, [](auto& f) { f.array(0); }), HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::range, integers, [](auto& f) { f.array(1).nil(); }), HasSubstr(not_allowed));
    EXPECT_EQ(read(Encoding::multirange, integers,
                   [](auto& f) { f.array(2).array(2).number(18).number(1).array(1).number(1); }),
              "[[18, 1], [1]]");
    EXPECT_EQ(read(Encoding::multirange, integers, [](auto& f) { f.array(0); }), "[]");
    EXPECT_THAT(refusal(Encoding::multirange, integers, [](auto& f) { f.array(1).nil(); }), HasSubstr(not_allowed));
    EXPECT_THAT(refusal(Encoding::multirange, integers, [](auto& f) { f.array(1).str("empty"); }),
                HasSubstr(not_allowed));
}

TEST(ValueRecord, TypesNestToADepth) {
    const auto nested = [](std::uint32_t depth) {
        return refusal(
            Encoding::array,
            [=](FrameBuilder& f) {
                for (std::uint32_t i = 1; i < depth; ++i)
                    f.type("d", 1, Encoding::array);
                f.type("integer", 23, Encoding::integer);
            },
            [=](FrameBuilder& f) {
                for (std::uint32_t i = 0; i < depth; ++i)
                    f.array(2).nil();
                f.number(7);
            });
    };
    EXPECT_EQ(nested(2), "read as [null, [null, 7]]");
    EXPECT_THAT(nested(wire::max_type_depth), HasSubstr("read as"));
    EXPECT_THAT(nested(wire::max_type_depth + 1), HasSubstr("column with types nested too deeply"));
    EXPECT_THAT(nested(100'000), HasSubstr("column with types nested too deeply"));
}

TEST(ValueRecord, TypesInAColumnAreCounted) {
    const auto composite = [](std::uint32_t fields) {
        return refusal(
            Encoding::composite,
            [=](FrameBuilder& f) {
                f.array(fields);
                for (std::uint32_t i = 0; i < fields; ++i)
                    f.field("a", "integer", 23, Encoding::integer);
            },
            [](FrameBuilder& f) { f.nil(); });
    };
    EXPECT_EQ(composite(wire::max_types_in_column), "read as null");
    EXPECT_THAT(composite(wire::max_types_in_column + 1), HasSubstr("column with too many types in its type"));
}

TEST(ValueRecord, RefusesDetailsThatAreNone) {
    const Part nil = [](FrameBuilder& f) { f.nil(); };
    for (const Encoding encoding :
         {Encoding::decimal, Encoding::array, Encoding::composite, Encoding::range, Encoding::multirange})
        EXPECT_THAT(refusal(encoding, nil, nil), HasSubstr("expected"));
    EXPECT_THAT(refusal(
                    Encoding::array, [](auto& f) { f.array(3).str("t").number(1).number(1); }, nil),
                HasSubstr("type within a type with too few elements"));
    EXPECT_THAT(refusal(
                    Encoding::array, [](auto& f) { f.array(4).str("t").number(1).number(1).number(10); }, nil),
                HasSubstr("without the detail of its encoding"));
    EXPECT_THAT(
        refusal(
            Encoding::composite, [](auto& f) { f.array(1).array(4).str("a").str("t").number(1).number(1); }, nil),
        HasSubstr("type within a type with too few elements"));
    EXPECT_THAT(refusal(
                    Encoding::array, [](auto& f) { f.array(4).str("t").number(1).number(1).number(23); }, nil),
                HasSubstr("unknown column encoding 23"));
    FrameBuilder without;
    without.session().relation(1, "d", 1).array(6).str("c").str("t").number(1).number(1).number(10).number(0).key({});
    EventRecorder recorder;
    EXPECT_THROW(FrameDecoder().decode(without.frame(), recorder), DecodeError);
}

// Elements of later releases, within types as well.
TEST(ValueRecord, IgnoresWhatWasAppendedToADetail) {
    const Part extended = [](FrameBuilder& f) {
        f.array(6).str("integer").number(23).number(1).number(2).str("later").array(0);
    };
    EXPECT_EQ(read(Encoding::array, extended, [](auto& f) { f.array(2).nil().number(1); }), "[null, 1]");
}

// --- the cases of sql/decode_values.sql ---------------------------------------------------------------------------

std::string sql_cases() {
    std::ifstream file(std::string(GLASSFLOW_TEST_DIRECTORY) + "/../sql/decode_values.sql");
    std::stringstream text;
    text << file.rdbuf();
    EXPECT_FALSE(text.str().empty());
    return text.str();
}

std::string unhex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        unsigned byte = 0;
        std::from_chars(hex.data() + i, hex.data() + i + 2, byte, 16);
        bytes += static_cast<char>(byte);
    }
    return bytes;
}

// encoding, flags and detail of a column as in that file.
std::string case_frame(std::string_view description, std::string_view value) {
    FrameBuilder frame;
    frame.session().begin().relation(1, "d", 1).array(description.size() == 4 ? 6 : 7).str("v").str("t").number(23);
    frame.signed_number(-1).raw(unhex(description)).key({}).insert().array(1).raw(unhex(value));
    return frame.frame();
}

std::string description_of(const std::string& encoding, const std::string& detail) {
    constexpr char digits[] = "0123456789abcdef";
    const int number = std::stoi(encoding);
    return std::string{digits[number >> 4], digits[number & 15]} + "00" + detail;
}

bool is_taken(const std::string& frame) {
    EventRecorder recorder;
    try {
        FrameDecoder().decode(frame, recorder);
        return true;
    } catch (const DecodeError&) {
        return false;
    }
}

std::vector<std::smatch> matches(const std::string& text, const std::string& pattern) {
    const std::regex expression(pattern);
    return {std::sregex_iterator(text.begin(), text.end(), expression), std::sregex_iterator()};
}

TEST(ValueRecord, TakesTheSoundCasesOfTheOtherReaders) {
    // What the wire has room for and no server: the SQL reader shows it.
    const std::set<std::pair<std::string, std::string>> beyond_any_server{
        {"11", "cf000000141dd76001"},
        {"11", "ff"},
        {"12", "9200cde100"},
        {"20", "94a34e614ea328225c00d7030000000000000000"},
        {"21", "920a05"},
        {"21", "921405"}};
    const std::string text = sql_cases();
    std::size_t cases = 0;
    for (const auto& row : matches(text, R"(    \((\d+), '(\w*)', '\{(.*)\}'\))")) {
        std::istringstream values(row.str(3));
        for (std::string value; std::getline(values, value, ',');) {
            const bool is_beyond = beyond_any_server.contains({row.str(1), value});
            EXPECT_EQ(is_taken(case_frame(description_of(row[1], row[2]), value)), !is_beyond)
                << row.str(1) << " " << value;
            ++cases;
        }
    }
    EXPECT_GT(cases, 80u);
}

TEST(ValueRecord, RefusesTheBrokenCasesOfTheOtherReaders) {
    // Bytes that a server may have left in a document are not refused here: the row would stop the stream for ever.
    const std::set<std::string> tolerated{"text of a document that is not UTF-8", "key that is not UTF-8"};
    const std::string text = sql_cases();
    std::size_t cases = 0;
    for (const auto& row : matches(text, R"(\('([^']+)', (\d+), '(\w*)', '(\w*)'\))")) {
        EXPECT_EQ(is_taken(case_frame(description_of(row[2], row[3]), row.str(4))), tolerated.contains(row[1]))
            << row.str(1);
        ++cases;
    }
    for (const auto& row : matches(text, R"(    \('([^']+)', '(\w+)'\))")) {
        const bool is_sound = row.str(1) == "elements of later versions";
        EXPECT_EQ(is_taken(case_frame(row.str(2), "91c0")), is_sound) << row.str(1);
        ++cases;
    }
    EXPECT_GT(cases, 60u);
}

// --- memory -------------------------------------------------------------------------------------------------------

class CountingResource : public std::pmr::memory_resource {
public:
    std::size_t allocations = 0;
    std::size_t bytes_in_use = 0;

private:
    void* do_allocate(std::size_t bytes, std::size_t alignment) override {
        ++allocations;
        bytes_in_use += bytes;
        return std::pmr::new_delete_resource()->allocate(bytes, alignment);
    }
    void do_deallocate(void* memory, std::size_t bytes, std::size_t alignment) override {
        bytes_in_use -= bytes;
        std::pmr::new_delete_resource()->deallocate(memory, bytes, alignment);
    }
    bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

// Rows of ordinary size live in a buffer that is kept; what a large one took is given back with the next row.
TEST(ValueRecord, MemoryIsReusedFromRowToRow) {
    CountingResource resource;
    std::pmr::set_default_resource(&resource);
    {
        FrameDecoder decoder;
        EventRecorder recorder;
        FrameBuilder head;
        head.session().begin().relation(1, "d", 1).column("c", "integer[]", 1007, Encoding::array);
        integers(head);
        decoder.decode(head.key({}).frame(), recorder);
        const auto row = [&](std::uint32_t elements) {
            FrameBuilder frame;
            frame.insert().array(1).array(elements + 1).nil();
            for (std::uint32_t i = 0; i < elements; ++i)
                frame.number(i);
            decoder.decode(frame.frame(), recorder);
        };
        for (int i = 0; i < 1000; ++i)
            row(1000);
        EXPECT_EQ(resource.allocations, 0u);
        row(100'000);
        EXPECT_GT(resource.bytes_in_use, 100'000 * sizeof(event::Value));
        row(1);
        EXPECT_EQ(resource.bytes_in_use, 0u);
    }
    std::pmr::set_default_resource(nullptr);
}

}  // namespace
}  // namespace glassflow::decode
