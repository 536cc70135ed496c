// GlassFlow's management API, version 3.2: one function per route that we use, answers checked, errors in words.
//
// Contract: section 5 of GlassFlow's. Success is any 2xx. Nothing here retries; every call may be made again.
#pragma once

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "glassflow/document.h"
#include "glassflow/settings.h"

namespace glassflow::etl {

class ApiError : public std::runtime_error {
public:
    enum class Kind {
        no_answer,      // whether the request was carried out is not known
        refused,        // 4xx: asking the same again is refused again
        not_found,      // no such pipeline
        conflict,       // a pipeline of that id exists
        wrong_state,    // not possible in the state that the pipeline is in
        server,         // 5xx
        not_understood  // an answer that is none of the contract's
    };

    ApiError(Kind kind, const std::string& what, std::string hint, std::string received = {})
        : std::runtime_error(what), kind_(kind), hint_(std::move(hint)), received_(std::move(received)) {}

    Kind kind() const { return kind_; }
    const std::string& hint() const { return hint_; }
    // What arrived of an answer that broke off.
    const std::string& received() const { return received_; }

private:
    Kind kind_;
    std::string hint_;
    std::string received_;
};

class ManagementApi {
public:
    explicit ManagementApi(const PipelineSettings& settings);

    std::optional<Node> find(const std::string& id);  // the document; nullopt when there is none
    void create(const Node& document);
    void edit(const std::string& id, const Node& document);  // only when Stopped or Failed
    void stop(const std::string& id);                        // lets what it holds drain
    void resume(const std::string& id);
    void remove(const std::string& id);         // only when Stopped or Failed
    std::string status(const std::string& id);  // overall_status: "Running", "Stopped", …
    Node health(const std::string& id);
    Node list();  // an array
    Node dead_letter_state(const std::string& id);
    // The text of a JSON array, empty when there is nothing. Reading is acknowledging: what was handed over is gone
    // there.
    std::string consume_dead_letters(const std::string& id, int count);

private:
    std::string send(const std::string& method, const std::string& path, const Node* body, const std::string& action);

    const std::string base_;
    const std::string origin_;
    const std::chrono::milliseconds timeout_;
};

}  // namespace glassflow::etl
