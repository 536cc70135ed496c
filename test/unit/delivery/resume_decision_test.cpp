#include "delivery/resume_decision.h"

#include <gmock/gmock.h>

#include <functional>

namespace glassflow::delivery {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using Action = ResumeDecision::Action;

constexpr event::Lsn checkpoint_lsn{0x1000};

postgres::SourceSettings source_settings() {
    postgres::SourceSettings source;
    source.hosts = {"db1"};
    source.database = "shop";
    source.slot = "orders";
    return source;
}

// Nothing has happened but a restart of the collector.
struct Situation {
    postgres::SourceSettings source = source_settings();
    ResumeFacts facts;

    Situation() {
        facts.checkpoint = Checkpoint{"sys", 1, "monday", "shop", "orders", "glassflow", checkpoint_lsn, "", {}};
        facts.checkpoint_path = "state/checkpoint-orders.json";
        facts.server = {"sys", 1, "monday", {0x5000}, false};
        postgres::ReplicationSlot slot;
        slot.name = "orders";
        slot.type = "logical";
        slot.plugin = "glassflow";
        slot.database = "shop";
        slot.confirmed_flush_lsn = checkpoint_lsn;
        slot.restart_lsn = {0x0800};
        slot.wal_status = "reserved";
        facts.slot = slot;
    }
    Situation(const Situation&) = delete;

