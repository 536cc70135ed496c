// A thin layer over a libcurl multi handle, which owns the connections.
#include "sink/http/transfer_pool.h"

#include <new>
#include <stdexcept>

namespace glassflow::sink {

namespace {

void check(CURLMcode code) {
    if (code != CURLM_OK) {
        throw std::runtime_error(std::string("libcurl failed: ") + curl_multi_strerror(code));
    }
}

}  // namespace

TransferPool::TransferPool(std::size_t count, const Endpoint& endpoint, const std::string& url,
                           std::chrono::milliseconds timeout)
    : multi_(curl_multi_init()), is_under_way_(count, false) {
    if (!multi_) {
        throw std::bad_alloc();
    }
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(count));
    for (std::size_t number = 0; number < count; ++number) {
        transfers_.push_back(std::make_unique<Transfer>(number, endpoint, url, timeout));
        idle_.push_back(transfers_.back().get());
    }
}

TransferPool::~TransferPool() {
    for (auto& transfer : transfers_) {
        if (is_under_way_[transfer->number()]) {
            curl_multi_remove_handle(multi_.get(), transfer->handle());
        }
    }
}

std::size_t TransferPool::start(std::string_view body, curl_slist* headers) {
    auto& transfer = *idle_.back();
    transfer.prepare(body, headers);
    check(curl_multi_add_handle(multi_.get(), transfer.handle()));
    is_under_way_[transfer.number()] = true;
    idle_.pop_back();
    return transfer.number();
}

void TransferPool::perform() {
    int running = 0;
    check(curl_multi_perform(multi_.get(), &running));
}

std::optional<TransferPool::Ended> TransferPool::next_ended() {
    int remaining = 0;
    while (auto* message = curl_multi_info_read(multi_.get(), &remaining)) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        auto& transfer = Transfer::of(message->easy_handle);
        Ended ended{transfer.number(), message->data.result, {}};
        check(curl_multi_remove_handle(multi_.get(), transfer.handle()));  // message is invalid from here on
        if (ended.code == CURLE_OK) {
            ended.answer = transfer.answer();
        }
        is_under_way_[ended.number] = false;
        idle_.push_back(&transfer);
        return ended;
    }
    return std::nullopt;
}

void TransferPool::wait(std::chrono::milliseconds timeout) {
    check(curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(timeout.count()), nullptr));
}

}  // namespace glassflow::sink
