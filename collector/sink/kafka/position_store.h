// The position topic: made when missing, found fit for its use, and read to the end for the last record of one
// producer.
//
// It is compacted and has one partition; the key of a record is the transactional id. To be read only after
// init_transactions(): from then on the last transaction is decided and nobody else can add to it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "sink/kafka/client.h"
#include "sink/kafka/position.h"
#include "sink/sink.h"

namespace glassflow::sink::kafka {

// What a person has to look at: no further try will help.
class PositionError : public SinkError {
public:
    using SinkError::SinkError;
};

class PositionStore {
public:
    using Milliseconds = std::chrono::milliseconds;

    PositionStore(const ClientFactory& factory, std::function<bool()> is_stopped)
        : factory_(factory), is_stopped_(std::move(is_stopped)) {}

    // Throws ClusterError when it cannot be made or asked (worth another try), and PositionError when it is not fit.
    void prepare(Milliseconds timeout);
    // nullopt: none yet. Throws the same.
    std::optional<Position> read(Milliseconds timeout);

private:
    std::int64_t end_offset(std::int64_t& begin, Milliseconds timeout) const;
    std::optional<std::string> last_value(std::int64_t from, std::int64_t end, Milliseconds timeout) const;

    const ClientFactory& factory_;
    const std::function<bool()> is_stopped_;
};

}  // namespace glassflow::sink::kafka
