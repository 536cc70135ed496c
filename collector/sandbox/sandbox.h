// A local GlassFlow HTTP events API, strict to its contract, for trying things out without an account and for tests.
//
//   POST /v1/pipelines/{id}/topics/input/events             one JSON object -> 200 {}
//        404 unknown pipeline, 401 wrong token, 415 not application/json, 400 not one JSON document, 422 not an object,
//        413 too large; every error has a body {"detail":"text"}
//   GET  /v1/pipelines/{id}/status/access_token             200, 401, 404
//   POST /v1/pipelines/{id}/topics/output/events/consume    200 with the next accepted event as payload and response,
//   204 POST /v1/pipelines/{id}/topics/failed/events/consume    204: nothing fails here
//
// What only the sandbox has; from another machine these want the access token as well:
//   POST   /sandbox/faults                  misbehave: see fault.h; replaces the fault before
//   DELETE /sandbox/faults                  behave again
//   GET    /sandbox/events?offset=&limit=   {"first","accepted","events":[...]}, in the order of acceptance
//   GET    /sandbox/stats {"requests","accepted","kept","connections","open_connections","faults_left",
//                                            "answers":{"200":n,...,"closed":n}}; requests and answers are of events
//                                            only
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <ostream>
#include <stdexcept>
#include <string>

#include "sandbox/event_log.h"
#include "sandbox/fault.h"
#include "sandbox/settings.h"

namespace httplib {
struct Request;
struct Response;
}  // namespace httplib

namespace glassflow::sandbox {

class HttpServer;

class SandboxError : public std::runtime_error {
public:
    SandboxError(const std::string& what, std::string hint) : std::runtime_error(what), hint_(std::move(hint)) {}
    const std::string& hint() const { return hint_; }

private:
    std::string hint_;
};

class Sandbox {
public:
    // Each accepted event is printed as a JSON line, flushed, unless printed is null. Throws SandboxError.
    explicit Sandbox(SandboxSettings settings, std::ostream* printed = nullptr);
    ~Sandbox();

    void start();  // binds and serves in threads of its own; throws SandboxError
    void stop();   // closes every connection

    std::uint16_t port() const { return port_; }  // the real one, after start()
    std::string url() const;                      // what to set as url of a sink: http://host:port/v1
    const SandboxSettings& settings() const { return settings_; }

    void misbehave(Fault fault) { faults_.set(std::move(fault)); }
    const EventLog& events() const { return events_; }
    std::uint64_t total_connections() const;  // since start()

private:
    void route_post(const httplib::Request& request, httplib::Response& response);
    void route_get(const httplib::Request& request, httplib::Response& response);
    void route_delete(const httplib::Request& request, httplib::Response& response);

    void publish(const httplib::Request& request, httplib::Response& response);
    void take_event(const httplib::Request& request, httplib::Response& response);
    void consume(const httplib::Request& request, httplib::Response& response);
    void show_events(const httplib::Request& request, httplib::Response& response);
    void show_stats(httplib::Response& response);
    bool is_authorised(const httplib::Request& request, httplib::Response& response) const;
    bool may_administer(const httplib::Request& request, httplib::Response& response) const;
    void count_answer(const std::string& answer);

    SandboxSettings settings_;
    std::string host_;
    std::uint16_t port_ = 0;
    std::string pipeline_path_;  // /v1/pipelines/{id}
    EventLog events_;
    FaultPlan faults_;
    std::atomic<std::uint64_t> consumed_{0};
    std::mutex mutex_;  // of answers_
    std::map<std::string, std::uint64_t> answers_;
    std::unique_ptr<HttpServer> server_;  // last: its threads use all of the above
};

// Serves until stop_fd becomes readable. Start first, print url(), then call this.
void run_until(Sandbox& sandbox, int stop_fd);

}  // namespace glassflow::sandbox
