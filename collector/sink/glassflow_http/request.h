// Settings -> what every request to GlassFlow's HTTP events API has in common: two URLs and the headers.
//
// Contract: POST {url}/pipelines/{pipeline_id}/topics/input/events with exactly one JSON object per request, and
// GET {url}/pipelines/{pipeline_id}/status/access_token to check the credential.
#pragma once

#include <string>
#include <vector>

#include "sink/glassflow_http/settings.h"
#include "sink/http/endpoint.h"

namespace glassflow::sink {

struct GlassflowRequest {
    std::string events_url;
    std::string credential_url;
    Endpoint endpoint;
    std::vector<std::string> headers;  // "Name: value"; one of them is the access token: never print them
};

// Throws SinkError when the settings cannot make a request: not an http(s) URL, credentials or a query in the URL, a
// pipeline id or token with characters that have no place in a path or a header.
GlassflowRequest make_request(const GlassflowHttpSettings& settings);

}  // namespace glassflow::sink
