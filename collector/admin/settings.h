// What a person can set about looking in.
#pragma once

#include <string>

namespace glassflow::admin {

struct AdminSettings {
    std::string listen = "127.0.0.1:8088";  // address:port; empty = no admin server
};

}  // namespace glassflow::admin
