// The admin server as its clients meet it: well-behaved ones and others.
#include "admin/admin_server.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <httplib.h>
#include <rapidjson/document.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <mutex>

namespace glassflow::admin {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using namespace std::chrono_literals;

class AdminServerTest : public testing::Test {
protected:
    AdminServerTest() {
        status_.is_streaming = true;
        status_.slot = "orders";
        status_.source = "db1:5432/shop";
        status_.received_changes = 42;
        status_.server_lsn = (0x16ULL << 32) | 0xB374D848;
        status_.confirmed_lsn = (0x16ULL << 32) | 0xB374D800;
        status_.lag_bytes = 0x48;
        status_.sinks = {{.name = "files", .type = "file", .delivered_events = 7, .last_error = {}},
                         {.name = "cl\"oud", .type = "glassflow", .retries = 3, .last_error = {}}};
    }

    AdminServer& serve() {
        server_ = std::make_unique<AdminServer>(AdminSettings{.listen = "127.0.0.1:0"}, [this] {
            if (is_status_broken_) {
                throw std::runtime_error("hunter2");
            }
            const std::lock_guard lock(mutex_);
            return status_;
        });
        server_->start();
        return *server_;
    }

    httplib::Result get(const std::string& path) const {
        return httplib::Client("127.0.0.1", server_->port()).Get(path);
    }

    rapidjson::Document get_json(const std::string& path) const {
        rapidjson::Document document;
        const auto result = get(path);
        if (result) {
            EXPECT_EQ(result->get_header_value("Content-Type"), "application/json");
            document.Parse(result->body.c_str());
        }
        EXPECT_TRUE(result && !document.HasParseError());
        return document;
    }

    int connect_raw() const {
        const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(server_->port());
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        return socket;
    }

    // While it serves.
    template <typename Change>
    void change_status(Change change) {
        const std::lock_guard lock(mutex_);
        change(status_);
    }

    std::mutex mutex_;
    delivery::Status status_;
    std::atomic<bool> is_status_broken_ = false;
    std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminServerTest, TakesAFreePortAndTellsIt) {
    EXPECT_GT(serve().port(), 0);
    EXPECT_EQ(get("/healthz")->status, 200);
}

TEST_F(AdminServerTest, IsReadyOnlyWhileStreamingWithEverySinkGoing) {
    serve();
    EXPECT_EQ(get("/readyz")->status, 200);
    change_status([](auto& status) {
        status.is_streaming = false;
        status.last_error = "connection refused";
    });
    auto answer = get("/readyz");
    EXPECT_EQ(answer->status, 503);
    EXPECT_EQ(answer->body, R"({"ready":false,"reasons":["not connected to the source: connection refused"]})");
    change_status([](auto& status) {
        status.is_streaming = true;
        status.sinks[1].is_halted = true;
        status.sinks[1].last_error = "access token was refused";
    });
    answer = get("/readyz");
    EXPECT_EQ(answer->status, 503);
    EXPECT_EQ(answer->body, R"({"ready":false,"reasons":["sink \"cl\"oud\" is halted: access token was refused"]})");
    EXPECT_EQ(get("/healthz")->status, 200) << "not ready is no reason to be restarted";
}

TEST_F(AdminServerTest, StatusShowsPositionsAsTextAndAsNumbers) {
    serve();
    const auto status = get_json("/status");
    EXPECT_STREQ(status["confirmed_lsn"].GetString(), "16/B374D800");
    EXPECT_EQ(status["confirmed_lsn_bytes"].GetUint64(), status_.confirmed_lsn);
    EXPECT_STREQ(status["server_lsn"].GetString(), "16/B374D848");
    EXPECT_EQ(status["lag_bytes"].GetUint64(), 0x48U);
    EXPECT_EQ(status["received_changes"].GetUint64(), 42U);
    EXPECT_STREQ(status["source"].GetString(), "db1:5432/shop");
    EXPECT_TRUE(status["is_ready"].GetBool());
    ASSERT_EQ(status["sinks"].Size(), 2U);
    EXPECT_EQ(status["sinks"][0]["delivered_events"].GetUint64(), 7U);
    EXPECT_STREQ(status["sinks"][1]["name"].GetString(), "cl\"oud");
}

