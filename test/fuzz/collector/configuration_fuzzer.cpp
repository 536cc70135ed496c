// Text -> configuration, as `glassflow-collector run --config` reads it: it loads, or is refused with a list of
// problems.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "config/configuration_loader.h"

namespace {

// A file in memory that the loader opens by its path.
const int file = ::memfd_create("configuration", MFD_CLOEXEC);

[[noreturn]] void find(const char* what) {
    std::fprintf(stderr, "FINDING: %s\n", what);
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace glassflow;
    if (::ftruncate(file, 0) != 0 || ::pwrite(file, data, size, 0) != static_cast<ssize_t>(size) ||
        ::fchmod(file, 0600) != 0)
        std::abort();
    config::Sources sources;
    sources.file = "/proc/self/fd/" + std::to_string(file);
    sources.environment = {{"HOME", "/nonexistent"}, {"PASSWORD", "a \"quoted\" secret"}};
    try {
        config::load(sources);
    } catch (const config::ConfigError& error) {
        if (error.problems().empty())
            find("a configuration was refused without a reason");
        for (const config::Problem& problem : error.problems())
            if (problem.what.empty())
                find("a problem that says nothing");
    }
    return 0;
}
