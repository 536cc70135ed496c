// States: Created -> Running -> Stopping -> Stopped -> Resuming -> Running; Terminating -> Stopped; a start that fails
// -> Failed. Only Stopped and Failed can be edited or deleted.
#include "glassflow/apply.h"

#include <algorithm>

#include "glassflow/document_difference.h"
#include "glassflow/names.h"

namespace glassflow::etl {

namespace {

constexpr std::chrono::milliseconds poll_interval{250};

std::string named(const std::string& id) {
    return "pipeline \"" + shown_name(id) + "\"";
}

ApiError with_state(const ApiError& error, const std::string& state, const std::string& way) {
    return {error.kind(), std::string(error.what()) + "; " + state, way.empty() ? error.hint() : way, error.received()};
}

}  // namespace

Applier::Outcome Applier::apply(const Node& document) {
    const std::string id = document.text("pipeline_id");
    waited_ = {};
    const auto current = api_.find(id);
    if (!current)
        return create(document);
    const auto changes = document_difference(*current, document);
    if (changes.empty()) {
        report_(named(id) + " is as it should be, and " + api_.status(id));
        return Outcome::unchanged;
    }
    report_(named(id) + " differs in " + std::to_string(changes.size()) + (changes.size() == 1 ? " place" : " places"));
    return edit(id, keep_foreign_parts(*current, document));
}

Applier::Outcome Applier::create(const Node& document) {
    const std::string id = document.text("pipeline_id");
    try {
        api_.create(document);
    } catch (const ApiError& error) {
        // Whether it was carried out is seen by looking.
        if (error.kind() != ApiError::Kind::no_answer && error.kind() != ApiError::Kind::server)
            throw with_state(error, named(id) + " does not exist", "");
        std::optional<Node> made;
        try {
            made = api_.find(id);
        } catch (const ApiError&) {
            throw with_state(error, "whether " + named(id) + " was created is not known",
                             "Run the same again: it looks first.");
        }
        if (!made)
            throw with_state(error, named(id) + " does not exist", "Run the same again.");
    }
    report_(named(id) + " created");
    bring_to_run(id, true);
    return Outcome::created;
}

Applier::Outcome Applier::edit(const std::string& id, const Node& document) {
    const std::string before = bring_to_rest(id);
    try {
        api_.edit(id, document);
    } catch (const ApiError& error) {
        if (error.kind() == ApiError::Kind::no_answer || error.kind() == ApiError::Kind::server) {
            std::optional<Node> now;
            try {
                now = api_.find(id);
            } catch (const ApiError&) {
            }
            if (!now || !document_difference(*now, document).empty())
                throw with_state(error, named(id) + " is stopped, and whether the edit was carried out is not known",
                                 "Run the same again: it looks first, edits and resumes.");
        } else if (before == "Running") {
            // The edit was refused, so it is what it was: let it go on.
            try {
                bring_to_run(id);
            } catch (const ApiError& second) {
                throw with_state(error, named(id) + " is as before the edit, and stopped: " + second.what(),
                                 "Mend what is wrong and run the same again, or let it go on as it was with "
                                 "\"glassflow-collector pipeline resume " +
                                     id + "\".");
            }
            throw with_state(error, named(id) + " runs again as it was before", "");
        } else {
            throw with_state(error, named(id) + " is as it was before, " + before, "");
        }
    }
    report_(named(id) + " edited");
    try {
        bring_to_run(id);
    } catch (const ApiError& error) {
        throw with_state(error, named(id) + " is edited, and does not run",
                         "Look at GlassFlow's log, then run \"glassflow-collector pipeline resume " + id + "\".");
    }
    return Outcome::edited;
}

bool Applier::remove(const std::string& id) {
    waited_ = {};
    if (!api_.find(id))
        return false;
    const std::string before = bring_to_rest(id);
    try {
        api_.remove(id);
    } catch (const ApiError& error) {
        if (error.kind() == ApiError::Kind::not_found)
            return true;
        throw with_state(
            error, named(id) + " is still there, " + (before == "Failed" ? "Failed" : "Stopped"),
            "Run the same again, or let it go on with \"glassflow-collector pipeline resume " + id + "\".");
    }
    report_(named(id) + " deleted");
    return true;
}

void Applier::stop(const std::string& id) {
    waited_ = {};
    bring_to_rest(id);
}

void Applier::resume(const std::string& id) {
    waited_ = {};
    bring_to_run(id);
}

// The state it was in when we came: Running, Stopped or Failed.
std::string Applier::bring_to_rest(const std::string& id) {
    std::string before;
    bool is_told = false;
    while (true) {
        const std::string status = status_when_reachable(id);
        if (status == "Stopped" || status == "Failed") {
            if (is_told)
                report_(named(id) + " " + status);
            return before.empty() ? status : before;
        }
        if (status == "Running" || status == "Stopping" || status == "Created" || status == "Resuming")
            before = "Running";
        if (status == "Running" && !is_told) {
            try {
                report_(named(id) + " is told to stop");
                api_.stop(id);
                is_told = true;
            } catch (const ApiError& error) {
                // Another one was faster, or the answer got lost: the state says.
                if (error.kind() != ApiError::Kind::wrong_state && error.kind() != ApiError::Kind::no_answer)
                    throw with_state(error, named(id) + " is " + status, "");
            }
        }
        pause(id, "to stop; it is " + status);
    }
}

void Applier::bring_to_run(const std::string& id, bool is_told) {
    bool has_moved = false;  // Failed counts only after it has tried
    while (true) {
        const std::string status = status_when_reachable(id);
        if (status == "Running") {
            report_(named(id) + " is running");
            return;
        }
        if (status == "Failed" && is_told && has_moved)
            throw ApiError(
                ApiError::Kind::wrong_state, named(id) + " failed to start",
                "Look into GlassFlow's log, mend it, and run \"glassflow-collector pipeline resume " + id + "\".");
        if (status == "Failed" && is_told)
            has_moved = true;  // give it one more look
        if (status != "Stopped" && status != "Failed")
            has_moved = true;
        if ((status == "Stopped" || status == "Failed") && !is_told) {
            try {
                api_.resume(id);
                is_told = true;
            } catch (const ApiError& error) {
                if (error.kind() != ApiError::Kind::wrong_state && error.kind() != ApiError::Kind::no_answer)
                    throw with_state(error, named(id) + " is " + status, "");
            }
        }
        pause(id, "to run; it is " + status);
    }
}

// While waiting, an API that is away for a moment is no reason to give up.
std::string Applier::status_when_reachable(const std::string& id) {
    while (true) {
        try {
            return api_.status(id);
        } catch (const ApiError& error) {
            if ((error.kind() != ApiError::Kind::no_answer && error.kind() != ApiError::Kind::server) ||
                waited_ >= timeout_)
                throw;
            pause(id, std::string("for its state: ") + error.what());
        }
    }
}

void Applier::pause(const std::string& id, const std::string& waited_for) {
    if (waited_ >= timeout_)
        throw ApiError(
            ApiError::Kind::wrong_state,
            "waited " + std::to_string(timeout_.count() / 1000) + " s in vain for " + named(id) + " " + waited_for,
            "Raise pipeline.transition_timeout, or run the same again later: it goes on from there.");
    if (!wait_(poll_interval))
        throw ApiError(ApiError::Kind::wrong_state, "interrupted while waiting for " + named(id) + " " + waited_for,
                       "Run the same again: it goes on from there.");
    waited_ += poll_interval;
}

}  // namespace glassflow::etl
