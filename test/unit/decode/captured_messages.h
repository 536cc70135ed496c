// Messages that pgoutput and wal2json of a real server sent: test/wire/other_plugins, written by
// test/wire/capture_other_plugins.py.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "decode/decode_error.h"
#include "decode/decoder.h"
#include "decode/event_recorder.h"

namespace glassflow::decode::test {

struct Captured {
    event::Lsn start;
    std::string message;
};

inline std::vector<Captured> captured_messages(const std::string& name) {
    std::ifstream file(std::filesystem::path(GLASSFLOW_TEST_DIRECTORY) / "wire" / "other_plugins" / (name + ".txt"));
    std::vector<Captured> messages;
    std::string lsn, hexadecimal;
    while (file >> lsn >> hexadecimal) {
        std::string message;
        for (std::size_t i = 0; i + 1 < hexadecimal.size(); i += 2)
            message += static_cast<char>(std::stoi(hexadecimal.substr(i, 2), nullptr, 16));
        messages.push_back({event::parse_lsn(lsn).value_or(event::Lsn{}), std::move(message)});
    }
    EXPECT_GT(messages.size(), 4u) << name << " was not captured";
    return messages;
}

inline std::vector<std::string> decode_all(Decoder& decoder, const std::vector<Captured>& messages) {
    EventRecorder recorder;
    for (const auto& [start, message] : messages)
        decoder.decode(message, start, recorder);
    return recorder.events;
}

// What the message is refused with; empty when it is not.
inline std::string refusal(Decoder& decoder, std::string_view message, event::Lsn start = {}) {
    EventRecorder recorder;
    try {
        decoder.decode(message, start, recorder);
        return "";
    } catch (const DecodeError& error) {
        return error.what();
    }
}

// Each message cut off everywhere, and with each byte altered: it is told or refused, nothing else.
template <typename MakeDecoder>
void expect_hostile_messages_to_be_refused(const std::vector<Captured>& messages, MakeDecoder make_decoder) {
    std::size_t refused = 0;
    auto decoder = make_decoder();
    EventRecorder recorder;
    for (std::size_t number = 0; number < messages.size() && number < 60; ++number) {
        const auto& [start, whole] = messages[number];
        const std::size_t step = whole.size() / 400 + 1;
        for (std::size_t at = 0; at < whole.size(); at += step) {
            for (const int change : {0, 1, 0x80, 0xFF}) {
                std::string message = change == 0 ? whole.substr(0, at) : whole;
                if (change != 0)
                    message[at] = static_cast<char>(message[at] ^ change);
                try {
                    decoder.decode(message, start, recorder);
                } catch (const DecodeError&) {
                    ++refused;
                }
                // The state that the messages before left behind.
                if (at % 16 == 0 && change == 0) {
                    recorder.relations_change();
                    decoder.reset();
                    for (std::size_t before = 0; before < number; ++before)
                        decoder.decode(messages[before].message, messages[before].start, recorder);
                }
                recorder.events.clear();
            }
        }
        recorder.relations_change();
        decoder.reset();
        for (std::size_t before = 0; before <= number; ++before)
            decoder.decode(messages[before].message, messages[before].start, recorder);
    }
    EXPECT_GT(refused, 1000u);
}

}  // namespace glassflow::decode::test
