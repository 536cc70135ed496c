// Settings -> what every request to the OTLP receiver has in common: URLs and, per pipeline, the headers.
#pragma once

#include <string>
#include <vector>

#include "sink/http/endpoint.h"
#include "sink/otlp/settings.h"

namespace glassflow::sink {

struct OtlpRequest {
    Endpoint endpoint;
    std::string logs_url;
    std::string health_url;
    std::string ready_url;
};

// Throws SinkError when url is none.
OtlpRequest make_otlp_request(const OtlpSettings& settings);

std::vector<std::string> otlp_headers(const OtlpSettings& settings, const std::string& pipeline_id);

}  // namespace glassflow::sink
