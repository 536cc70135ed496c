// Values in a message may come from outside (a server, a file): a control character never reaches the terminal.
#include "command/complaint.h"

#include <iostream>
#include <string>

namespace glassflow::command {
namespace {

// Line feeds stay, indented below the first line, for Postgres explains itself in several.
void print(std::string_view text, std::string_view continuation) {
    for (const char c : text) {
        if (c == '\n') {
            std::cerr << '\n' << continuation;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            std::cerr << (byte < 0x20 || byte == 0x7f ? '?' : c);
        }
    }
    std::cerr << '\n';
}

void tell(std::string_view severity, std::string_view what, std::string_view hint) {
    std::cerr << "glassflow-collector: " << severity << ": ";
    print(what, "  ");
    if (!hint.empty()) {
        std::cerr << "  ";
        print(hint, "  ");
    }
}

}  // namespace

void complain(std::string_view what, std::string_view hint) {
    tell("error", what, hint);
}
void warn(std::string_view what, std::string_view hint) {
    tell("warning", what, hint);
}

void complain(const config::ConfigError& error) {
    for (const config::Problem& problem : error.problems()) {
        complain(problem.text(), problem.hint);
    }
}

}  // namespace glassflow::command
