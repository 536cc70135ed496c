// Text -> configuration, as `glassflow-collector run --config` and `--pipeline` read it: it loads, or is refused with a
// list of problems. A pipeline document that is read is converted, and what comes of it is YAML of known keys.
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "config/configuration_loader.h"
#include "config/layers.h"
#include "config/pipeline_conversion.h"

namespace {

// A file in memory that the loader opens by its path.
const int file = ::memfd_create("configuration", MFD_CLOEXEC);

[[noreturn]] void find(const char* what) {
    std::fprintf(stderr, "FINDING: %s\n", what);
    std::abort();
}

void put(const void* data, std::size_t size) {
    if (::ftruncate(file, 0) != 0 || ::pwrite(file, data, size, 0) != static_cast<ssize_t>(size) ||
        ::fchmod(file, 0600) != 0)
        std::abort();
}

void try_to_load(const glassflow::config::Sources& sources) {
    using namespace glassflow;
    config::Problems warnings;
    config::Problems absences;
    try {
        config::load(sources, &warnings, &absences);
    } catch (const config::ConfigError& error) {
        if (error.problems().empty())
            find("a configuration was refused without a reason");
        for (const config::Problem& problem : error.problems())
            if (problem.what.empty())
                find("a problem that says nothing");
    }
}

// What the converted text cannot have wrong: values are judged by the option table, as those of the document are.
void convert(const std::string& path) {
    using namespace glassflow;
    config::Problems problems;
    config::Problems warnings;
    std::string text;
    try {
        const config::PipelineDocument document = config::read_pipeline_file(path, problems, warnings);
        if (!problems.empty())
            return;
        text = config::converted_text(document);
    } catch (const config::ConfigError&) {
        return;
    }
    put(text.data(), text.size());
    try {
        config::read_file_layer(path, {}, {problems, warnings, warnings});
    } catch (const config::ConfigError&) {
        find("a converted document is no YAML");
    }
    for (const config::Problem& problem : problems)
        if (problem.what.find("unknown key") != std::string::npos)
            find("a converted document has a key that there is not");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace glassflow;
    put(data, size);
    config::Sources sources;
    const std::string path = "/proc/self/fd/" + std::to_string(file);
    sources.environment = {{"HOME", "/nonexistent"}, {"PASSWORD", "a \"quoted\" secret"}};
    sources.file = path;
    try_to_load(sources);
    sources.file.reset();
    sources.pipeline = path;
    try_to_load(sources);
    convert(path);
    return 0;
}
