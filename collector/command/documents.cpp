// A page is printed whole; writing it to its place is for the caller.
#include "command/documents.h"

#include <iostream>

#include "admin/metrics_table.h"
#include "command/argument_parser.h"
#include "config/option_documentation.h"
#include "glassflow/type_mapping.h"
#include "postgres/preflight/check_table.h"

namespace glassflow::command {

ExitCode documents_command(const Invocation& invocation) {
    ArgumentParser parser("docs",
                          "Prints a page of the documentation that is generated from the program's own tables.");
    std::string page;
    parser.add_option("PAGE", page, "configuration, metrics, type-mappings or checks")
        ->required()
        ->check(CLI::IsMember({"configuration", "metrics", "type-mappings", "checks"}));
    if (const auto ended = parser.parse_arguments(invocation.arguments)) {
        return *ended;
    }
    std::cout << (page == "metrics"         ? admin::metrics_markdown()
                  : page == "type-mappings" ? etl::type_mappings_markdown()
                  : page == "checks"        ? postgres::checks_markdown()
                                            : config::configuration_markdown());
    return ExitCode::done;
}

}  // namespace glassflow::command
