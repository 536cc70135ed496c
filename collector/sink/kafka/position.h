// How far an exactly-once producer has come: the value of its record in the position topic, and what it means for
// payloads that come again after a start. Pure.
//
// The record is written in the same Kafka transaction as the payloads up to and including the one it names, so it is
// there exactly when they are. Payloads come in one order, whole transactions of the source at a time, and begin again
// at a transaction that is not wholly confirmed: what a new start sees first is at or before the position, or after it.
// When anything before the position comes, the position's own payload must follow: positions of a server that was put
// back to an earlier state, and of another configuration, are told by that it does not.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glassflow::sink::kafka {

struct Position {
    std::string stream;             // whose history it is a position in
    std::uint64_t transaction = 0;  // of the last payload
    std::string event_id;           // of the last payload

    bool operator==(const Position&) const = default;
};

// {"stream":"…","transaction":"123","event_id":"…"}; nullopt when text is anything else.
std::string position_text(const Position& position);
std::optional<Position> parse_position(std::string_view text);

// Payloads in their order -> which of them are there already.
class ResumeFilter {
public:
    enum class Verdict : std::uint8_t {
        produce,   // not there
        hold,      // there if the position's payload follows: it may be reported only then
        found,     // the position's payload itself: it is there, and so is all that was held
        conflict,  // what is behind the position came without it: nothing may be said of those held
    };

    ResumeFilter() = default;  // nothing is there
    explicit ResumeFilter(Position position) : position_(std::move(position)) {}

    Verdict judge(std::uint64_t transaction, std::string_view event_id);
    bool is_passed() const { return !position_; }  // all that follows is to be produced

private:
    std::optional<Position> position_;
    bool holds_ = false;
};

}  // namespace glassflow::sink::kafka
