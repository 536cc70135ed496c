// What a decoder tells -> every event form, each payload checked to be JSON in UTF-8; shared by the decoders' fuzzers.
//
//   input = flags *( length(2, big-endian) message )
//
// A message is decoded or refused by a DecodeError; after that the decoder is reset, as on a new connection.
#pragma once

#include <rapidjson/document.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "decode/decode_error.h"
#include "decode/decoder.h"
#include "format/event_format.h"
#include "route/lanes.h"

namespace glassflow::fuzz {

inline void require_json(std::string_view text) {
    rapidjson::Document document;
    // Without recursion: a document may be nested as deep as the wire allows.
    document.Parse<rapidjson::kParseValidateEncodingFlag | rapidjson::kParseIterativeFlag>(text.data(), text.size());
    // A numeric may be larger than the double that this parser makes of it.
    if (document.HasParseError() && document.GetParseError() == rapidjson::kParseErrorNumberTooBig)
        return;
    if (document.HasParseError() || !document.IsObject()) {
        std::fprintf(stderr, "FINDING: a payload is no JSON object: %.*s\n", static_cast<int>(text.size()),
                     text.data());
        std::abort();
    }
}

class Judge final : public format::PayloadWriter {
public:
    void add(const format::Payload& payload) override {
        require_json(payload.body);
        if (!payload.key.empty())
            require_json(payload.key);
        if (payload.event_id.empty()) {
            std::fprintf(stderr, "FINDING: a payload without an id\n");
            std::abort();
        }
    }
};

// Of all forms, or, so that more inputs are tried in the same time, of the one that the input's flags choose.
enum class Forms : std::uint8_t { all, by_flags };

class Formats final : public event::EventHandler {
public:
    Formats(Forms forms, std::uint8_t flags) {
        using format::FormatName;
        std::size_t number = 0;
        for (const auto name : {FormatName::envelope, FormatName::wal2json, FormatName::flat, FormatName::row}) {
            for (const auto arrays : {format::ArrayStyle::text, format::ArrayStyle::native}) {
                if (forms == Forms::all || number++ == flags % 8)
                    formats_.push_back(format::make_format(name, {.makes_keys = true, .arrays = arrays}));
            }
        }
    }

    void relations_change() override {}
    void relation(const event::Relation& relation) override {
        for (const auto& format : formats_)
            format->relation(relation);
    }
    void row(const event::RowChange& change) override {
        for (const auto scope : {route::RowScope::old_row, route::RowScope::new_row, route::RowScope::both})
            static_cast<void>(route::row_lanes(change, scope));
        for (const auto& format : formats_)
            format->row(change, judge_);
    }
    void truncate(const event::Truncate& truncate) override {
        for (const auto& format : formats_)
            format->truncate(truncate, judge_);
    }
    void message(const event::LogicalMessage& message) override {
        for (const auto& format : formats_)
            format->message(message, judge_);
    }
    void begin(const event::Transaction&) override {}
    void commit(const event::Transaction&) override {}

private:
    Judge judge_;
    std::vector<std::unique_ptr<format::EventFormat>> formats_;
};

// Messages of one WAL record now and then, so that changes share one.
inline void decode_all(decode::Decoder& decoder, Forms forms, const std::uint8_t* data, std::size_t size) {
    Formats formats(forms, size > 0 ? data[0] : 0);
    std::uint64_t start = 0x1000;
    std::size_t at = 1;  // behind the flags
    while (at + 2 <= size) {
        const std::size_t length = std::size_t{data[at]} << 8 | data[at + 1];
        at += 2;
        const std::size_t taken = length < size - at ? length : size - at;
        // Of exactly that size, so that a byte read past it is noticed.
        const std::unique_ptr<char[]> message(new char[taken]);
        std::memcpy(message.get(), data + at, taken);
        at += taken;
        start += taken % 3;
        try {
            decoder.decode({message.get(), taken}, event::Lsn{start}, formats);
        } catch (const decode::DecodeError&) {
            decoder.reset();
        }
    }
}

}  // namespace glassflow::fuzz
