#include "delivery/acknowledged_lsn.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace glassflow::delivery {
namespace {

using event::Lsn;

TEST(AcknowledgedLsn, ConfirmsNothingBeforeTheCommitArrives) {
    AcknowledgedLsn ledger(Lsn{5});
    const Ticket ticket = ledger.open();
    ledger.add(ticket, 2);
    EXPECT_FALSE(ledger.deliver(ticket, 2));
    EXPECT_EQ(ledger.confirmed(), Lsn{5});
    ledger.seal(ticket, Lsn{20});
    EXPECT_EQ(ledger.confirmed(), Lsn{20});
    EXPECT_TRUE(ledger.is_idle());
}

TEST(AcknowledgedLsn, ConfirmsNothingWhileAPayloadIsOutstanding) {
    AcknowledgedLsn ledger;
    const Ticket ticket = ledger.open();
    ledger.add(ticket, 3);
    ledger.seal(ticket, Lsn{20});
    EXPECT_FALSE(ledger.deliver(ticket, 2));
    EXPECT_EQ(ledger.confirmed(), Lsn{0});
    EXPECT_TRUE(ledger.deliver(ticket, 1));
    EXPECT_EQ(ledger.confirmed(), Lsn{20});
}

TEST(AcknowledgedLsn, ReleasesInSourceOrderHoweverSinksFinish) {
    AcknowledgedLsn ledger;
    const Ticket first = ledger.open();
    ledger.add(first, 1);
    ledger.seal(first, Lsn{10});
    const Ticket second = ledger.open();
    ledger.add(second, 1);
    ledger.seal(second, Lsn{20});
    EXPECT_FALSE(ledger.deliver(second, 1));
    EXPECT_EQ(ledger.confirmed(), Lsn{0});
    EXPECT_TRUE(ledger.deliver(first, 1));
    EXPECT_EQ(ledger.confirmed(), Lsn{20});
}

TEST(AcknowledgedLsn, AnAdvanceCountsAtOnceWhenNothingIsInFlight) {
    AcknowledgedLsn ledger(Lsn{10});
    EXPECT_TRUE(ledger.advance(Lsn{30}));
    EXPECT_EQ(ledger.confirmed(), Lsn{30});
    EXPECT_FALSE(ledger.advance(Lsn{29}));
    EXPECT_EQ(ledger.confirmed(), Lsn{30});
}

TEST(AcknowledgedLsn, AnAdvanceWaitsForWhatIsInFlightBeforeIt) {
    AcknowledgedLsn ledger;
    const Ticket ticket = ledger.open();
    ledger.add(ticket, 1);
    ledger.seal(ticket, Lsn{10});
    EXPECT_FALSE(ledger.advance(Lsn{50}));
    EXPECT_EQ(ledger.confirmed(), Lsn{0});
    EXPECT_TRUE(ledger.deliver(ticket, 1));
    EXPECT_EQ(ledger.confirmed(), Lsn{50});
}

TEST(AcknowledgedLsn, AnAdvanceInsideATransactionIsForgotten) {
    AcknowledgedLsn ledger;
    const Ticket ticket = ledger.open();
    EXPECT_FALSE(ledger.advance(Lsn{50}));
    ledger.seal(ticket, Lsn{10});
    EXPECT_EQ(ledger.confirmed(), Lsn{10});
}

TEST(AcknowledgedLsn, NeverGoesBack) {
    AcknowledgedLsn ledger(Lsn{100});
    const Ticket ticket = ledger.open();
    ledger.seal(ticket, Lsn{40});
    EXPECT_EQ(ledger.confirmed(), Lsn{100});
}

TEST(AcknowledgedLsn, MisuseThrows) {
    AcknowledgedLsn ledger;
    EXPECT_THROW(ledger.deliver(1, 1), std::logic_error);
    const Ticket ticket = ledger.open();
    EXPECT_THROW(ledger.open(), std::logic_error);
    ledger.add(ticket, 1);
    EXPECT_THROW(ledger.deliver(ticket, 2), std::logic_error);
    ledger.seal(ticket, Lsn{1});
    EXPECT_THROW(ledger.add(ticket, 1), std::logic_error);
}

// A model that cannot be wrong: keep every transaction for ever and look for the longest done prefix each time.
TEST(AcknowledgedLsn, EqualsTheModelOverRandomInterleavings) {
    for (std::uint32_t seed = 0; seed < 300; ++seed) {
        std::mt19937 random(seed);
        AcknowledgedLsn ledger;
        struct Modelled {
            Ticket ticket;
            std::uint64_t outstanding;
            std::uint64_t end_lsn;
            bool is_sealed;
        };
        std::vector<Modelled> model;
        std::uint64_t lsn = 0, advanced = 0;
        for (int step = 0; step < 400; ++step) {
            const auto choice = random() % 5;
            const bool is_open = !model.empty() && !model.back().is_sealed;
            if (choice == 0 && !is_open) {
                model.push_back({ledger.open(), 0, 0, false});
            } else if (choice == 1 && is_open) {
                const std::uint64_t count = random() % 4;
                ledger.add(model.back().ticket, count);
                model.back().outstanding += count;
            } else if (choice == 2 && is_open) {
                lsn += 1 + random() % 9;
                ledger.seal(model.back().ticket, Lsn{lsn});
                model.back().end_lsn = lsn;
                model.back().is_sealed = true;
            } else if (choice == 3) {
                std::vector<Modelled*> busy;
                for (auto& entry : model)
                    if (entry.outstanding > 0)
                        busy.push_back(&entry);
                if (!busy.empty()) {
                    Modelled& entry = *busy[random() % busy.size()];
                    const std::uint64_t count = 1 + random() % entry.outstanding;
                    ledger.deliver(entry.ticket, count);
                    entry.outstanding -= count;
                }
            } else if (choice == 4 && !is_open) {
                lsn += 1 + random() % 9;
                ledger.advance(Lsn{lsn});
                // In the model an advance is a transaction without payloads.
                model.push_back({0, 0, lsn, true});
            }
            std::uint64_t expected = advanced;
            for (const auto& entry : model) {
                if (!entry.is_sealed || entry.outstanding > 0)
                    break;
                expected = std::max(expected, entry.end_lsn);
            }
            ASSERT_EQ(ledger.confirmed().value, expected) << "seed " << seed << " step " << step;
        }
    }
}

}  // namespace
}  // namespace glassflow::delivery
