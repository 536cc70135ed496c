// What a person can set for a file sink.
#pragma once

#include <string>

namespace glassflow::sink {

struct FileSettings {
    std::string name;
    std::string path;  // "-" is standard output
};

}  // namespace glassflow::sink
