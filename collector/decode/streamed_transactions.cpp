// A piece is kept behind a header, in memory as in a spool, so that spilling is copying.
#include "decode/streamed_transactions.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "decode/decode_error.h"

namespace glassflow::decode {

namespace {

constexpr std::uint64_t chunk_bytes = 64 << 10;
constexpr std::uint64_t read_bytes = 256 << 10;
// What a transaction takes beside its pieces, and an aborted subtransaction.
constexpr std::uint64_t transaction_overhead_bytes = 2048;
constexpr std::uint64_t aborted_overhead_bytes = 64;

struct Header {
    std::uint64_t bytes;
    std::uint64_t start;
    std::uint32_t subxid;
    char tag;
};

std::size_t whole_bytes(std::string_view data) {
    Header header;
    std::memcpy(&header, data.data(), sizeof(header));
    return sizeof(header) + header.bytes;
}

// The first piece of data, which is there as a whole, and what follows it.
std::string_view take_first(std::string_view data, const StreamedTransactions::Take& take) {
    Header header;
    std::memcpy(&header, data.data(), sizeof(header));
    take({.subxid = header.subxid,
          .tag = header.tag,
          .start = event::Lsn{header.start},
          .bytes = data.substr(sizeof(header), header.bytes)});
    return data.substr(sizeof(header) + header.bytes);
}

}  // namespace

bool StreamedTransactions::begin_chunk(std::uint32_t xid, bool is_first) {
    auto [transaction, is_new] = transactions_.try_emplace(xid);
    if (is_new) {
        transaction->second = std::make_unique<Transaction>();
        take_memory(*transaction->second, transaction_overhead_bytes);
    }
    open_ = transaction->second.get();
    return is_new == is_first;
}

void StreamedTransactions::take_memory(Transaction& transaction, std::uint64_t bytes) {
    transaction.memory_bytes += bytes;
    memory_bytes_ += bytes;
}

void StreamedTransactions::add(const Piece& piece) {
    const Header header{
        .bytes = piece.bytes.size(), .start = piece.start.value, .subxid = piece.subxid, .tag = piece.tag};
    std::string& chunk = room_for(sizeof(header) + piece.bytes.size());
    chunk.append(reinterpret_cast<const char*>(&header), sizeof(header));
    chunk.append(piece.bytes);
}

std::string& StreamedTransactions::room_for(std::uint64_t bytes) {
    if (!open_->chunks.empty() && bytes <= open_->chunks.back().capacity() - open_->chunks.back().size())
        return open_->chunks.back();
    const std::uint64_t capacity = std::max(bytes, chunk_bytes);
    make_room(capacity);
    std::string& chunk = open_->chunks.emplace_back();
    chunk.reserve(capacity);
    take_memory(*open_, capacity);
    return chunk;
}

// The largest go to disk first. A piece that is larger than all of the memory is let in alone, as it is in memory
// anyway.
void StreamedTransactions::make_room(std::uint64_t bytes) {
    while (memory_bytes_ + bytes > limits_.memory_bytes) {
        const auto largest = std::ranges::max_element(
            transactions_, {}, [](const auto& transaction) { return transaction.second->chunks.size(); });
        if (!limits_.make_spool)
            throw DecodeError(DecodeError::Kind::over_budget,
                              "transactions in progress need more memory than is set aside for them", 0,
                              "Set source.streaming: false, or raise memory_limit.");
        if (largest->second->chunks.empty()) {
            if (bytes > limits_.memory_bytes / 2)
                return;
            throw DecodeError(DecodeError::Kind::over_budget,
                              "there are more transactions in progress than memory is set aside for", 0,
                              "Set source.streaming: false, or raise memory_limit.");
        }
        spill(*largest->second);
    }
}

void StreamedTransactions::spill(Transaction& transaction) {
    if (transaction.spool == nullptr)
        transaction.spool = limits_.make_spool();
    while (!transaction.chunks.empty()) {
        const std::string& chunk = transaction.chunks.front();
        if (disk_bytes_ + chunk.size() > limits_.disk_bytes)
            throw DecodeError(DecodeError::Kind::over_budget,
                              "transactions in progress need more disk than source.streaming_disk_limit", 0,
                              "Raise source.streaming_disk_limit, or set source.streaming: false.");
        transaction.spool->append(chunk);
        transaction.spooled_bytes += chunk.size();
        disk_bytes_ += chunk.size();
        transaction.memory_bytes -= chunk.capacity();
        memory_bytes_ -= chunk.capacity();
        transaction.chunks.pop_front();
    }
}

bool StreamedTransactions::abort(std::uint32_t xid, std::uint32_t subxid) {
    const auto found = transactions_.find(xid);
    if (found == transactions_.end())
        return false;
    if (xid == subxid) {
        forget(found);
        return true;
    }
    if (found->second->aborted.insert(subxid).second) {
        make_room(aborted_overhead_bytes);
        take_memory(*found->second, aborted_overhead_bytes);
    }
    return true;
}

bool StreamedTransactions::replay(std::uint32_t xid, const Take& take) {
    const auto found = transactions_.find(xid);
    if (found == transactions_.end())
        return false;
    Transaction& transaction = *found->second;
    replayed_ = &transaction;
    replay_spool(transaction, take);
    for (const std::string& chunk : transaction.chunks) {
        std::string_view left = chunk;
        while (!left.empty())
            left = take_first(left, take);
    }
    replayed_ = nullptr;
    forget(found);
    return true;
}

// Only its last piece is cut off by the end of what was read; it is read again with the next.
void StreamedTransactions::replay_spool(Transaction& transaction, const Take& take) const {
    std::vector<char> buffer;
    std::uint64_t wanted = read_bytes;
    for (std::uint64_t offset = 0; offset < transaction.spooled_bytes;) {
        buffer.resize(std::min(wanted, transaction.spooled_bytes - offset));
        transaction.spool->read(offset, buffer);
        std::string_view left(buffer.data(), buffer.size());
        while (left.size() >= sizeof(Header) && left.size() >= whole_bytes(left))
            left = take_first(left, take);
        offset += buffer.size() - left.size();
        wanted = left.size() >= sizeof(Header) ? std::max<std::uint64_t>(read_bytes, whole_bytes(left)) : read_bytes;
    }
}

void StreamedTransactions::forget(Transactions::iterator transaction) {
    if (open_ == transaction->second.get())
        open_ = nullptr;
    memory_bytes_ -= transaction->second->memory_bytes;
    disk_bytes_ -= transaction->second->spooled_bytes;
    transactions_.erase(transaction);
}

void StreamedTransactions::clear() {
    transactions_.clear();
    memory_bytes_ = 0;
    disk_bytes_ = 0;
    open_ = nullptr;
    replayed_ = nullptr;
}

}  // namespace glassflow::decode
