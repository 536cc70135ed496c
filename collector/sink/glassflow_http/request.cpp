// Everything that goes into a URL or a header is checked here once, so that nothing a person (or a generated
// configuration) writes into pipeline_id or access_token can become another path or another header.
#include "sink/glassflow_http/request.h"

#include <algorithm>
#include <utility>

#include "sink/sink.h"

namespace glassflow::sink {

namespace {

void check_pipeline_id(const GlassflowHttpSettings& settings) {
    auto is_allowed = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
    };
    const auto& id = settings.pipeline_id;
    if (id.empty() || id.size() > 128 || !std::all_of(id.begin(), id.end(), is_allowed)) {
        throw SinkError("pipeline_id of sink \"" + settings.name + "\" is not a pipeline id",
                        "Copy the id of the pipeline from GlassFlow; it has letters, digits, - and _ only.");
    }
}

void check_access_token(const GlassflowHttpSettings& settings) {
    auto is_allowed = [](char c) { return c > ' ' && c < 0x7f; };
    const auto& token = settings.access_token;
    if (token.empty()) {
        throw SinkError("access_token of sink \"" + settings.name + "\" is empty",
                        "Set it to the access token of the pipeline, for example access_token: ${GLASSFLOW_TOKEN}.");
    }
    if (!std::all_of(token.begin(), token.end(), is_allowed)) {
        throw SinkError("access_token of sink \"" + settings.name + "\" has characters that no token has",
                        "Look for a line break, a space or quotes that came with it.");
    }
}

}  // namespace

GlassflowRequest make_request(const GlassflowHttpSettings& settings) {
    auto endpoint = parse_endpoint(settings.name, settings.url, "https://api.glassflow.dev/v1");
    check_pipeline_id(settings);
    check_access_token(settings);

    GlassflowRequest request;
    auto base = endpoint.url + "/pipelines/" + settings.pipeline_id;
    request.events_url = base + "/topics/input/events";
    request.credential_url = base + "/status/access_token";
    request.endpoint = std::move(endpoint);
    request.headers = {
        "X-PIPELINE-ACCESS-TOKEN: " + settings.access_token,
        "Content-Type: application/json",
        "Accept: application/json",
        std::string("User-Agent: glassflow-collector/") + GLASSFLOW_VERSION,
        "Expect:",  // removes libcurl's own, which would cost a round trip for large events
    };
    return request;
}

}  // namespace glassflow::sink
