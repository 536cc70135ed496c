// Frames as psql prints them -> events; what is wrong is told with its line and byte.
#include "command/decode.h"

#include <gmock/gmock.h>
#include <rapidjson/document.h>
#include <rapidjson/istreamwrapper.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

namespace glassflow::command {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> golden_frames(const std::string& name) {
    std::ifstream file(std::string(GLASSFLOW_TEST_DIRECTORY) + "/wire/golden/" + name);
    rapidjson::IStreamWrapper stream(file);
    rapidjson::Document document;
    document.ParseStream(stream);
    std::vector<std::string> frames;
    for (const auto& frame : document["frames"].GetArray()) {
        frames.emplace_back(frame.GetString());
    }
    return frames;
}

struct Outcome {
    ExitCode code = ExitCode::done;
    std::vector<std::string> events;
    std::string err;
};

Outcome decode_text(const std::string& text, format::FormatName format = format::FormatName::envelope) {
    std::istringstream in(text);
    std::ostringstream out;
    testing::internal::CaptureStderr();
    Outcome outcome;
    outcome.code = decode_frames(in, out, format);
    outcome.err = testing::internal::GetCapturedStderr();
    std::istringstream lines(out.str());
    for (std::string line; std::getline(lines, line);) {
        outcome.events.push_back(line);
    }
    return outcome;
}

std::string joined(const std::vector<std::string>& frames, const std::string& before, const std::string& after) {
    std::string text;
    for (const std::string& frame : frames) {
        text += before + frame + after;
    }
    return text;
}

TEST(Decode, PrintsOneEventPerLineHoweverTheHexadecimalIsSpelt) {
    const auto frames = golden_frames("operations.json");
    const Outcome outcome = decode_text(joined(frames, "\\x", "\n"));
    EXPECT_EQ(outcome.code, ExitCode::done) << outcome.err;
    ASSERT_GE(outcome.events.size(), 3U);
    for (const std::string& event : outcome.events) {
        rapidjson::Document document;
        EXPECT_FALSE(document.Parse(event.c_str()).HasParseError()) << event;
        EXPECT_TRUE(document.HasMember("_op")) << event;
    }
    EXPECT_EQ(decode_text(joined(frames, "  ", "\r\n\n")).events, outcome.events);
    std::string upper = joined(frames, "", "\n");
    std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    EXPECT_EQ(decode_text(upper).events, outcome.events);
}

TEST(Decode, PrintsTheFormAskedFor) {
    const Outcome outcome =
        decode_text(joined(golden_frames("operations.json"), "\\x", "\n"), format::FormatName::wal2json);
    ASSERT_FALSE(outcome.events.empty());
    EXPECT_THAT(outcome.events.front(), HasSubstr("\"action\":\"I\""));
}

TEST(Decode, TellsWhereTextIsNotHexadecimal) {
    const std::string frame = golden_frames("operations.json").front();
    EXPECT_THAT(decode_text("\\x0g\n").err, HasSubstr("error: line 1: not hexadecimal at column 4\n"));
    EXPECT_THAT(decode_text(frame + "\n\n" + frame.substr(0, 5) + "\n").err,
                HasSubstr("line 3: not hexadecimal at column 6\n"));
    EXPECT_THAT(decode_text("(1 row)\n").err, HasSubstr("psql -At"));
    EXPECT_EQ(decode_text("zz\n").code, ExitCode::failed);
}

TEST(Decode, ABrokenFrameIsToldWithLineAndByteAfterWhatWasWhole) {
    auto frames = golden_frames("operations.json");
    std::string text = joined(frames, "\\x", "\n");
    const Outcome whole = decode_text(text);
    text.resize(text.size() - 21);  // the last frame loses its end
    const Outcome broken = decode_text(text + "\n");
    EXPECT_EQ(broken.code, ExitCode::failed);
    EXPECT_THAT(broken.err,
                AllOf(HasSubstr("error: line " + std::to_string(frames.size()) + ": "), HasSubstr("byte ")));
    EXPECT_LE(broken.events.size(), whole.events.size());
    EXPECT_TRUE(std::equal(broken.events.begin(), broken.events.end(), whole.events.begin()));
}

TEST(Decode, NothingIsNothing) {
    const Outcome outcome = decode_text("\n  \n");
    EXPECT_EQ(outcome.code, ExitCode::done);
    EXPECT_THAT(outcome.events, IsEmpty());
}

}  // namespace
}  // namespace glassflow::command