    ResumeDecision decide(ResumeChoice choice = ResumeChoice::none) {
        facts.source = &source;
        facts.choice = choice;
        return decide_resume(facts);
    }
};

struct Case {
    const char* name;
    std::function<void(Situation&)> happened;
    Action alone;      // what is done without a choice
    const char* told;  // of a refusal
    Action accept_gap = Action::refuse;
    Action accept_repeat = Action::refuse;
    Action fresh = Action::go_on;
    std::uint64_t start = 0;  // of alone, when it goes on
};

const Case cases[] = {
    {"restart", [](Situation&) {}, Action::go_on, "", Action::go_on, Action::go_on},
    {"report_lost_in_a_crash_of_ours", [](Situation& s) { s.facts.slot->confirmed_flush_lsn = {0x0900}; },
     Action::go_on, "", Action::go_on, Action::go_on, Action::go_on, checkpoint_lsn.value},
    {"server_restarted_and_slot_further_back",
     [](Situation& s) {
         s.facts.slot->confirmed_flush_lsn = {0x0900};
         s.facts.server.started = "tuesday";
     },
     Action::go_on, "", Action::go_on, Action::go_on},
    {"no_checkpoint", [](Situation& s) { s.facts.checkpoint.reset(); }, Action::go_on, "", Action::go_on,
     Action::go_on},
    {"first_run_without_slot",
     [](Situation& s) {
         s.facts.checkpoint.reset();
         s.facts.slot.reset();
     },
     Action::refuse, "does not exist", Action::refuse, Action::refuse, Action::refuse},
    {"first_run_makes_slot",
     [](Situation& s) {
         s.facts.checkpoint.reset();
         s.facts.slot.reset();
         s.source.create_slot = true;
     },
     Action::make_slot, "", Action::make_slot, Action::make_slot, Action::make_slot},
    {"slot_dropped", [](Situation& s) { s.facts.slot.reset(); }, Action::refuse, "does not exist any more",
     Action::make_slot, Action::refuse, Action::refuse},
    {"slot_dropped_and_may_be_made",
     [](Situation& s) {
         s.facts.slot.reset();
         s.source.create_slot = true;
     },
     Action::refuse, "does not exist any more: it was dropped; this collector has delivered up to 0/1000",
     Action::make_slot, Action::refuse, Action::make_slot},
    {"slot_dropped_and_policy_recreate",
     [](Situation& s) {
         s.facts.slot.reset();
         s.source.on_slot_lost = postgres::SlotLossPolicy::recreate;
     },
     Action::make_slot, "", Action::make_slot, Action::make_slot, Action::make_slot},
    {"slot_made_again",
     [](Situation& s) {
         s.facts.slot->confirmed_flush_lsn = {0x2000};
         s.facts.slot->restart_lsn = {0x1F00};
     },
     Action::refuse, "stands at 0/2000, but this collector has delivered only up to 0/1000: it was made again",
     Action::go_on},
    {"slot_advanced_by_hand", [](Situation& s) { s.facts.slot->confirmed_flush_lsn = {0x2000}; }, Action::refuse,
     "0/1000: it was moved by somebody else", Action::go_on},
    {"slot_made_again_and_policy_recreate",
     [](Situation& s) {
         s.facts.slot->confirmed_flush_lsn = {0x2000};
         s.source.on_slot_lost = postgres::SlotLossPolicy::recreate;
     },
     Action::refuse, "stands at 0/2000", Action::go_on},
    {"taken_over_from_another_collector",
     [](Situation& s) {
         s.facts.slot->confirmed_flush_lsn = {0x2000};
         s.facts.has_taken_over = true;
     },
     Action::go_on, "", Action::go_on, Action::go_on},
    {"slot_lost", [](Situation& s) { s.facts.slot->wal_status = "lost"; }, Action::refuse,
     "the server has removed WAL that it needs; this collector has delivered up to 0/1000", Action::replace_slot,
     Action::refuse, Action::refuse},
    {"slot_invalidated", [](Situation& s) { s.facts.slot->invalidation_reason = "idle_timeout"; }, Action::refuse,
     "invalidated it (idle_timeout)", Action::replace_slot, Action::refuse, Action::refuse},
    {"slot_lost_and_policy_recreate",
     [](Situation& s) {
         s.facts.slot->wal_status = "lost";
         s.source.on_slot_lost = postgres::SlotLossPolicy::recreate;
     },
     Action::replace_slot, "", Action::replace_slot, Action::replace_slot, Action::replace_slot},
    {"slot_of_another_plugin", [](Situation& s) { s.facts.slot->plugin = "pgoutput"; }, Action::refuse,
     "is not one of the plugin", Action::refuse, Action::refuse},
    {"another_system", [](Situation& s) { s.facts.server.system_identifier = "other"; }, Action::refuse,
     "the server behind db1:5432/shop is another one (system other, the checkpoint is of system sys)"},
    {"another_system_taken_over",
     [](Situation& s) {
         s.facts.server.system_identifier = "other";
         s.facts.has_taken_over = true;
     },
     Action::refuse, "is another one"},
    {"checkpoint_of_another_slot", [](Situation& s) { s.facts.checkpoint->slot = "items"; }, Action::refuse,
     "is of slot \"items\""},
    {"checkpoint_of_another_database", [](Situation& s) { s.facts.checkpoint->database = "other"; }, Action::refuse,
     "of database \"other\""},
    {"unreadable",
     [](Situation& s) {
         s.facts.checkpoint.reset();
         s.facts.unreadable = "it is empty";
     },
     Action::refuse, "checkpoint \"state/checkpoint-orders.json\" cannot be used: it is empty"},
    {"failover_with_the_slot",
     [](Situation& s) {
         s.facts.server.timeline = 2;
         s.facts.fork = event::Lsn{0x1000};
         s.facts.slot->confirmed_flush_lsn = {0x0F00};
         s.facts.server.started = "tuesday";
     },
     Action::go_on, "", Action::go_on, Action::go_on},
    {"failover_with_an_advanced_slot",
     [](Situation& s) {
         s.facts.server.timeline = 2;
         s.facts.fork = event::Lsn{0x1800};
         s.facts.slot->confirmed_flush_lsn = {0x1001};
         s.facts.server.started = "tuesday";
     },
     Action::refuse, "moved by somebody else", Action::go_on},
    {"failover_to_a_server_that_was_behind",
     [](Situation& s) {
         s.facts.server.timeline = 2;
         s.facts.fork = event::Lsn{0x0FFF};
         s.facts.slot->confirmed_flush_lsn = {0x0F00};
         s.facts.server.started = "tuesday";
     },
     Action::refuse, "which this server left at 0/FFF", Action::refuse, Action::go_on},
    {"back_to_the_old_primary",
     [](Situation& s) {
         s.facts.checkpoint->timeline = 2;
         s.facts.slot->confirmed_flush_lsn = {0x0F00};
         s.facts.server.started = "tuesday";
     },
     Action::refuse, "timeline 2, which is not in this server's history", Action::refuse, Action::go_on},
    {"restored_from_an_earlier_state",
     [](Situation& s) {
         s.facts.server.wal_end = {0x0FFF};
         s.facts.slot->confirmed_flush_lsn = {0x0F00};
         s.facts.server.started = "tuesday";
     },
     Action::refuse, "ends at 0/FFF, before the checkpoint at 0/1000", Action::refuse, Action::go_on},
    {"standby_promoted_under_the_collector",
     [](Situation& s) {
         s.facts.server.timeline = 2;
         s.facts.fork = event::Lsn{0x0C00};
         s.facts.slot->confirmed_flush_lsn = {0x0900};
     },
     Action::go_on, "", Action::go_on, Action::go_on, Action::go_on, checkpoint_lsn.value},
    {"standby_promoted_and_restarted",
     [](Situation& s) {
         s.facts.server.timeline = 2;
         s.facts.server.started = "tuesday";
         s.facts.fork = event::Lsn{0x0C00};
     },
     Action::refuse, "left at 0/C00", Action::refuse, Action::go_on},
    {"standby_that_has_not_replayed_so_far",
     [](Situation& s) {
         s.facts.server.wal_end = {0x0FFF};
         s.facts.server.is_in_recovery = true;
         s.facts.slot->confirmed_flush_lsn = {0x0F00};
         s.facts.server.started = "tuesday";
     },
     Action::go_on, "", Action::go_on, Action::go_on},
};

class ResumeDecisionTest : public ::testing::TestWithParam<Case> {};

TEST_P(ResumeDecisionTest, Decides) {
    const Case& expected = GetParam();
    Situation situation;
    expected.happened(situation);
    const ResumeDecision alone = situation.decide();
    EXPECT_EQ(alone.action, expected.alone) << alone.what;
    EXPECT_THAT(alone.what, HasSubstr(expected.told));
    EXPECT_FALSE(alone.is_choice_used);
    if (expected.alone != Action::refuse) {
        EXPECT_EQ(alone.start.value, expected.start);
        EXPECT_FALSE(alone.forgets_checkpoint);
    } else {
        EXPECT_FALSE(alone.hint.empty());
        EXPECT_EQ(alone.hint.back() == '.' || alone.hint.back() == ';', true) << alone.hint;
    }
    EXPECT_EQ(situation.decide(ResumeChoice::accept_gap).action, expected.accept_gap);
    EXPECT_EQ(situation.decide(ResumeChoice::accept_repeat).action, expected.accept_repeat);
    EXPECT_EQ(situation.decide(ResumeChoice::fresh).action, expected.fresh);
}

INSTANTIATE_TEST_SUITE_P(Cases, ResumeDecisionTest, ::testing::ValuesIn(cases),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(ResumeDecisionTest, RefusalsSpellOutAllThreeChoices) {
    Situation situation;
    situation.facts.slot->confirmed_flush_lsn = {0x2000};
    EXPECT_THAT(situation.decide().hint,
                AllOf(HasSubstr("--resume=accept-gap goes on"), HasSubstr("--resume=accept-repeat does not help"),
                      HasSubstr("--resume=fresh forgets")));
}

TEST(ResumeDecisionTest, AnAcceptedGapIsOneAndIsSaid) {
    Situation situation;
    situation.facts.slot->confirmed_flush_lsn = {0x2000};
    const auto decision = situation.decide(ResumeChoice::accept_gap);
    EXPECT_TRUE(decision.has_gap && decision.is_choice_used);
    EXPECT_EQ(decision.start.value, 0u);
    EXPECT_THAT(decision.what, HasSubstr("0/2000"));
    EXPECT_FALSE(decision.forgets_checkpoint);
}

TEST(ResumeDecisionTest, RecreatingIsAGap) {
    Situation situation;
    situation.facts.slot->wal_status = "lost";
    situation.source.on_slot_lost = postgres::SlotLossPolicy::recreate;
    EXPECT_TRUE(situation.decide().has_gap);
}

TEST(ResumeDecisionTest, TakingOverIsNoGap) {
    Situation situation;
    situation.facts.slot->confirmed_flush_lsn = {0x2000};
    situation.facts.has_taken_over = true;
    EXPECT_FALSE(situation.decide().has_gap);
}

// After accept-repeat positions of before and of now are of two histories: none is skipped.
TEST(ResumeDecisionTest, AcceptedRepeatsSkipNothing) {
    Situation situation;
    situation.facts.server.wal_end = {0x0FFF};
    situation.facts.server.started = "tuesday";
    situation.facts.slot->confirmed_flush_lsn = {0x0F00};
    const auto decision = situation.decide(ResumeChoice::accept_repeat);
    EXPECT_EQ(decision.start.value, 0u);
    EXPECT_TRUE(decision.is_choice_used);
}

TEST(ResumeDecisionTest, FreshPutsTheCheckpointAside) {
    Situation situation;
    EXPECT_TRUE(situation.decide(ResumeChoice::fresh).forgets_checkpoint);
    situation.facts.checkpoint.reset();
    EXPECT_FALSE(situation.decide(ResumeChoice::fresh).forgets_checkpoint);
}

TEST(ResumeDecisionTest, AChoiceThatWasNotNeededIsNotUsed) {
    Situation situation;
    EXPECT_FALSE(situation.decide(ResumeChoice::accept_gap).is_choice_used);
}

}  // namespace
}  // namespace glassflow::delivery
