// What was written, before it is known to be right: texts by option key, each with the place it came from.
//
// File, environment and flags each become one layer of this form; overlay() lets the later one win.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/problem.h"

namespace glassflow::config {

struct GivenValue {
    std::vector<std::string> items;  // more than one only when it was written as a sequence
    std::string place;               // see Problem::place
    std::string shown;               // as it was written, before ${...}: what an error may repeat unless it is secret
    bool is_file_reference = false;  // the text is the path of a file that holds the value (KEY_file)
    bool is_broken = false;          // a problem was already reported: count it as given, do not look at it
};

using GivenMap = std::map<std::string, GivenValue, std::less<>>;

struct GivenSink {
    std::string name;  // may be empty, wrong or used twice in a file: the builder tells
    std::string place;
    GivenMap values;  // by the key within the sink: "url"
};

struct GivenValues {
    std::string file;  // name of the configuration file; empty without one
    GivenMap values;   // by option key: "source.port"
    std::vector<GivenSink> sinks;
    bool has_broken_sinks = false;  // a problem with all of sinks was already reported

    std::vector<std::string> sink_names() const;
    GivenSink* find_sink(std::string_view name);
};

// Within one layer a key may be given once, whether as KEY or as KEY_file; display_key names it in the problem.
void give(GivenMap& values, std::string_view key, GivenValue value, const std::string& display_key, Problems& problems);
void overlay(GivenValues& base, GivenValues&& layer);

}  // namespace glassflow::config
