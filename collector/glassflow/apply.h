// Brings a pipeline in GlassFlow to what its document says: created when there is none; stopped, edited and resumed
// when it differs; left alone when it does not. Whatever fails on the way, the error says which state it is in now and
// how to go on; running the same again is always right.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "glassflow/management_api.h"

namespace glassflow::etl {

class Applier {
public:
    using Report = std::function<void(const std::string&)>;
    // Waits that long; false when it was told to give up meanwhile.
    using Wait = std::function<bool(std::chrono::milliseconds)>;

    Applier(ManagementApi& api, std::chrono::milliseconds transition_timeout, Report report, Wait wait)
        : api_(api), timeout_(transition_timeout), report_(std::move(report)), wait_(std::move(wait)) {}

    enum class Outcome { created, edited, unchanged };

    // Throws ApiError.
    Outcome apply(const Node& document);
    // Stops it first when it runs. False: there is none.
    bool remove(const std::string& id);
    void stop(const std::string& id);
    void resume(const std::string& id);

private:
    Outcome create(const Node& document);
    Outcome edit(const std::string& id, const Node& document);
    std::string bring_to_rest(const std::string& id);
    void bring_to_run(const std::string& id, bool is_told = false);
    std::string status_when_reachable(const std::string& id);
    void pause(const std::string& id, const std::string& waited_for);

    ManagementApi& api_;
    const std::chrono::milliseconds timeout_;
    const Report report_;
    const Wait wait_;
    std::chrono::milliseconds waited_{0};
};

}  // namespace glassflow::etl
