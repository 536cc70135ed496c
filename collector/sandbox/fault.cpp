// JSON -> Fault, strictly: a misspelt fault would make a test pass that tests nothing.
#include "sandbox/fault.h"

#include <rapidjson/document.h>

#include <utility>

namespace glassflow::sandbox {

namespace {

constexpr std::int64_t longest_hang_ms = 3'600'000;

[[noreturn]] void refuse(const std::string& what) {
    throw std::invalid_argument(what);
}

std::int64_t read_integer(const rapidjson::Value& value, const std::string& key, std::int64_t min, std::int64_t max) {
    if (!value.IsInt64() || value.GetInt64() < min || value.GetInt64() > max) {
        refuse(key + " is not a whole number from " + std::to_string(min) + " to " + std::to_string(max));
    }
    return value.GetInt64();
}

bool read_boolean(const rapidjson::Value& value, const std::string& key) {
    if (!value.IsBool()) {
        refuse(key + " is neither true nor false");
    }
    return value.GetBool();
}

std::string read_text(const rapidjson::Value& value, const std::string& key) {
    if (!value.IsString()) {
        refuse(key + " is not a text");
    }
    std::string text(value.GetString(), value.GetStringLength());
    if (text.find_first_of("\r\n") != std::string::npos) {
        refuse(key + " has a line break");
    }
    return text;
}

void read_member(Fault& fault, const std::string& key, const rapidjson::Value& value) {
    if (key == "status") {
        fault.status = static_cast<int>(read_integer(value, key, 200, 599));
    } else if (key == "retry_after") {
        fault.retry_after =
            value.IsInt64() ? std::to_string(read_integer(value, key, 0, INT64_MAX)) : read_text(value, key);
    } else if (key == "detail") {
        fault.detail = read_text(value, key);
    } else if (key == "hang_ms") {
        fault.hang = std::chrono::milliseconds(read_integer(value, key, 0, longest_hang_ms));
    } else if (key == "close") {
        fault.is_close = read_boolean(value, key);
    } else if (key == "accept") {
        fault.is_accepted = read_boolean(value, key);
    } else if (key == "count") {
        fault.count = read_integer(value, key, -1, INT64_MAX);
    } else if (key == "probability") {
        if (!value.IsNumber() || value.GetDouble() < 0 || value.GetDouble() > 1) {
            refuse("probability is not a number from 0 to 1");
        }
        fault.probability = value.GetDouble();
    } else {
        refuse("unknown key \"" + key +
               "\"; known are status, retry_after, detail, hang_ms, close, accept, count, probability");
    }
}

}  // namespace

Fault parse_fault(std::string_view json) {
    rapidjson::Document document;
    document.Parse<rapidjson::kParseIterativeFlag>(json.data(), json.size());
    if (document.HasParseError() || !document.IsObject()) {
        refuse("a fault is one JSON object");
    }
    Fault fault;
    for (const auto& member : document.GetObject()) {
        read_member(fault, std::string(member.name.GetString(), member.name.GetStringLength()), member.value);
    }
    if (fault.count != 0 && fault.status == 0 && fault.hang.count() == 0 && !fault.is_close) {
        refuse("a fault needs status, hang_ms or close");
    }
    return fault;
}

void FaultPlan::set(Fault fault) {
    std::lock_guard lock(mutex_);
    fault_ = std::move(fault);
}

std::optional<Fault> FaultPlan::next() {
    std::lock_guard lock(mutex_);
    if (fault_.count == 0) {
        return std::nullopt;
    }
    if (std::uniform_real_distribution<double>(0.0, 1.0)(generator_) >= fault_.probability) {
        return std::nullopt;
    }
    if (fault_.count > 0) {
        --fault_.count;
    }
    return fault_;
}

std::int64_t FaultPlan::left() const {
    std::lock_guard lock(mutex_);
    return fault_.count;
}

}  // namespace glassflow::sandbox
