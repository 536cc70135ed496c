// Looking into a running collector over HTTP: GET and HEAD of
//
//   /healthz  200 as long as the process answers: restart it when it does not
//   /readyz   200 when streaming and no sink is halted, otherwise 503 with the reasons
//   /status   everything about source, position and sinks, as JSON
//   /metrics  the same numbers for Prometheus
//
// There is no authentication and nothing secret. Clients are served by few threads, each for a bounded time, so that no
// client can hold the collector up.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

#include "admin/settings.h"
#include "delivery/status.h"

namespace glassflow::admin {

using StatusSource = std::function<delivery::Status()>;  // thread-safe, cheap, never blocks on delivery

// The server could not be started; what, and the remedy as a full sentence.
class AdminError : public std::runtime_error {
public:
    AdminError(const std::string& what, std::string hint) : std::runtime_error(what), hint_(std::move(hint)) {}
    const std::string& hint() const { return hint_; }

private:
    std::string hint_;
};

class AdminServer {
public:
    AdminServer(AdminSettings settings, StatusSource status_source);
    ~AdminServer();  // stops
    AdminServer(const AdminServer&) = delete;
    AdminServer& operator=(const AdminServer&) = delete;

    // Binds and serves in threads of its own; does nothing when settings.listen is empty. Throws AdminError.
    void start();
    void stop();  // at once: what is under way is cut off. Idempotent

    std::uint16_t port() const { return port_; }  // the real one after start(); 0 when not listening

private:
    class HttpServer;

    const AdminSettings settings_;
    const StatusSource status_source_;
    std::unique_ptr<HttpServer> server_;
    std::uint16_t port_ = 0;
};

}  // namespace glassflow::admin
