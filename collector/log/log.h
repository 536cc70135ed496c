// One line per happening, on standard error: for a person on a terminal, as JSON for machines otherwise.
//
// A line is a lower-case message and facts as key and value. Never row data, never secrets. Thread-safe.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "log/settings.h"

namespace glassflow::log {

// A fact of a line; numbers stay numbers in JSON.
struct Fact {
    Fact(std::string_view fact_key, std::string_view fact_value) : key(fact_key), value(fact_value) {}
    Fact(std::string_view fact_key, const char* fact_value) : key(fact_key), value(fact_value) {}
    Fact(std::string_view fact_key, const std::string& fact_value) : key(fact_key), value(fact_value) {}
    Fact(std::string_view fact_key, std::integral auto fact_value)
        : key(fact_key), value(std::to_string(fact_value)), is_number(true) {}

    std::string_view key;
    std::string value;
    bool is_number = false;
};

void configure(const LogSettings& settings);  // before the first thread; the default is info, automatic

void debug(std::string_view message, std::initializer_list<Fact> facts = {});
void info(std::string_view message, std::initializer_list<Fact> facts = {});
void warning(std::string_view message, std::initializer_list<Fact> facts = {});
void error(std::string_view message, std::initializer_list<Fact> facts = {});

}  // namespace glassflow::log
