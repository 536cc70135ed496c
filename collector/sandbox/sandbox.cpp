// The routes. Everything about HTTP itself is http_server's, what was accepted is event_log's.
#include "sandbox/sandbox.h"

#include <httplib.h>
#include <poll.h>
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <ctime>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "log/log.h"
#include "sandbox/http_server.h"

namespace glassflow::sandbox {

namespace {

constexpr auto json_type = "application/json";
constexpr auto token_header = "X-PIPELINE-ACCESS-TOKEN";
constexpr std::string_view pipelines_path = "/v1/pipelines/";

using JsonWriter = rapidjson::Writer<rapidjson::StringBuffer>;

void write_text(JsonWriter& writer, std::string_view text) {
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

void answer(httplib::Response& response, int status, std::string_view detail) {
    rapidjson::StringBuffer buffer;
    JsonWriter writer(buffer);
    writer.StartObject();
    writer.Key("detail");
    write_text(writer, detail);
    writer.EndObject();
    response.status = status;
    response.set_content(buffer.GetString(), buffer.GetSize(), json_type);
}

// Tells an object from other valid JSON by its first token.
struct FirstToken : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, FirstToken> {
    bool StartObject() {
        if (!is_known) {
            is_object = true;
        }
        return Default();
    }
    bool Default() {
        is_known = true;
        return true;
    }
    bool is_known = false;
    bool is_object = false;
};

// Empty when body is exactly one JSON object; otherwise what is wrong, with the status for it.
std::optional<std::pair<int, std::string>> find_fault_in(const std::string& body) {
    if (body.find('\0') != std::string::npos) {
        return std::pair(400, std::string("body has a zero byte"));  // RapidJSON would take it for the end
    }
    rapidjson::MemoryStream stream(body.data(), body.size());
    rapidjson::EncodedInputStream<rapidjson::UTF8<>, rapidjson::MemoryStream> input(stream);
    rapidjson::Reader reader;
    FirstToken token;
    // Iterative: nesting must not use up the stack. Numbers as strings: their size is nobody's business here.
    auto result = reader.Parse<rapidjson::kParseIterativeFlag | rapidjson::kParseValidateEncodingFlag |
                               rapidjson::kParseNumbersAsStringsFlag>(input, token);
    if (result.IsError()) {
        return std::pair(400,
                         "body is not one JSON document: " + std::string(rapidjson::GetParseError_En(result.Code())) +
                             " At byte " + std::to_string(result.Offset()) + ".");
    }
    if (!token.is_object) {
        return std::pair(422, std::string("body is not a JSON object; events are published one by one"));
    }
    return std::nullopt;
}

bool is_json(const httplib::Request& request) {
    auto type = request.get_header_value("Content-Type");
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' ')) {
        type.pop_back();
    }
    std::transform(type.begin(), type.end(), type.begin(), [](unsigned char c) { return std::tolower(c); });
    return type == json_type;
}

// A number in the query, or fallback when it is absent; nullopt when it is no number.
std::optional<std::uint64_t> number_of(const httplib::Request& request, const char* key, std::uint64_t fallback) {
    if (!request.has_param(key)) {
        return fallback;
    }
    auto text = request.get_param_value(key);
    std::uint64_t number = 0;
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) {
        return std::nullopt;
    }
    return number;
}

std::pair<std::string, std::uint16_t> parse_listen(const std::string& listen) {
    auto colon = listen.rfind(':');
    std::uint16_t port = 0;
    auto host = listen.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    }
    const auto* end = listen.data() + listen.size();
    auto parsed = colon == std::string::npos ? std::from_chars_result{end, std::errc::invalid_argument}
                                             : std::from_chars(listen.data() + colon + 1, end, port);
    if (parsed.ec != std::errc() || parsed.ptr != end || host.empty()) {
        throw SandboxError("listen address \"" + listen + "\" is not address:port",
                           "Give it like 127.0.0.1:8090; port 0 takes any free one.");
    }
    return {host, port};
}

bool is_loopback(const std::string& address) {
    return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

std::string now_text() {
    auto now = std::time(nullptr);
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[32];
    auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    return std::string(text, size);
}

}  // namespace

Sandbox::Sandbox(SandboxSettings settings, std::ostream* printed) try
    : settings_(std::move(settings)),
      pipeline_path_(std::string(pipelines_path) + settings_.pipeline_id),
      events_(settings_.kept_bytes, printed, settings_.record_path) {
    if (settings_.pipeline_id.empty() || settings_.access_token.empty()) {
        throw SandboxError("sandbox has no pipeline id or no access token", "Give both, or neither for the defaults.");
    }
    std::tie(host_, port_) = parse_listen(settings_.listen);
} catch (const std::system_error& error) {
    throw SandboxError(error.what(), "Give a path that this user may write to.");
}

