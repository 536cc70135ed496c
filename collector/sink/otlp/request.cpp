// No compression: GlassFlow's receiver does not read compressed bodies over HTTP.
#include "sink/otlp/request.h"

namespace glassflow::sink {

OtlpRequest make_otlp_request(const OtlpSettings& settings) {
    auto endpoint = parse_endpoint(settings.name, settings.url, "http://127.0.0.1:4318");
    const auto base = endpoint.url;
    return {std::move(endpoint), base + "/v1/logs", base + "/healthz", base + "/readyz"};
}

std::vector<std::string> otlp_headers(const OtlpSettings& settings, const std::string& pipeline_id) {
    const std::string type =
        settings.encoding == OtlpEncoding::protobuf ? "application/x-protobuf" : "application/json";
    return {
        "Content-Type: " + type,
        "Accept: " + type,
        "x-glassflow-pipeline-id: " + pipeline_id,
        std::string("User-Agent: glassflow-collector/") + GLASSFLOW_VERSION,
        "Expect:",  // removes libcurl's own, which would cost a round trip
    };
}

}  // namespace glassflow::sink
