// Why delivery stopped other than because it was asked to.
#pragma once

#include <functional>
#include <stdexcept>
#include <string>

namespace glassflow::delivery {

struct Failure {
    enum class Kind {
        preflight,  // never got going: what was found is for a person to mend
        running,    // was running
        // What is in memory does not fit what the source is now: delivery begins again with an empty memory, and the
        // rules of a start say whether it goes on.
        begin_again,
    };

    Kind kind = Kind::running;
    std::string what;
    std::string hint;  // a full sentence, may be empty
};

// Thrown by who is asked whether delivery may go on: it must not.
class DeliveryStop : public std::runtime_error {
public:
    DeliveryStop(const std::string& what, std::string hint) : std::runtime_error(what), hint_(std::move(hint)) {}
    const std::string& hint() const { return hint_; }

private:
    std::string hint_;
};

// Called from any of delivery's threads; the first failure counts.
using FailureHandler = std::function<void(Failure)>;

}  // namespace glassflow::delivery
