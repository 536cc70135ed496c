#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "decode/decode_error.h"
#include "decode/event_recorder.h"
#include "decode/frame_builder.h"
#include "decode/frame_decoder.h"

namespace glassflow::decode {
namespace {

using test::EventRecorder;
using test::FrameBuilder;
using testing::ElementsAre;
using testing::HasSubstr;
using wire::Tag;

FrameBuilder& start_block(FrameBuilder& frame, std::uint32_t xid, bool is_first, std::uint64_t lsn = 0x1000) {
    return frame.record(Tag::stream_start, 3).number(xid).number(lsn).boolean(is_first);
}
FrameBuilder& row(FrameBuilder& frame, std::uint64_t id, std::int64_t distance = 1) {
    return frame.insert(1, distance).array(2).number(id).nil();
}

// Blocks of one transaction as the plugin sends them, each a frame; the commit's measures are theirs together.
class Stream {
public:
    explicit Stream(FrameDecoder::Checks checks = FrameDecoder::Checks::all)
        : decoder(StreamedTransactions::Limits{}, checks) {
        decoder.decode(FrameBuilder().session().frame(), recorder);
    }
    Stream& block(const FrameBuilder& frame) { return part(frame).part(FrameBuilder().record(Tag::stream_stop, 0)); }
    Stream& part(const FrameBuilder& frame) {
        blocks += frame.frame();
        decoder.decode(frame.frame(), recorder);
        return *this;
    }
    Stream& abort(std::uint32_t xid, std::uint32_t subxid) {
        decoder.decode(FrameBuilder().record(Tag::stream_abort, 3).number(xid).number(subxid).number(0x1800).frame(),
                       recorder);
        return *this;
    }
    Stream& commit(std::uint32_t xid, std::uint64_t changes) {
        FrameBuilder frame;
        frame.continue_sum(blocks).record(Tag::stream_commit, 8).number(xid).number(0x2000).number(0x2030).number(5);
        decoder.decode(frame.measures(changes).frame(), recorder);
        return *this;
    }
    std::string refusal(const FrameBuilder& frame) {
        try {
            decoder.decode(frame.frame(), recorder);
        } catch (const DecodeError& error) {
            return error.what();
        }
        return "";
    }
    // without the session
    std::vector<std::string> told() const { return {recorder.events.begin() + 1, recorder.events.end()}; }

