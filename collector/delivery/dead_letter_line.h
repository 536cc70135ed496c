// A payload that was refused for good <-> a line of the dead letter file.
//
//   {"time","sink","reason","event_id","lsn","op","schema","table","key","commit_time_us","version","payload"}
//
// payload is the body as a string, byte for byte; lsn the position that event_id begins with; schema and table are left
// out for a logical message, key where there is none. All that a destination could want to know is in it, so that it
// can be delivered again. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sink/payload.h"

namespace glassflow::delivery {

struct DeadLetter {
    std::string time;  // RFC 3339, UTC
    std::string sink;
    std::string reason;
    std::string event_id;
    std::string body;
    std::string key;
    std::optional<sink::Table> table;
    char operation = 0;
    std::int64_t commit_time_us = 0;
    std::uint64_t version = 0;
};

// With the newline. Throws DeadLetterError (dead_letter.h) when the payload has no place in a JSON document.
std::string dead_letter_line(const sink::Payload& payload, std::string_view time, std::string_view sink_name,
                             std::string_view reason);

// nullopt when the line is not one of ours; without its newline.
std::optional<DeadLetter> parse_dead_letter(std::string_view line);

// To be delivered again; it shares the letter's memory.
sink::Payload payload_of(std::shared_ptr<const DeadLetter> letter);

}  // namespace glassflow::delivery
