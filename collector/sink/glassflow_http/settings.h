// What a person can set for a sink that publishes to GlassFlow's HTTP events API.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace glassflow::sink {

struct GlassflowHttpSettings {
    std::string name;
    std::string url = "https://api.glassflow.dev/v1";  // without /pipelines/...
    std::string pipeline_id;
    std::string access_token;  // secret
    std::uint32_t concurrent_requests = 32;
    std::chrono::milliseconds request_timeout{30'000};
    std::chrono::milliseconds retry_initial{200};
    std::chrono::milliseconds retry_max{30'000};
};

}  // namespace glassflow::sink
