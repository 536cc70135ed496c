#include "delivery/resume_point.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <utility>
#include <vector>

namespace glassflow::delivery {
namespace {

using event::Lsn;
using Begin = ResumePoint::Begin;

TEST(ResumePoint, TakesEverythingOfAFirstPass) {
    ResumePoint resume;
    EXPECT_EQ(resume.begin(Lsn{10}), Begin::fresh);
    EXPECT_TRUE(resume.take_change());
    EXPECT_TRUE(resume.take_change());
    EXPECT_TRUE(resume.commit(Lsn{10}));
    EXPECT_EQ(resume.begin(Lsn{20}), Begin::fresh);
}

TEST(ResumePoint, SkipsATransactionThatWasTakenWhole) {
    ResumePoint resume;
    resume.begin(Lsn{10});
    resume.take_change();
    resume.commit(Lsn{10});
    EXPECT_EQ(resume.begin(Lsn{10}), Begin::taken);
    EXPECT_FALSE(resume.take_change());
    EXPECT_FALSE(resume.commit(Lsn{10}));
    EXPECT_EQ(resume.begin(Lsn{11}), Begin::fresh);
    EXPECT_TRUE(resume.take_change());
}

TEST(ResumePoint, GoesOnWhereATransactionWasCutOff) {
    ResumePoint resume;
    resume.begin(Lsn{10});
    resume.take_change();
    resume.take_change();
    EXPECT_EQ(resume.begin(Lsn{10}), Begin::cut_off);
    EXPECT_FALSE(resume.take_change());
    EXPECT_FALSE(resume.take_change());
    EXPECT_TRUE(resume.take_change());
    EXPECT_TRUE(resume.commit(Lsn{10}));
}

TEST(ResumePoint, SurvivesACutDuringTheRepetition) {
    ResumePoint resume;
    resume.begin(Lsn{10});
    for (int i = 0; i < 3; ++i)
        resume.take_change();
    resume.begin(Lsn{10});
    EXPECT_FALSE(resume.take_change());
    resume.begin(Lsn{10});
    for (int i = 0; i < 3; ++i)
        EXPECT_FALSE(resume.take_change());
    EXPECT_TRUE(resume.take_change());
}

TEST(ResumePoint, RefusesToLoseTheRestOfATransaction) {
    ResumePoint resume;
    resume.begin(Lsn{10});
    resume.take_change();
    EXPECT_THROW(resume.begin(Lsn{20}), std::runtime_error);
}

TEST(ResumePoint, TakesAMessageOutsideTransactionsOnce) {
    ResumePoint resume;
    EXPECT_TRUE(resume.take_message(Lsn{5}));
    EXPECT_FALSE(resume.take_message(Lsn{5}));
    EXPECT_TRUE(resume.take_message(Lsn{6}));
}

// Whatever the number of cuts and however far back the server starts again, each change is taken exactly once, in
// order.
TEST(ResumePoint, TakesEachChangeExactlyOnceOverRandomReconnects) {
    for (std::uint32_t seed = 0; seed < 200; ++seed) {
        std::mt19937 random(seed);
        std::vector<std::pair<std::uint64_t, int>> transactions;  // commit LSN, changes
        for (std::uint64_t lsn = 1; transactions.size() < 20; lsn += 1 + random() % 5)
            transactions.emplace_back(lsn, static_cast<int>(random() % 6));
        ResumePoint resume;
        std::vector<std::pair<std::uint64_t, int>> taken;
        std::size_t committed = 0;  // how many transactions were received whole at least once
        while (committed < transactions.size()) {
            std::size_t at = committed == 0 ? 0 : random() % (committed + 1);
            bool is_cut = false;
            for (; at < transactions.size() && !is_cut; ++at) {
                const auto [lsn, changes] = transactions[at];
                resume.begin(Lsn{lsn});
                for (int i = 0; i < changes && !is_cut; ++i) {
                    if (resume.take_change())
                        taken.emplace_back(lsn, i);
                    is_cut = random() % 7 == 0;
                }
                if (!is_cut) {
                    resume.commit(Lsn{lsn});
                    committed = std::max(committed, at + 1);
                }
            }
        }
        std::vector<std::pair<std::uint64_t, int>> expected;
        for (const auto& [lsn, changes] : transactions)
            for (int i = 0; i < changes; ++i)
                expected.emplace_back(lsn, i);
        ASSERT_EQ(taken, expected) << "seed " << seed;
    }
}

}  // namespace
}  // namespace glassflow::delivery
