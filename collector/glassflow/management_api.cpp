#include "glassflow/management_api.h"

#include "glassflow/http_call.h"
#include "glassflow/names.h"

namespace glassflow::etl {

namespace {

constexpr std::size_t body_bytes_max = 1 << 20;  // the server reads no more
constexpr std::size_t quoted_bytes_max = 600;

std::string quoted(std::string_view text) {
    std::string shown;
    for (const char c : text.substr(0, quoted_bytes_max))
        shown += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
    return shown + (text.size() > quoted_bytes_max ? "..." : "");
}

// The server's own words: message, cause, the fields it complains of. They may repeat what was sent, so never more than
// the parts that are made to be read.
struct Refusal {
    std::string code;
    std::string text;
};

Refusal read_refusal(const std::string& body) {
    Refusal refusal;
    Node node;
    try {
        node = parse_json(body);
    } catch (const std::invalid_argument&) {
        return {"", quoted(body)};
    }
    refusal.code = node.text("code");
    refusal.text = node.text("message");
    if (const Node* const details = node.find("details"); details != nullptr && !details->text("error").empty())
        refusal.text += (refusal.text.empty() ? "" : ": ") + details->text("error");
    if (const Node* const errors = node.find("errors"); errors != nullptr && errors->is_list()) {
        for (const Node& error : errors->elements())
            refusal.text += "; " + error.text("field") + " " + error.text("message");
    }
    refusal.text = quoted(refusal.text);
    return refusal;
}

bool is_about_state(std::string_view code) {
    return code == "INVALID_STATUS_TRANSITION" || code == "TERMINAL_STATE_VIOLATION" || code == "UNKNOWN_STATUS" ||
           code == "PIPELINE_ALREADY_IN_STATE" || code == "PIPELINE_IN_TRANSITION" ||
           code == "PIPELINE_NOT_STOPPED_FOR_EDIT";
}

ApiError error_of(long status, const std::string& body, const std::string& action, const std::string& origin) {
    const Refusal refusal = read_refusal(body);
    const std::string what = "could not " + action + ": GlassFlow at " + origin + " answered " +
                             std::to_string(status) + (refusal.code.empty() ? "" : " " + refusal.code) +
                             (refusal.text.empty() ? "" : ": " + refusal.text);
    using Kind = ApiError::Kind;
    if (status == 404)
        return {Kind::not_found, what, "Look at the ids with \"glassflow-collector pipeline list\"."};
    if (status == 409)
        return {Kind::conflict, what,
                "A pipeline of that id was made meanwhile; run the same again to compare with it."};
    if (status == 400 && (is_about_state(refusal.code) || refusal.text.find("current status") != std::string::npos))
        return {Kind::wrong_state, what,
                "Look at its state with \"glassflow-collector pipeline status ID\", and try again."};
    if (status == 403)
        return {Kind::refused, what,
                "A GlassFlow without Kubernetes runs one pipeline: delete the other one first, or use a cluster."};
    if (status == 415 || status == 405)
        return {Kind::refused, what, "Check that pipeline.api_url is the address of GlassFlow's management API."};
    if (status == 422 || status == 400)
        return {
            Kind::refused, what,
            "GlassFlow does not take this document: what it complains of is above; check GlassFlow's version (3.2 or "
            "later) and the settings below pipeline."};
    if (status == 501)
        return {Kind::refused, what, "This GlassFlow cannot do that; it is made for Kubernetes."};
    if (status >= 500)
        return {Kind::server, what, "Look into GlassFlow's own log, then try again."};
    return {Kind::not_understood, what, "Check that pipeline.api_url is the address of GlassFlow's management API."};
}

}  // namespace

ManagementApi::ManagementApi(const PipelineSettings& settings)
    : base_(settings.api_url.substr(0, settings.api_url.find_last_not_of('/') + 1) + "/api/v1/pipeline"),
      origin_(origin_of(settings.api_url)),
      timeout_(settings.api_timeout) {}

std::string ManagementApi::send(const std::string& method, const std::string& path, const Node* body,
                                const std::string& action) {
    HttpRequest request;
    request.method = method;
    request.url = base_ + path;
    request.timeout = timeout_;
    request.headers = {"Accept: application/json", "Expect:"};
    if (body != nullptr) {
        request.body = to_compact_json(*body);
        request.headers.emplace_back("Content-Type: application/json");
        if (request.body->size() > body_bytes_max)
            throw ApiError(
                ApiError::Kind::refused,
                "could not " + action + ": its document has " + std::to_string(request.body->size()) +
                    " bytes, and GlassFlow reads 1 MiB",
                "Leave columns out in Postgres by a view-like table, or use form flat, whose documents are shorter.");
    } else if (method != "GET") {
        request.body = "";  // a POST without a body still says how long it is
    }
    HttpAnswer answer;
    try {
        answer = call(request);
    } catch (const HttpError& error) {
        throw ApiError(ApiError::Kind::no_answer, "could not " + action + ": " + origin_ + ": " + error.what(),
                       "Check pipeline.api_url and that GlassFlow's API is running there.", error.partial_body());
    }
    if (answer.status < 200 || answer.status > 299)
        throw error_of(answer.status, answer.body, action, origin_);
    return std::move(answer.body);
}

namespace {

Node parsed(const std::string& body, const std::string& action) {
    try {
        return parse_json(body);
    } catch (const std::invalid_argument& error) {
        throw ApiError(ApiError::Kind::not_understood,
                       "could not " + action + ": the answer is not understood: " + error.what(),
                       "Check that pipeline.api_url is the address of GlassFlow's management API.");
    }
}

std::string about(const char* verb, const std::string& id) {
    return std::string(verb) + " pipeline \"" + shown_name(id) + "\"";
}

}  // namespace

std::optional<Node> ManagementApi::find(const std::string& id) {
    const std::string action = about("read", id);
    try {
        return parsed(send("GET", "/" + id, nullptr, action), action);
    } catch (const ApiError& error) {
        if (error.kind() == ApiError::Kind::not_found)
            return std::nullopt;
        throw;
    }
}

void ManagementApi::create(const Node& document) {
    send("POST", "", &document, about("create", document.text("pipeline_id")));
}

void ManagementApi::edit(const std::string& id, const Node& document) {
    send("POST", "/" + id + "/edit", &document, about("edit", id));
}

void ManagementApi::stop(const std::string& id) {
    send("POST", "/" + id + "/stop", nullptr, about("stop", id));
}

void ManagementApi::resume(const std::string& id) {
    send("POST", "/" + id + "/resume", nullptr, about("resume", id));
}

void ManagementApi::remove(const std::string& id) {
    send("DELETE", "/" + id, nullptr, about("delete", id));
}

std::string ManagementApi::status(const std::string& id) {
    return health(id).text("overall_status");
}

Node ManagementApi::health(const std::string& id) {
    const std::string action = about("look at", id);
    return parsed(send("GET", "/" + id + "/health", nullptr, action), action);
}

Node ManagementApi::list() {
    const std::string action = "list the pipelines";
    Node list = parsed(send("GET", "", nullptr, action), action);
    if (list.is_null())
        return Node::list();
    if (!list.is_list())
        throw ApiError(ApiError::Kind::not_understood, "could not " + action + ": the answer is not a list",
                       "Check that pipeline.api_url is the address of GlassFlow's management API.");
    return list;
}

Node ManagementApi::dead_letter_state(const std::string& id) {
    const std::string action = about("look at the dead letters of", id);
    return parsed(send("GET", "/" + id + "/dlq/state", nullptr, action), action);
}

std::string ManagementApi::consume_dead_letters(const std::string& id, int count) {
    return send("GET", "/" + id + "/dlq/consume?batch_size=" + std::to_string(count), nullptr,
                about("take the dead letters of", id));
}

}  // namespace glassflow::etl
