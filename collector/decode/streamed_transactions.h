// Transactions that are sent while they are in progress: what came of them is kept until the commit says that it
// counts, in memory within a budget, and beyond it in a spool each.
//
// What a rolled back subtransaction did stays where it is and is said to be aborted when it is read back: its
// descriptions of tables, and the places of its changes, may matter to what follows. A transaction that is rolled back
// as a whole is forgotten at once.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "decode/spool.h"
#include "event/lsn.h"

namespace glassflow::decode {

class StreamedTransactions {
public:
    struct Limits {
        std::uint64_t memory_bytes = 64 << 20;
        std::uint64_t disk_bytes = 0;
        MakeSpool make_spool = {};  // without one, what does not fit the memory is refused
    };

    explicit StreamedTransactions(Limits limits) : limits_(std::move(limits)) {}

    // A piece of what came; what tag and subxid are is the plugin's affair.
    struct Piece {
        std::uint32_t subxid = 0;
        char tag = 0;
        event::Lsn start;
        std::string_view bytes;
    };
    using Take = std::function<void(const Piece&)>;

    // Pieces from here on belong to that transaction. False when it begins although it is known, or the reverse.
    bool begin_chunk(std::uint32_t xid, bool is_first);
    void end_chunk() { open_ = nullptr; }
    bool is_in_chunk() const { return open_ != nullptr; }

    // Of the open chunk. Throws DecodeError of kind over_budget when there is no room for it.
    void add(const Piece& piece);
    // Rolls back what a subtransaction did, or forgets the transaction when both are the same. False when it is not
    // known.
    bool abort(std::uint32_t xid, std::uint32_t subxid);
    // Hands over what is kept of a transaction, in order, and forgets it. False when it is not known.
    bool replay(std::uint32_t xid, const Take& take);
    // Of the transaction that is being replayed.
    bool is_aborted(std::uint32_t subxid) const { return replayed_->aborted.contains(subxid); }

    std::uint64_t memory_bytes() const { return memory_bytes_; }
    std::uint64_t disk_bytes() const { return disk_bytes_; }
    void clear();

private:
    struct Transaction {
        std::deque<std::string> chunks;  // each of whole pieces with their headers; after what is in the spool
        std::uint64_t memory_bytes = 0;
        std::unique_ptr<Spool> spool;
        std::uint64_t spooled_bytes = 0;
        std::unordered_set<std::uint32_t> aborted;  // subtransactions
    };
    using Transactions = std::unordered_map<std::uint32_t, std::unique_ptr<Transaction>>;

    std::string& room_for(std::uint64_t bytes);
    void take_memory(Transaction& transaction, std::uint64_t bytes);
    void make_room(std::uint64_t bytes);
    void spill(Transaction& transaction);
    void replay_spool(Transaction& transaction, const Take& take) const;
    void forget(Transactions::iterator transaction);

    const Limits limits_;
    std::uint64_t memory_bytes_ = 0;
    std::uint64_t disk_bytes_ = 0;
    Transactions transactions_;  // by xid
    Transaction* open_ = nullptr;
    const Transaction* replayed_ = nullptr;
};

}  // namespace glassflow::decode