Sandbox::~Sandbox() {
    stop();
}

void Sandbox::start() {
    server_ = std::make_unique<HttpServer>(settings_.max_connections);
    server_->set_payload_max_length(settings_.max_event_bytes);
    // One pattern per method: cpp-httplib tries its patterns one after the other, which costs more than our compares.
    server_->Post("/.*", [this](const auto& request, auto& response) { route_post(request, response); });
    server_->Get("/.*", [this](const auto& request, auto& response) { route_get(request, response); });
    server_->Delete("/.*", [this](const auto& request, auto& response) { route_delete(request, response); });
    server_->set_error_handler([](const httplib::Request&, httplib::Response& response) {
        if (response.body.empty()) {  // cpp-httplib's own refusals, such as 413
            answer(response, response.status, response.status == 413 ? "event is too large" : "request was refused");
        }
    });
    server_->set_exception_handler([](const httplib::Request&, httplib::Response& response, std::exception_ptr error) {
        try {
            std::rethrow_exception(std::move(error));
        } catch (const std::exception& known) {
            log::error("sandbox could not take a request", {{"error", known.what()}});
        }
        answer(response, 500, "sandbox failed");
    });
    auto bound = server_->serve(host_, port_);
    if (bound == 0) {
        throw SandboxError("could not listen on " + settings_.listen,
                           "Choose an address of this machine and a port that is free; port 0 takes any free one.");
    }
    port_ = bound;
}

void Sandbox::stop() {
    if (server_) {
        server_->stop_serving();
    }
}

std::string Sandbox::url() const {
    auto host = host_.find(':') == std::string::npos ? host_ : "[" + host_ + "]";
    return "http://" + host + ":" + std::to_string(port_) + "/v1";
}

std::uint64_t Sandbox::total_connections() const {
    return server_ ? server_->total_connections() : 0;
}

void Sandbox::route_post(const httplib::Request& request, httplib::Response& response) {
    if (request.path.starts_with(pipelines_path)) {
        if (request.path.ends_with("/topics/input/events")) {
            publish(request, response);
        } else if (request.path.ends_with("/events/consume")) {
            consume(request, response);
        } else {
            answer(response, 404, "no such route");
        }
        return;
    }
    if (request.path != "/sandbox/faults") {
        answer(response, 404, "no such route");
    } else if (may_administer(request, response)) {
        try {
            faults_.set(parse_fault(request.body));
            response.set_content("{}", json_type);
        } catch (const std::invalid_argument& error) {
            answer(response, 400, error.what());
        }
    }
}

void Sandbox::route_get(const httplib::Request& request, httplib::Response& response) {
    if (request.path.starts_with(pipelines_path) && request.path.ends_with("/status/access_token")) {
        auto id = std::string_view(request.path).substr(pipelines_path.size());
        id.remove_suffix(std::string_view("/status/access_token").size());
        if (id != settings_.pipeline_id) {
            answer(response, 404, "pipeline not found");
        } else if (is_authorised(request, response)) {
            response.set_content("{}", json_type);
        }
        return;
    }
    if (request.path != "/sandbox/events" && request.path != "/sandbox/stats") {
        answer(response, 404, "no such route");
    } else if (may_administer(request, response)) {
        request.path == "/sandbox/events" ? show_events(request, response) : show_stats(response);
    }
}

void Sandbox::route_delete(const httplib::Request& request, httplib::Response& response) {
    if (request.path != "/sandbox/faults") {
        answer(response, 404, "no such route");
    } else if (may_administer(request, response)) {
        faults_.set(Fault{.count = 0});
        response.set_content("{}", json_type);
    }
}

// A request for events, with whatever misbehaviour is due.
void Sandbox::publish(const httplib::Request& request, httplib::Response& response) {
    auto fault = faults_.next().value_or(Fault{.count = 0});
    if (fault.hang.count() > 0) {
        server_->hang(fault.hang);
        if (server_->is_client_gone()) {
            server_->drop_connection();
            count_answer("closed");
            return;
        }
    }
    bool has_own_answer = fault.is_close || fault.status != 0;
    if (!has_own_answer || fault.is_accepted) {
        take_event(request, response);
    }
    if (fault.is_close) {
        server_->drop_connection();
        count_answer("closed");
        return;
    }
    if (fault.status != 0) {
        answer(response, fault.status, fault.detail.empty() ? "sandbox was told to answer so" : fault.detail);
        if (!fault.retry_after.empty()) {
            response.set_header("Retry-After", fault.retry_after);
        }
    }
    count_answer(std::to_string(response.status));
}

