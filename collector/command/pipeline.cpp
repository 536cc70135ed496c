// A table's name has a dot in it, the word of an action has none: so both can stand in the same place.
#include "command/pipeline.h"

#include <algorithm>
#include <array>

#include "command/complaint.h"
#include "command/pipeline_care.h"
#include "command/pipeline_write.h"
#include "config/nearest_name.h"
#include "glassflow/management_api.h"
#include "postgres/connection.h"
#include "postgres/preflight.h"

namespace glassflow::command {

namespace {

struct Action {
    std::string_view name;
    ExitCode (*function)(const Invocation& invocation);
};

constexpr std::array<Action, 6> actions = {{{"list", pipeline_list},
                                            {"status", pipeline_status},
                                            {"stop", pipeline_stop},
                                            {"resume", pipeline_resume},
                                            {"delete", pipeline_delete},
                                            {"dead-letters", pipeline_dead_letters}}};

ExitCode dispatch_action(const Invocation& invocation) {
    const auto& arguments = invocation.arguments;
    const bool is_word =
        !arguments.empty() && !arguments.front().starts_with('-') && arguments.front().find('.') == std::string::npos;
    if (!is_word)
        return pipeline_write(invocation);
    const auto found = std::ranges::find(actions, std::string_view(arguments.front()), &Action::name);
    if (found != actions.end())
        return found->function({{arguments.begin() + 1, arguments.end()}, invocation.environment});
    std::vector<std::string> names;
    std::string list;
    for (const Action& action : actions) {
        names.emplace_back(action.name);
        list += (list.empty() ? "" : ", ") + std::string(action.name);
    }
    const std::string nearest = config::nearest_name(arguments.front(), names);
    complain("\"" + arguments.front() + "\" is neither an action of pipeline nor a table",
             nearest.empty() ? "Write a table as schema.table; actions are " + list + "."
                             : "Did you mean \"" + nearest + "\"? Write a table as schema.table.");
    return ExitCode::usage;
}

}  // namespace

ExitCode pipeline_command(const Invocation& invocation) {
    try {
        return dispatch_action(invocation);
    } catch (const etl::ApiError& error) {
        complain(error.what(), error.hint());
        return ExitCode::failed;
    } catch (const postgres::PostgresError& error) {
        complain(error.what(), error.hint());
        return ExitCode::preflight;
    }
}

}  // namespace glassflow::command
