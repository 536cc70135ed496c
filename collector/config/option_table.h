// The one table of everything a person can set. The YAML parser, the environment, the flags, --help, the printed
// configuration and docs/configuration.md are all driven by it: adding a setting is adding a row.
//
// A row holds no default: the default is what the settings struct it points into is constructed with.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/configuration.h"

namespace glassflow::config {

enum class Kind : std::uint8_t { text, word, boolean, integer, duration, size, list };

// Where the value lives. monostate: the option has no field of its own (sinks[].type chooses the variant).
using Field = std::variant<std::monostate, std::string*, bool*, std::uint16_t*, std::uint32_t*, std::uint64_t*,
                           std::chrono::milliseconds*, std::vector<std::string>*, postgres::SlotLossPolicy*,
                           postgres::SlotPlugin*, postgres::UpdateColumns*, format::FormatName*, format::ArrayStyle*,
                           delivery::UnchangedToast*, sink::OtlpEncoding*, log::Level*, log::Style*, etl::EnumColumns*,
                           etl::ArrayColumns*, etl::KeylessTables*, etl::SchemaChangePolicy*>;

// Why a value is refused: "must be ..." and the remedy. Never repeats the value, which may be a secret.
struct Complaint {
    std::string what;
    std::string hint;
};
using Check = std::optional<Complaint> (*)(std::string_view value);

struct Range {  // inclusive; milliseconds for a duration, bytes for a size
    std::uint64_t min = 0;
    std::uint64_t max = 0;
};

struct Option {
    std::string_view key;  // "source.port"; "sinks[].url" for each sink
    Kind kind = Kind::text;
    std::string_view doc;                               // one or more full sentences
    Field (*field)(Configuration&) = nullptr;           // of an option outside sinks
    Field (*sink_field)(SinkConfiguration&) = nullptr;  // of an option of sinks; the variant holds its type already
    // Empty: of every type. A key that several types have (url) has a row for each, of one kind and alike in secrecy.
    std::string_view sink_type = {};
    Range range = {};                              // of integer, duration, size
    std::span<const std::string_view> words = {};  // of word; for enum fields in the order of the enum
    bool is_required = false;
    bool is_secret = false;  // also settable as KEY_file; never a flag, never shown
    Check check = nullptr;   // of text and of each element of a list
    char separator = ',';    // of a list: ';' where a comma is part of an element

    bool is_of_sinks() const { return key.starts_with(sinks_prefix); }
    std::string_view sink_key() const { return key.substr(sinks_prefix.size()); }  // "url"; valid when is_of_sinks()
    bool belongs_to(std::string_view type) const { return sink_type.empty() || sink_type == type; }

    static constexpr std::string_view sinks_prefix = "sinks[].";
};

std::span<const Option> option_table();
// "source.port", "sinks[].url" (the first row of the key: enough for its kind and secrecy); nullptr when there is none
const Option* find_option(std::string_view key);

// The types a sink can have, and the settings a sink of that type starts with.
std::span<const std::string_view> sink_types();
SinkConfiguration make_sink(std::string_view type);
std::string_view type_of(const SinkConfiguration& sink);
const std::string& name_of(const SinkConfiguration& sink);

std::string environment_name(const Option& option);  // "GLASSFLOW_SOURCE_PORT"; "GLASSFLOW_SINKS_<NAME>_URL"
std::string flag_name(const Option& option);         // "--source.port"; "--sinks.NAME.url"

}  // namespace glassflow::config
