// Memory is given back when a transaction ends: what an aborted subtransaction held stays counted until then.
#include "decode/streamed_transactions.h"

#include <algorithm>
#include <memory>

namespace glassflow::decode {

namespace {
// What a message takes beside its bytes, and a transaction beside its messages.
constexpr std::uint64_t message_overhead_bytes = 64;
constexpr std::uint64_t transaction_overhead_bytes = 2048;
}  // namespace

bool StreamedTransactions::begin_chunk(std::uint32_t xid, bool is_first) {
    auto [transaction, is_new] = transactions_.try_emplace(xid);
    if (is_new) {
        transaction->second = std::make_unique<Transaction>();
        transaction->second->bytes = transaction_overhead_bytes;
        bytes_ += transaction_overhead_bytes;
    }
    open_ = transaction->second.get();
    return is_new == is_first;
}

bool StreamedTransactions::add(std::uint32_t subxid, char tag, std::string_view rest, event::Lsn start) {
    const std::uint64_t bytes = rest.size() + message_overhead_bytes;
    if (bytes_ + bytes > max_bytes_)
        return false;
    std::pmr::polymorphic_allocator<char> allocator(&open_->memory);
    char* const copy = allocator.allocate(rest.size() + 1);
    std::ranges::copy(rest, copy);
    open_->messages.push_back({.subxid = subxid, .tag = tag, .start = start, .rest = {copy, rest.size()}});
    open_->bytes += bytes;
    bytes_ += bytes;
    return true;
}

bool StreamedTransactions::abort(std::uint32_t xid, std::uint32_t subxid) {
    const auto found = transactions_.find(xid);
    if (found == transactions_.end())
        return false;
    if (xid == subxid) {
        forget(found);
        return true;
    }
    std::erase_if(found->second->messages, [subxid](const Message& message) {
        return message.subxid == subxid && message.tag != 'R' && message.tag != 'Y';
    });
    return true;
}

bool StreamedTransactions::replay(std::uint32_t xid, const Take& take) {
    const auto found = transactions_.find(xid);
    if (found == transactions_.end())
        return false;
    for (const Message& message : found->second->messages)
        take(message.tag, message.rest, message.start);
    forget(found);
    return true;
}

void StreamedTransactions::forget(
    std::unordered_map<std::uint32_t, std::unique_ptr<Transaction>>::iterator transaction) {
    if (open_ == transaction->second.get())
        open_ = nullptr;
    bytes_ -= transaction->second->bytes;
    transactions_.erase(transaction);
}

void StreamedTransactions::clear() {
    transactions_.clear();
    bytes_ = 0;
    open_ = nullptr;
}

}  // namespace glassflow::decode
