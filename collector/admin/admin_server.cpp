// cpp-httplib routes and writes HTTP; the connections, their limits and their end are ours.
#include "admin/admin_server.h"

#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <functional>
#include <mutex>
#include <set>
#include <system_error>
#include <thread>

#include "admin/bounded_connection.h"
#include "admin/metrics_table.h"
#include "admin/status_json.h"
#include "log/log.h"

namespace glassflow::admin {
namespace {

constexpr std::size_t thread_count = 4;
constexpr std::size_t max_connections = 32;  // being served or waiting; more are closed at once
constexpr std::chrono::seconds connection_timeout{5};
constexpr const char* json_type = "application/json";
constexpr const char* metrics_type = "text/plain; version=0.0.4; charset=utf-8";

thread_local bool is_refusing = false;  // the calling thread only closes the connection that it is given

// A few threads and a bounded queue before them; a connection that finds it full is closed by the accepting thread.
class BoundedThreads final : public httplib::TaskQueue {
public:
    void enqueue(std::function<void()> task) override {
        if (unfinished_ >= max_connections) {
            is_refusing = true;
            task();
            is_refusing = false;
            return;
        }
        ++unfinished_;
        threads_.enqueue([this, task = std::move(task)] {
            task();
            --unfinished_;
        });
    }
    void shutdown() override { threads_.shutdown(); }

private:
    httplib::ThreadPool threads_{thread_count};
    std::atomic<std::size_t> unfinished_{0};
};

void answer_error(httplib::Response& response, int status, const char* reason) {
    response.status = status;
    response.set_content(std::string("{\"error\":\"") + reason + "\"}", json_type);
}

}  // namespace

class AdminServer::HttpServer final : public httplib::Server {
public:
    explicit HttpServer(StatusSource status_source) : status_source_(std::move(status_source)) {
        new_task_queue = [] { return new BoundedThreads; };  // deleted by cpp-httplib
        set_payload_max_length(0);
        // Without cpp-httplib's SO_REUSEPORT, which would let two collectors share a port unnoticed.
        set_socket_options([](socket_t socket) {
            const int on = 1;
            ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        });
        add_routes();
    }

    // The port, or 0 and errno.
    std::uint16_t serve(const ListenAddress& address) {
        errno = 0;
        const int port = address.port == 0                          ? bind_to_any_port(address.host)
                         : bind_to_port(address.host, address.port) ? address.port
                                                                    : 0;
        if (port <= 0) {
            return 0;
        }
        thread_ = std::thread([this] { listen_after_bind(); });
        while (!is_running()) {  // a stop() before that would be lost
            std::this_thread::yield();
        }
        return static_cast<std::uint16_t>(port);
    }

    void end() {
        {
            std::lock_guard lock(mutex_);
            is_ending_ = true;
            for (const socket_t socket : sockets_) {
                ::shutdown(socket, SHUT_RDWR);
            }
        }
        if (thread_.joinable()) {
            stop();
            thread_.join();
        }
    }

private:
    void add_routes() {
        set_pre_routing_handler([](const httplib::Request& request, httplib::Response& response) {
            if (request.method == "GET" || request.method == "HEAD") {
                return HandlerResponse::Unhandled;
            }
            response.set_header("Allow", "GET, HEAD");
            answer_error(response, 405, "only GET and HEAD are served");
            return HandlerResponse::Handled;
        });
        Get("/healthz", [](const httplib::Request&, httplib::Response& response) {
            response.set_content("{\"healthy\":true}", json_type);
        });
        Get("/readyz", [this](const httplib::Request&, httplib::Response& response) {
            const delivery::Status status = status_source_();
            response.status = is_ready(status) ? 200 : 503;
            response.set_content(readiness_json(status), json_type);
        });
        Get("/status", [this](const httplib::Request&, httplib::Response& response) {
            response.set_content(status_json(status_source_()), json_type);
        });
        Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
            response.set_content(metrics_text(status_source_()), metrics_type);
        });
        set_error_handler([](const httplib::Request&, httplib::Response& response) {
            if (response.body.empty()) {
                answer_error(response, response.status,
                             response.status == 404 ? "known paths are /healthz, /readyz, /status and /metrics"
                                                    : "the request cannot be served");
            }
        });
        set_exception_handler([](const httplib::Request&, httplib::Response& response, std::exception_ptr) {
            log::error("could not answer a request to the admin server");
            answer_error(response, 500, "the status is not available");
        });
    }

    // One request per connection: an idle one would hold a thread.
    bool process_and_close_socket(socket_t socket) override {
        if (!is_refusing && add(socket)) {
            BoundedConnection connection(socket, std::chrono::steady_clock::now() + connection_timeout);
            bool is_closed = false;
            process_request(connection, true, is_closed, nullptr);
            connection.send();
        }
        remove(socket);
        ::close(socket);
        return true;
    }

    bool add(socket_t socket) {
        std::lock_guard lock(mutex_);
        sockets_.insert(socket);
        return !is_ending_;
    }

    void remove(socket_t socket) {
        std::lock_guard lock(mutex_);
        sockets_.erase(socket);
    }

    const StatusSource status_source_;
    std::thread thread_;
    std::mutex mutex_;  // guards what follows
    std::set<socket_t> sockets_;
    bool is_ending_ = false;
};

AdminServer::AdminServer(AdminSettings settings, StatusSource status_source)
    : settings_(std::move(settings)), status_source_(std::move(status_source)) {}

AdminServer::~AdminServer() {
    stop();
}

void AdminServer::start() {
    if (settings_.listen.empty()) {
        return;
    }
    const auto address = parse_listen_address(settings_.listen);
    if (!address) {
        throw AdminError("admin.listen is not address:port", "Write 127.0.0.1:8088 or [::1]:8088.");
    }
    server_ = std::make_unique<HttpServer>(status_source_);
    port_ = server_->serve(*address);
    if (port_ == 0) {
        const int error = errno;
        server_.reset();
        throw AdminError("could not listen on admin address " + settings_.listen +
                             (error != 0 ? ": " + std::generic_category().message(error) : std::string()),
                         error == EADDRINUSE ? "Stop the program that has the port, or set admin.listen to another one."
                                             : "Set admin.listen to an address of this machine and a port that its "
                                               "user may open, or to \"\" to do without.");
    }
    log::info("admin server listens", {{"address", address->host}, {"port", port_}});
    if (!address->is_loopback()) {
        log::warning("admin server can be reached from other machines, and asks nobody who they are",
                     {{"address", address->host}});
    }
}

void AdminServer::stop() {
    if (server_) {
        server_->end();
        server_.reset();
        port_ = 0;
    }
}

}  // namespace glassflow::admin
