// Transactions that pgoutput sends while they are in progress: their messages are kept until the commit says that they
// count, within a budget of bytes.
//
// What a rolled back subtransaction did is dropped when the plugin says so. Descriptions of tables and types stay:
// the plugin sends them once per transaction, whichever part of it met the table first.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "event/lsn.h"

namespace glassflow::decode {

class StreamedTransactions {
public:
    explicit StreamedTransactions(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

    using Take = std::function<void(char tag, std::string_view rest, event::Lsn start)>;

    // Messages from here on belong to that transaction. False when it begins although it is known, or the reverse.
    bool begin_chunk(std::uint32_t xid, bool is_first);
    void end_chunk() { open_ = nullptr; }
    bool is_in_chunk() const { return open_ != nullptr; }

    // A message of the open chunk: subxid is the subtransaction it belongs to, rest what follows that. False when
    // there is no room for it.
    bool add(std::uint32_t subxid, char tag, std::string_view rest, event::Lsn start);
    // Drops what a subtransaction did, or all of the transaction when both are the same. False when it is not known.
    bool abort(std::uint32_t xid, std::uint32_t subxid);
    // Hands over what is kept of a transaction, in order, and forgets it. False when it is not known.
    bool replay(std::uint32_t xid, const Take& take);

    std::uint64_t bytes() const { return bytes_; }
    void clear();

private:
    struct Message {
        std::uint32_t subxid;
        char tag;
        event::Lsn start;
        std::string_view rest;  // in the transaction's memory
    };
    struct Transaction {
        std::pmr::monotonic_buffer_resource memory;
        std::deque<Message> messages;
        std::uint64_t bytes = 0;
    };

    void forget(std::unordered_map<std::uint32_t, std::unique_ptr<Transaction>>::iterator transaction);

    const std::uint64_t max_bytes_;
    std::uint64_t bytes_ = 0;
    std::unordered_map<std::uint32_t, std::unique_ptr<Transaction>> transactions_;  // by xid
    Transaction* open_ = nullptr;
};

}  // namespace glassflow::decode
