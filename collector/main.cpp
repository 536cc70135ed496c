// argv -> command -> exit code.
#include <unistd.h>

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "command/command_table.h"

int main(int argument_count, char** arguments) {
    std::map<std::string, std::string, std::less<>> variables;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos) {
            variables.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    const std::vector<std::string> words(arguments + (argument_count > 0 ? 1 : 0), arguments + argument_count);
    return static_cast<int>(glassflow::command::dispatch(words, variables));
}