void Sandbox::take_event(const httplib::Request& request, httplib::Response& response) {
    response.status = 200;
    if (request.path != pipeline_path_ + "/topics/input/events") {
        answer(response, 404, "pipeline not found");
        return;
    }
    if (!is_authorised(request, response)) {
        return;
    }
    if (!is_json(request)) {
        answer(response, 415, "Content-Type is not application/json");
        return;
    }
    if (request.has_header("Content-Encoding")) {
        answer(response, 415, "events are not compressed");
        return;
    }
    if (auto wrong = find_fault_in(request.body)) {
        answer(response, wrong->first, wrong->second);
        return;
    }
    events_.append(request.body);
    response.set_content("{}", json_type);
}

void Sandbox::consume(const httplib::Request& request, httplib::Response& response) {
    auto is_output = request.path == pipeline_path_ + "/topics/output/events/consume";
    if (!is_output && request.path != pipeline_path_ + "/topics/failed/events/consume") {
        answer(response, 404, "pipeline not found");
        return;
    }
    if (!is_authorised(request, response)) {
        return;
    }
    auto event = is_output ? events_.consume() : std::nullopt;
    if (!event) {
        response.status = 204;
        return;
    }
    auto id = std::to_string(++consumed_);
    auto time = now_text();
    response.set_content("{\"req_id\":\"" + id + "\",\"receive_time\":\"" + time + "\",\"payload\":" + *event +
                             ",\"event_context\":{\"request_id\":\"" + id +
                             "\",\"external_id\":null,\"receive_time\":\"" + time +
                             "\"},\"status\":\"success\",\"response\":" + *event + "}",
                         json_type);
}

void Sandbox::show_events(const httplib::Request& request, httplib::Response& response) {
    auto offset = number_of(request, "offset", 0);
    auto limit = number_of(request, "limit", std::numeric_limits<std::uint64_t>::max());
    if (!offset || !limit) {
        answer(response, 400, "offset and limit are whole numbers");
        return;
    }
    auto page = events_.read(*offset, *limit);
    std::string body = "{\"first\":" + std::to_string(page.first) +
                       ",\"accepted\":" + std::to_string(events_.accepted()) + ",\"events\":[";
    for (const auto& event : page.events) {
        body += body.back() == '[' ? "" : ",";
        body += event;
    }
    response.set_content(body + "]}", json_type);
}

void Sandbox::show_stats(httplib::Response& response) {
    rapidjson::StringBuffer buffer;
    JsonWriter writer(buffer);
    writer.StartObject();
    auto number = [&](const char* key, std::int64_t value) {
        writer.Key(key);
        writer.Int64(value);
    };
    {
        std::lock_guard lock(mutex_);
        std::uint64_t requests = 0;
        writer.Key("answers");
        writer.StartObject();
        for (const auto& [answered, count] : answers_) {
            number(answered.c_str(), static_cast<std::int64_t>(count));
            requests += count;
        }
        writer.EndObject();
        number("requests", static_cast<std::int64_t>(requests));
    }
    number("accepted", static_cast<std::int64_t>(events_.accepted()));
    number("kept", static_cast<std::int64_t>(events_.kept()));
    number("connections", static_cast<std::int64_t>(server_->total_connections()));
    number("open_connections", static_cast<std::int64_t>(server_->open_connections()));
    number("faults_left", faults_.left());
    writer.EndObject();
    response.set_content(buffer.GetString(), buffer.GetSize(), json_type);
}

bool Sandbox::is_authorised(const httplib::Request& request, httplib::Response& response) const {
    if (request.get_header_value(token_header) != settings_.access_token) {
        answer(response, 401, "access token is not valid");
        return false;
    }
    return true;
}

bool Sandbox::may_administer(const httplib::Request& request, httplib::Response& response) const {
    return is_loopback(request.remote_addr) || is_authorised(request, response);
}

void Sandbox::count_answer(const std::string& answer) {
    std::lock_guard lock(mutex_);
    ++answers_[answer];
}

void run_until(Sandbox& sandbox, int stop_fd) {
    pollfd wanted{stop_fd, POLLIN, 0};
    while (::poll(&wanted, 1, -1) < 0 && errno == EINTR) {
    }
    sandbox.stop();
}

}  // namespace glassflow::sandbox