TEST_F(AdminServerTest, StatusIsJsonWhateverAnErrorHolds) {
    status_.last_error = "a\"\n\x01 \xff gr\xc3\xbc\xc3\x9f \xc3";
    serve();
    EXPECT_STREQ(get_json("/status")["last_error"].GetString(),
                 "a\"\n\x01 \xef\xbf\xbd gr\xc3\xbc\xc3\x9f \xef\xbf\xbd");
}

TEST_F(AdminServerTest, MetricsAreInThePrometheusTextFormat) {
    serve();
    const auto answer = get("/metrics");
    EXPECT_EQ(answer->get_header_value("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
    EXPECT_THAT(
        answer->body,
        AllOf(HasSubstr("# TYPE glassflow_collector_received_changes_total counter\n"
                        "glassflow_collector_received_changes_total 42\n"),
              HasSubstr("# TYPE glassflow_collector_lag_bytes gauge\nglassflow_collector_lag_bytes 72\n"),
              HasSubstr("glassflow_collector_delivered_events_total{sink=\"files\",type=\"file\"} 7\n"),
              HasSubstr("glassflow_collector_delivery_retries_total{sink=\"cl\\\"oud\",type=\"glassflow\"} 3\n"),
              HasSubstr("glassflow_collector_streaming 1\n")));
}

TEST_F(AdminServerTest, ServesOnlyKnownPathsAndOnlyReading) {
    serve();
    EXPECT_EQ(get("/")->status, 404);
    EXPECT_THAT(get_json("/statu")["error"].GetString(), HasSubstr("/healthz"));
    httplib::Client client("127.0.0.1", server_->port());
    const auto head = client.Head("/healthz");
    EXPECT_EQ(head->status, 200);
    EXPECT_EQ(head->body, "");
    for (const auto& result :
         {client.Post("/status", "{}", "application/json"), client.Delete("/status"),
          client.Put("/healthz", std::string(100'000, 'x'), "text/plain"), client.Options("/status")}) {
        ASSERT_TRUE(result);
        EXPECT_EQ(result->status, 405);
        EXPECT_EQ(result->get_header_value("Allow"), "GET, HEAD");
    }
    EXPECT_EQ(get("/healthz")->status, 200);
}

TEST_F(AdminServerTest, AFailingStatusIsAnAnswerThatTellsNothing) {
    serve();
    is_status_broken_ = true;
    const auto answer = get("/status");
    EXPECT_EQ(answer->status, 500);
    EXPECT_THAT(answer->body, testing::Not(HasSubstr("hunter2")));
    for (const auto& [name, value] : answer->headers) {
        EXPECT_THAT(value, testing::Not(HasSubstr("hunter2"))) << name;
    }
    is_status_broken_ = false;
    EXPECT_EQ(get("/status")->status, 200);
}

TEST_F(AdminServerTest, APortThatIsTakenIsAnError) {
    serve();
    const std::string listen = "127.0.0.1:" + std::to_string(server_->port());
    AdminServer second(AdminSettings{.listen = listen}, [] { return delivery::Status(); });
    try {
        second.start();
        FAIL() << "two servers on one port";
    } catch (const AdminError& error) {
        EXPECT_EQ(error.what(), "could not listen on admin address " + listen + ": Address already in use");
        EXPECT_THAT(error.hint(), HasSubstr("admin.listen"));
    }
}

TEST_F(AdminServerTest, AnAddressOfAnotherMachineIsAnError) {
    AdminServer server(AdminSettings{.listen = "192.0.2.1:0"}, [] { return delivery::Status(); });
    EXPECT_THROW(server.start(), AdminError);
    AdminServer malformed(AdminSettings{.listen = "nonsense"}, [] { return delivery::Status(); });
    EXPECT_THROW(malformed.start(), AdminError);
}

TEST_F(AdminServerTest, AnEmptyAddressMeansNoServer) {
    AdminServer server(AdminSettings{.listen = ""}, [] { return delivery::Status(); });
    server.start();
    EXPECT_EQ(server.port(), 0);
    server.stop();
}

TEST_F(AdminServerTest, StopsAtOnceWhileClientsDawdleAndFreesThePort) {
    serve();
    const std::uint16_t port = server_->port();
    std::vector<int> sockets;
    for (int i = 0; i < 10; ++i) {
        sockets.push_back(connect_raw());
        ASSERT_GT(::send(sockets.back(), "GET /healthz", 12, MSG_NOSIGNAL), 0);
    }
    const auto begin = std::chrono::steady_clock::now();
    server_->stop();
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 2s);
    for (const int socket : sockets) {
        ::close(socket);
    }
    AdminServer again(AdminSettings{.listen = "127.0.0.1:" + std::to_string(port)}, [] { return delivery::Status(); });
    again.start();
    EXPECT_EQ(again.port(), port);
}

TEST_F(AdminServerTest, AClientThatDawdlesIsCutOff) {
    serve();
    const int socket = connect_raw();
    ASSERT_GT(::send(socket, "GET /hea", 8, MSG_NOSIGNAL), 0);
    timeval patience{20, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char byte = 0;
    const auto begin = std::chrono::steady_clock::now();
    while (::recv(socket, &byte, 1, 0) > 0) {
    }
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
    ::close(socket);
}

TEST_F(AdminServerTest, AnEndlessRequestLineIsCutOff) {
    serve();
    const int socket = connect_raw();
    const std::string chunk(65536, 'A');
    std::size_t sent = 0;
    for (ssize_t count = 1; count > 0 && sent < (64U << 20);) {
        count = ::send(socket, chunk.data(), chunk.size(), MSG_NOSIGNAL);
        sent += static_cast<std::size_t>(std::max<ssize_t>(count, 0));
    }
    EXPECT_LT(sent, 64U << 20) << "the server went on reading";
    ::close(socket);
    EXPECT_EQ(get("/healthz")->status, 200);
}

TEST_F(AdminServerTest, TooManyConnectionsAreClosedAndOthersServedLater) {
    serve();
    std::vector<int> sockets;
    for (int i = 0; i < 60; ++i) {
        sockets.push_back(connect_raw());
    }
    // Some of them are closed at once although nobody asked for it.
    int closed = 0;
    const auto deadline = std::chrono::steady_clock::now() + 4s;
    while (closed == 0 && std::chrono::steady_clock::now() < deadline) {
        for (const int socket : sockets) {
            char byte = 0;
            closed += ::recv(socket, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0 ? 1 : 0;
        }
    }
    EXPECT_GT(closed, 0);
    for (const int socket : sockets) {
        ::close(socket);
    }
    const auto give_up = std::chrono::steady_clock::now() + 10s;
    bool is_served = false;
    while (!is_served && std::chrono::steady_clock::now() < give_up) {
        const auto answer = get("/healthz");
        is_served = answer && answer->status == 200;
    }
    EXPECT_TRUE(is_served);
}

TEST(ListenAddress, IsParsedStrictly) {
    const auto ipv6 = parse_listen_address("[::1]:80");
    ASSERT_TRUE(ipv6);
    EXPECT_EQ(ipv6->host, "::1");
    EXPECT_TRUE(ipv6->is_loopback());
    EXPECT_FALSE(parse_listen_address("0.0.0.0:80")->is_loopback());
    for (const char* const text :
         {"", ":80", "a:", "a:b", "a:-1", "a:65536", "a b:1", "::1:80", "[]:1", "a:1x", "/a:1"}) {
        EXPECT_FALSE(parse_listen_address(text)) << text;
    }
}

}  // namespace
}  // namespace glassflow::admin
