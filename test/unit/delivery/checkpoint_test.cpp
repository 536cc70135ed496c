#include "delivery/checkpoint.h"

#include <gmock/gmock.h>

#include <string>

namespace glassflow::delivery {
namespace {

using ::testing::HasSubstr;

Checkpoint sample() {
    Checkpoint checkpoint;
    checkpoint.system_identifier = "7339482117773205511";
    checkpoint.timeline = 3;
    checkpoint.server_started = "2026-01-31T12:00:00.123456Z";
    checkpoint.database = "shop \"7\"\n";
    checkpoint.slot = "orders";
    checkpoint.plugin = "glassflow";
    checkpoint.confirmed = {0x16'B374D848};
    checkpoint.time = "2026-02-01T08:00:00.000Z";
    checkpoint.gaps = {{{0x10}, {0x20}, "2026-01-01T00:00:00.000Z", "slot was dropped"}};
    return checkpoint;
}

std::string refusal(const std::string& text) {
    try {
        parse_checkpoint(text);
    } catch (const CheckpointError& error) {
        return error.what();
    }
    return "accepted";
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

TEST(CheckpointTest, ComesBackAsItWas) {
    EXPECT_EQ(parse_checkpoint(checkpoint_text(sample())), sample());
    EXPECT_EQ(parse_checkpoint(checkpoint_text(Checkpoint{})), Checkpoint{});
}

TEST(CheckpointTest, CanBeReadByAPerson) {
    const std::string text = checkpoint_text(sample());
    EXPECT_THAT(text, HasSubstr("\n    \"confirmed_lsn\": \"16/B374D848\",\n"));
    EXPECT_THAT(text, HasSubstr("\"from\": \"0/10\""));
    EXPECT_EQ(text.back(), '\n');
}

TEST(CheckpointTest, LayoutDoesNotMatter) {
    std::string text = checkpoint_text(sample());
    std::erase(text, '\n');
    EXPECT_EQ(parse_checkpoint(text), sample());
}

// However much of a file a crash left, nothing of it is believed.
TEST(CheckpointTest, EveryTornFileIsRefused) {
    const std::string text = checkpoint_text(sample());
    const std::size_t closing = text.rfind('}');
    for (std::size_t size = 0; size <= closing; ++size)
        EXPECT_NE(refusal(text.substr(0, size)), "accepted") << size;
    EXPECT_EQ(refusal(""), "it is empty");
}

TEST(CheckpointTest, EveryFlippedBitIsRefusedOrHarmless) {
    const std::string text = checkpoint_text(sample());
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            std::string damaged = text;
            damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
            try {
                EXPECT_EQ(parse_checkpoint(damaged), sample()) << at << " " << bit;
            } catch (const CheckpointError&) {
            }
        }
    }
}

TEST(CheckpointTest, RefusesWhatIsNone) {
    const std::string text = checkpoint_text(sample());
    EXPECT_THAT(refusal(std::string(100, '\0')), HasSubstr("not a JSON object"));
    EXPECT_THAT(refusal("[]"), HasSubstr("not a JSON object"));
    EXPECT_THAT(refusal("{}"), HasSubstr("no member \"format\""));
    EXPECT_THAT(refusal(std::string(200'000, '[')), HasSubstr("not a JSON object"));
    EXPECT_THAT(refusal(std::string(300'000, ' ')), HasSubstr("larger than any"));
    EXPECT_THAT(refusal(text + text), HasSubstr("not a JSON object"));
    EXPECT_THAT(refusal(replaced(text, "glassflow checkpoint", "something else")), HasSubstr("not a checkpoint"));
    EXPECT_THAT(refusal(replaced(text, "\"version\": 1", "\"version\": 2")), HasSubstr("of version 2"));
    EXPECT_THAT(refusal(replaced(text, "16/B374D848", "16/B374D849")), HasSubstr("checksum"));
    EXPECT_THAT(refusal(replaced(text, "16/B374D848", "later")), HasSubstr("not an LSN"));
    EXPECT_THAT(refusal(replaced(text, "\"timeline\": 3", "\"timeline\": -3")), HasSubstr("not a number"));
    EXPECT_THAT(refusal(replaced(text, "\"timeline\": 3", "\"timeline\": 99999999999")), HasSubstr("not a number"));
    EXPECT_THAT(refusal(replaced(text, "\"orders\"", "7")), HasSubstr("\"slot\" is not a text"));
    EXPECT_THAT(refusal(replaced(text, "\"gaps\"", "\"gap\"")), HasSubstr("no member \"gaps\""));
    EXPECT_THAT(refusal(replaced(text, "\"confirmed_lsn\"", "\"confirmed\"")), HasSubstr("\"confirmed_lsn\""));
    EXPECT_THAT(refusal(replaced(text, "shop", "\xff\xfe")), HasSubstr("not a JSON object"));
}

}  // namespace
}  // namespace glassflow::delivery
