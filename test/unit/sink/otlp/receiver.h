// An OTLP receiver inside the test: decodes requests, keeps what it stored, and misbehaves as a function of the test
// says.
#pragma once

#include <httplib.h>

#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sink/otlp/logs.pb.h"

namespace glassflow::sink {

class TestReceiver {
public:
    struct Misbehaviour {
        int status = 200;
        std::string text = {};
        std::string retry_after = {};
        int stored = 0;  // so many records are stored all the same; -1: all
        std::chrono::milliseconds hang{0};
        bool is_close = false;  // no answer: the connection ends
    };
    struct Request {
        std::string pipeline;
        std::vector<std::string> bodies;
    };
    // Asked for each request; {} is what a healthy receiver does. Set before the sink starts.
    void answer_with(std::function<Misbehaviour(const Request&)> on_request) {
        std::lock_guard lock(mutex_);
        on_request_ = std::move(on_request);
    }

    TestReceiver() {
        server_.Post("/v1/logs",
                     [this](const httplib::Request& request, httplib::Response& answer) { serve(request, answer); });
        server_.Get("/healthz", [](const httplib::Request&, httplib::Response& answer) {
            answer.set_content("{\"status\":\"ok\"}", "application/json");
        });
        server_.Get("/readyz", [](const httplib::Request&, httplib::Response& answer) {
            answer.set_content("{\"status\":\"ready\"}", "application/json");
        });
        server_.new_task_queue = [] { return new httplib::ThreadPool(48); };
        server_.set_tcp_nodelay(true);
        server_.set_payload_max_length(64 << 20);
        port_ = server_.bind_to_any_port("127.0.0.1");
        thread_ = std::thread([this] { server_.listen_after_bind(); });
        while (!server_.is_running()) {
            std::this_thread::yield();
        }
    }
    ~TestReceiver() { stop(); }
    TestReceiver(const TestReceiver&) = delete;
    TestReceiver& operator=(const TestReceiver&) = delete;

    void stop() {
        server_.stop();
        if (thread_.joinable()) {
            thread_.join();
        }
    }
    std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

    std::vector<std::string> stored(const std::string& pipeline = "pg-otlp") {
        std::lock_guard lock(mutex_);
        return stored_[pipeline];
    }
    std::vector<std::size_t> request_sizes() {
        std::lock_guard lock(mutex_);
        return sizes_;
    }
    int most_under_way() {
        std::lock_guard lock(mutex_);
        return most_under_way_;
    }

private:
    void serve(const httplib::Request& request, httplib::Response& answer) {
        otlp::ExportLogsServiceRequest message;
        Request received{request.get_header_value("x-glassflow-pipeline-id"), {}};
        if (request.get_header_value("Content-Type") != "application/x-protobuf" || received.pipeline.empty() ||
            !message.ParseFromString(request.body)) {
            answer.status = 400;
            answer.set_content("proto: cannot parse\n", "text/plain");
            return;
        }
        for (const auto& logs : message.resource_logs()) {
            for (const auto& scope_logs : logs.scope_logs()) {
                for (const auto& record : scope_logs.log_records()) {
                    received.bodies.push_back(record.body().string_value());
                }
            }
        }
        Misbehaviour fault;
        {
            std::lock_guard lock(mutex_);
            most_under_way_ = std::max(most_under_way_, ++under_way_);
            sizes_.push_back(request.body.size());
            fault = on_request_(received);
            auto count = fault.status == 200 && !fault.is_close && fault.hang.count() == 0 ? -1 : fault.stored;
            auto& stored = stored_[received.pipeline];
            for (std::size_t i = 0; i < received.bodies.size() && (count < 0 || i < static_cast<std::size_t>(count));
                 ++i) {
                stored.push_back(received.bodies[i]);
            }
        }
        std::this_thread::sleep_for(fault.hang);
        answer.status = fault.status;
        if (fault.is_close) {
            // A body that ends before its length: the connection is closed in the middle of the answer.
            answer.set_content_provider(1'000, "text/plain",
                                        [](std::size_t, std::size_t, httplib::DataSink&) { return false; });
        } else if (fault.status == 200) {
            answer.set_content("", "application/x-protobuf");
        } else {
            answer.set_content(fault.text, "text/plain");
        }
        if (!fault.retry_after.empty()) {
            answer.set_header("Retry-After", fault.retry_after);
        }
        std::lock_guard lock(mutex_);
        --under_way_;
    }

    httplib::Server server_;
    int port_ = 0;
    std::thread thread_;
    std::mutex mutex_;
    std::function<Misbehaviour(const Request&)> on_request_ = [](const Request&) { return Misbehaviour(); };
    std::map<std::string, std::vector<std::string>> stored_;
    std::vector<std::size_t> sizes_;
    int under_way_ = 0;
    int most_under_way_ = 0;
};

}  // namespace glassflow::sink