    FrameDecoder decoder;
    EventRecorder recorder;
    std::string blocks;
};

std::string with_id(const std::string& event, std::uint32_t id) {
    return "relation " + std::to_string(id) + event;
}
constexpr std::uint32_t in_a_block = 1 + (std::uint32_t{1} << 31);

TEST(FrameStreams, ATransactionIsToldWhenItCommits) {
    Stream stream;
    FrameBuilder first;
    start_block(first, 7, true).orders();
    row(first, 1, 0);
    row(first, 2, 4);
    stream.block(first);
    EXPECT_THAT(stream.told(), ElementsAre());
    // another one between its blocks, which describes a table under the same id for itself
    FrameBuilder between;
    between.begin(6).orders().insert().array(2).number(9).nil().commit(1);
    stream.decoder.decode(between.frame(), stream.recorder);
    FrameBuilder second;
    start_block(second, 7, false, 0x1010).orders();
    row(second, 3, 0).insert(1, 0).array(2).number(4).nil();
    stream.block(second).commit(7, 4);
    EXPECT_THAT(stream.told(),
                ElementsAre("begin 6 0/16B3800 1", with_id(" public.orders d id:integer* note:text", 1),
                            "insert orders 0/16B37F0-0 new(9, null)", "commit 0/16B3800 0/16B3830", "begin 7 0/2000 5",
                            with_id(" public.orders d id:integer* note:text", in_a_block),
                            "insert orders 0/1000-0 new(1, null)", "insert orders 0/1010-0 new(2, null)",
                            "insert orders 0/1010-0 new(3, null)", "insert orders 0/1010-1 new(4, null)",
                            "commit 0/2000 0/2030"));
}

TEST(FrameStreams, ABlockMaySpanFramesAndPositionsGoOn) {
    Stream stream;
    FrameBuilder first;
    start_block(first, 7, true).orders();
    row(first, 1, 0);
    FrameBuilder rest;
    row(rest, 2, 0);
    stream.part(first).block(rest).commit(7, 2);
    EXPECT_THAT(stream.told().at(3), "insert orders 0/1000-1 new(2, null)");
}

TEST(FrameStreams, WhatIsRolledBackIsNotTold) {
    Stream stream;
    FrameBuilder frame;
    start_block(frame, 7, true).orders();
    row(frame, 1, 0).record(Tag::subtransaction, 1).number(8);
    row(frame, 2, 4);
    frame.record(Tag::message, 4).number(0x1020).boolean(true).str("p").bin("rolled back");
    // a table that only it has, and one it has made another of
    frame.relation(2, "n", 0).key({}).truncate(2, 4, 0);
    frame.record(Tag::subtransaction, 1).number(9);
    row(frame, 3, 4).record(Tag::subtransaction, 1).number(7);
    row(frame, 4, 0);
    stream.block(frame).abort(7, 8).abort(7, 123).commit(7, 6);
    EXPECT_THAT(stream.told(),
                ElementsAre("begin 7 0/2000 5", with_id(" public.orders d id:integer* note:text", in_a_block),
                            "insert orders 0/1000-0 new(1, null)", "insert orders 0/1030-0 new(3, null)",
                            "insert orders 0/1030-1 new(4, null)", "commit 0/2000 0/2030"));
}

TEST(FrameStreams, ATransactionThatIsRolledBackIsForgotten) {
    Stream stream;
    FrameBuilder frame;
    start_block(frame, 7, true).orders();
    row(frame, 1, 0);
    stream.block(frame).abort(7, 7);
    EXPECT_THROW(stream.commit(7, 1), DecodeError);
    EXPECT_THAT(stream.told(), ElementsAre());
}

TEST(FrameStreams, ADescriptionThatDiffersIsToldAgain) {
    Stream stream;
    FrameBuilder frame;
    start_block(frame, 7, true).orders();
    row(frame, 1, 0).orders();
    row(frame, 2, 4).orders("f");
    row(frame, 3, 4);
    stream.block(frame).commit(7, 3);
    EXPECT_THAT(stream.told().at(4), HasSubstr("public.orders f"));
    EXPECT_EQ(stream.told().size(), 7u);
}

TEST(FrameStreams, RefusesWhatArrivedDamaged) {
    Stream counted;
    FrameBuilder frame;
    start_block(frame, 7, true).orders();
    row(frame, 1, 0);
    counted.block(frame);
    EXPECT_THROW(counted.commit(7, 2), DecodeError);
    Stream summed;
    summed.block(frame);
    summed.blocks.back() = 'x';
    EXPECT_THROW(summed.commit(7, 1), DecodeError);
    EXPECT_THAT(summed.told(), ElementsAre());
}

TEST(FrameStreams, RefusesWhatCannotBe) {
    FrameBuilder again;
    EXPECT_THAT(Stream().refusal(start_block(again, 7, false)), HasSubstr("begins where it cannot"));
    FrameBuilder inside;
    EXPECT_THAT(Stream().refusal(start_block(inside.begin(), 7, true)), HasSubstr("inside a transaction"));
    FrameBuilder nested;
    start_block(nested, 7, true);
    EXPECT_THAT(Stream().refusal(nested.begin()), HasSubstr("cannot be in a block"));
    EXPECT_THAT(Stream().refusal(FrameBuilder().record(Tag::stream_abort, 3).number(7).number(7).number(1)),
                HasSubstr("no block was of"));
    EXPECT_THAT(Stream().refusal(FrameBuilder().record(Tag::stream_stop, 0)), HasSubstr("unknown record tag 10"));
    EXPECT_THAT(Stream().refusal(FrameBuilder().record(Tag::begin_prepare, 1).nil()),
                HasSubstr("when they are prepared"));
    // a table that another block described
    Stream stream;
    FrameBuilder first;
    start_block(first, 7, true).orders();
    FrameBuilder second;
    start_block(second, 7, false);
    row(second, 1, 0);
    stream.block(first).block(second);
    EXPECT_THROW(stream.commit(7, 1), DecodeError);
}

// Every cut of a stream is refused or incomplete, and a reset decoder begins anew.
TEST(FrameStreams, ResetForgetsTransactionsInProgress) {
    Stream stream;
    FrameBuilder frame;
    start_block(frame, 7, true).orders();
    row(frame, 1, 0);
    stream.part(frame);
    stream.decoder.reset();
    stream.recorder.events.clear();
    stream.decoder.decode(FrameBuilder().session().frame(), stream.recorder);
    stream.blocks.clear();
    stream.block(frame).commit(7, 1);
    EXPECT_EQ(stream.told().size(), 4u);
}

}  // namespace
}  // namespace glassflow::decode
