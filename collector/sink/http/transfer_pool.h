// A number of transfers to one URL, side by side in one thread; their connections are kept and reused.
//
// Only wake() may be called from another thread.
#pragma once

#include <curl/curl.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sink/http/endpoint.h"
#include "sink/http/transfer.h"

namespace glassflow::sink {

class TransferPool {
public:
    TransferPool(std::size_t count, const Endpoint& endpoint, const std::string& url,
                 std::chrono::milliseconds timeout);
    ~TransferPool();  // what is under way is aborted
    TransferPool(const TransferPool&) = delete;
    TransferPool& operator=(const TransferPool&) = delete;

    bool has_idle() const { return !idle_.empty(); }
    std::size_t under_way() const { return transfers_.size() - idle_.size(); }

    // The number of the transfer that start() would take now. Only when has_idle().
    std::size_t next_idle() const { return idle_.back()->number(); }

    // Begins a POST on an idle transfer, and names it. Body and headers stay where they are until it has ended.
    std::size_t start(std::string_view body, curl_slist* headers);

    void perform();

    struct Ended {
        std::size_t number = 0;  // what start() returned
        CURLcode code = CURLE_OK;
        Answer answer;  // with CURLE_OK; valid until the next start()
    };
    std::optional<Ended> next_ended();

    // Returns when something can be performed, after wake(), or after the timeout.
    void wait(std::chrono::milliseconds timeout);
    void wake() { curl_multi_wakeup(multi_.get()); }

private:
    struct CurlMultiCleanup {
        void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
    };

    std::unique_ptr<CURLM, CurlMultiCleanup> multi_;
    std::vector<std::unique_ptr<Transfer>> transfers_;
    std::vector<bool> is_under_way_;
    std::vector<Transfer*> idle_;
};

}  // namespace glassflow::sink
