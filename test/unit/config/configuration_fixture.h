// Loads configurations from text, environment and flags as the collector would, without touching the process.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "config/configuration_loader.h"

namespace glassflow::config {

class ConfigurationTest : public testing::Test {
protected:
    ConfigurationTest() {
        std::string path = testing::TempDir() + "glassflow-config-XXXXXX";
        directory_ = ::mkdtemp(path.data());
    }
    ~ConfigurationTest() override { std::filesystem::remove_all(directory_); }

    std::string write(const std::string& name, const std::string& text, unsigned mode = 0600) const {
        const std::filesystem::path path = directory_ / name;
        std::ofstream(path, std::ios::binary) << text;
        std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
        return path;
    }

    Configuration load_text(const std::string& text) {
        sources_.file = write("c.yaml", text);
        warnings_.clear();
        return load(sources_, &warnings_);
    }

    // One "place: what | hint" per problem, the directory cut off; empty when it loads.
    std::vector<std::string> problems_of(const std::string& text) {
        try {
            load_text(text);
            return {};
        } catch (const ConfigError& e) {
            return lines(e.problems());
        }
    }

    std::vector<std::string> problems_without_file() {
        try {
            sources_.file.reset();
            load(sources_, &warnings_);
            return {};
        } catch (const ConfigError& e) {
            return lines(e.problems());
        }
    }

    std::vector<std::string> lines(const Problems& problems) const {
        std::vector<std::string> result;
        for (const Problem& problem : problems) {
            std::string line = problem.text() + " | " + problem.hint;
            const std::string prefix = directory_.string() + "/";
            for (std::size_t at; (at = line.find(prefix)) != std::string::npos;) {
                line.erase(at, prefix.size());
            }
            result.push_back(line);
        }
        return result;
    }

    std::filesystem::path directory_;
    Sources sources_;
    Problems warnings_;
};

// The least that loads; further source keys can be appended (two blanks deep come first).
inline const std::string source_text = "source:\n  database: shop\n  slot: orders\n";
inline const std::string sink_text = "sinks:\n  - name: files\n    type: file\n    path: \"-\"\n";
inline const std::string minimal_text = source_text + sink_text;
inline const std::string http_text =
    "sinks:\n  - name: cloud\n    type: glassflow\n    pipeline_id: abc-1\n    access_token: sesame\n";

}  // namespace glassflow::config
