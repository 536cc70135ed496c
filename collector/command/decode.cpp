// The same decoder and formats as `run`, without a server and without a position.
#include "command/decode.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "command/argument_parser.h"
#include "command/complaint.h"
#include "decode/frame_decoder.h"
#include "format/event_format.h"

namespace glassflow::command {
namespace {

// Events -> lines.
class EventPrinter final : public event::EventHandler, private format::PayloadWriter {
public:
    EventPrinter(std::ostream& out, format::FormatName format) : out_(out), format_(format::make_format(format)) {}

    void begin(const event::Transaction&) override {}
    void commit(const event::Transaction&) override {}
    void relations_change() override {}
    void relation(const event::Relation& relation) override { format_->relation(relation); }
    void row(const event::RowChange& change) override { format_->row(change, *this); }
    void truncate(const event::Truncate& truncate) override { format_->truncate(truncate, *this); }
    void message(const event::LogicalMessage& message) override { format_->message(message, *this); }

private:
    void add(const format::Payload& payload) override { out_ << payload.body << '\n'; }

    std::ostream& out_;
    std::unique_ptr<format::EventFormat> format_;
};

int digit_of(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// Into frame; the position in text of what is wrong, or nothing.
std::optional<std::size_t> read_hexadecimal(std::string_view text, std::string& frame) {
    frame.clear();
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = digit_of(text[i]);
        const int low = i + 1 < text.size() ? digit_of(text[i + 1]) : -1;
        if (high < 0 || low < 0) {
            return high < 0 ? i : i + 1;
        }
        frame += static_cast<char>(high * 16 + low);
    }
    return std::nullopt;
}

// The digits of a line, without blanks around them and the leading \x; offset is where they begin.
std::string_view digits_of(std::string_view line, std::size_t& offset) {
    constexpr std::string_view blanks = " \t\r";
    offset = std::min(line.find_first_not_of(blanks), line.size());
    line.remove_prefix(offset);
    line = line.substr(0, line.find_last_not_of(blanks) + 1);
    if (line.starts_with("\\x")) {
        offset += 2;
        line.remove_prefix(2);
    }
    return line;
}

format::FormatName form_named(std::string_view name) {
    if (name == "wal2json")
        return format::FormatName::wal2json;
    if (name == "flat")
        return format::FormatName::flat;
    return name == "row" ? format::FormatName::row : format::FormatName::envelope;
}

}  // namespace

ExitCode decode_frames(std::istream& in, std::ostream& out, format::FormatName format) {
    decode::FrameDecoder decoder;
    EventPrinter printer(out, format);
    std::string line;
    std::string frame;
    for (std::size_t line_number = 1; out && std::getline(in, line); ++line_number) {
        const std::string place = "line " + std::to_string(line_number) + ": ";
        std::size_t offset = 0;
        const std::string_view digits = digits_of(line, offset);
        if (const auto wrong = read_hexadecimal(digits, frame)) {
            out.flush();
            complain(place + "not hexadecimal at column " + std::to_string(offset + *wrong + 1),
                     "Print the frames alone, one per line, with psql -At.");
            return ExitCode::failed;
        }
        try {
            if (!frame.empty()) {
                decoder.decode(frame, printer);
            }
        } catch (const decode::DecodeError& error) {
            out.flush();
            complain(place + error.what(), error.hint());
            return ExitCode::failed;
        }
    }
    if (in.bad()) {
        complain(std::string("could not read the frames: ") + std::strerror(errno), "Check the file and its disk.");
        return ExitCode::failed;
    }
    return ExitCode::done;
}

ExitCode decode_command(const Invocation& invocation) {
    ArgumentParser parser("decode",
                          "Prints the events of frames, one per line in hexadecimal, as psql -At prints\n"
                          "SELECT data FROM pg_logical_slot_peek_binary_changes('SLOT', NULL, NULL)");
    std::string path = "-";
    std::string format = "envelope";
    parser.add_option("--format", format, "Form of the events: envelope, wal2json, flat or row.")
        ->check(CLI::IsMember({"envelope", "wal2json", "flat", "row"}))
        ->capture_default_str();
    parser.add_option("FILE", path, "File with the frames; - is standard input.")->capture_default_str();
    if (const auto ended = parser.parse_arguments(invocation.arguments)) {
        return *ended;
    }
    const auto name = form_named(format);
    if (path == "-") {
        return decode_frames(std::cin, std::cout, name);
    }
    std::ifstream file(path);
    if (!file) {
        complain("could not open \"" + path + "\": " + std::strerror(errno),
                 "Give the path of a file that you may read.");
        return ExitCode::usage;
    }
    return decode_frames(file, std::cout, name);
}

}  // namespace glassflow::command
