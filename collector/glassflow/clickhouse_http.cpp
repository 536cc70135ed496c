#include "glassflow/clickhouse_http.h"

#include "glassflow/http_call.h"
#include "glassflow/names.h"

namespace glassflow::etl {

void execute(const ClickHouseSettings& settings, const std::string& statement, std::chrono::milliseconds timeout) {
    HttpRequest request;
    request.method = "POST";
    request.url = std::string(settings.secure ? "https://" : "http://") + settings.host + ":" +
                  std::to_string(settings.http_port) + "/";
    request.body = statement;
    request.timeout = timeout;
    request.is_any_certificate_good = settings.skip_certificate_verification;
    request.headers = {"X-ClickHouse-User: " + settings.user, "X-ClickHouse-Key: " + settings.password,
                       "Expect:", "Content-Type: text/plain"};
    const std::string origin = origin_of(request.url);
    HttpAnswer answer;
    try {
        answer = call(request);
    } catch (const HttpError& error) {
        throw ClickHouseError("could not reach ClickHouse at " + origin + ": " + error.what(),
                              "Check pipeline.clickhouse_host and pipeline.clickhouse_http_port.", true);
    }
    if (answer.status >= 200 && answer.status <= 299)
        return;
    const bool is_refused =
        answer.status == 401 || answer.status == 403 || answer.body.find("Authentication") != std::string::npos;
    throw ClickHouseError(
        "ClickHouse at " + origin + " refused \"" + shown_name(statement) + "\": " + std::to_string(answer.status) +
            " " + shown_name(answer.body),
        is_refused ? "Check pipeline.clickhouse_user and pipeline.clickhouse_password, and the user's rights."
                   : "Mend what ClickHouse complains of, or run the statement by hand.",
        answer.status == 502 || answer.status == 503 || answer.status == 504);
}

}  // namespace glassflow::etl
