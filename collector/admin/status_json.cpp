// Errors come from outside (a server's answer): what is not UTF-8 in them is replaced, so that the body is always JSON.
#include "admin/status_json.h"

#include <rapidjson/memorystream.h>
#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <array>
#include <cinttypes>
#include <cstdio>
#include <string_view>
#include <vector>

namespace glassflow::admin {
namespace {

using Buffer = rapidjson::StringBuffer;
using Writer = rapidjson::Writer<Buffer>;

void write(Writer& writer, std::string_view text) {
    Buffer valid;
    while (!text.empty()) {
        rapidjson::MemoryStream character(text.data(), text.size());
        const std::size_t before = valid.GetSize();
        if (rapidjson::UTF8<>::Validate(character, valid)) {
            text.remove_prefix(character.Tell());
            continue;
        }
        valid.Pop(valid.GetSize() - before);
        rapidjson::UTF8<>::Encode(valid, 0xfffd);
        text.remove_prefix(1);
    }
    writer.String(valid.GetString(), static_cast<rapidjson::SizeType>(valid.GetSize()));
}
void write(Writer& writer, bool value) {
    writer.Bool(value);
}
void write(Writer& writer, std::uint64_t value) {
    writer.Uint64(value);
}
void write(Writer& writer, std::int64_t value) {
    writer.Int64(value);
}

template <typename Value>
void write(Writer& writer, const std::optional<Value>& value) {
    if (value) {
        write(writer, *value);
    } else {
        writer.Null();
    }
}

template <typename Value>
void member(Writer& writer, const char* key, const Value& value) {
    writer.Key(key);
    write(writer, value);
}

void lsn_members(Writer& writer, const std::string& key, std::uint64_t lsn) {
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "%" PRIX64 "/%" PRIX64, lsn >> 32, lsn & 0xffffffff);
    member(writer, key.c_str(), std::string_view(text.data()));
    member(writer, (key + "_bytes").c_str(), lsn);
}

void slot_care_object(Writer& writer, const delivery::SlotCare& care) {
    writer.StartObject();
    member(writer, "is_known", care.is_known);
    member(writer, "is_lost", care.is_lost);
    member(writer, "wal_status", care.wal_status);
    member(writer, "invalidation_reason", care.invalidation_reason);
    member(writer, "safe_wal_bytes", care.safe_wal_bytes);
    member(writer, "seconds_to_loss", care.seconds_to_loss);
    lsn_members(writer, "server_wal_lsn", care.server_wal_lsn);
    member(writer, "retained_wal_bytes", care.retained_wal_bytes);
    member(writer, "heartbeat", care.heartbeat);
    member(writer, "heartbeat_round_trip_ms", care.heartbeat_round_trip_ms);
    member(writer, "is_stale", care.is_stale);
    writer.EndObject();
}

void checkpoint_object(Writer& writer, const delivery::CheckpointStatus& checkpoint) {
    writer.StartObject();
    member(writer, "path", checkpoint.path);
    lsn_members(writer, "lsn", checkpoint.lsn);
    member(writer, "time", checkpoint.time);
    member(writer, "failures", checkpoint.failures);
    member(writer, "last_error", checkpoint.last_error);
    member(writer, "gaps", checkpoint.gaps);
    writer.EndObject();
}

void sink_object(Writer& writer, const delivery::SinkStatus& sink) {
    writer.StartObject();
    member(writer, "name", sink.name);
    member(writer, "type", sink.type);
    member(writer, "delivered_events", sink.delivered_events);
    member(writer, "delivered_bytes", sink.delivered_bytes);
    member(writer, "retries", sink.retries);
    member(writer, "dead_letters", sink.dead_letters);
    member(writer, "queued_events", sink.queued_events);
    member(writer, "is_halted", sink.is_halted);
    member(writer, "last_error", sink.last_error);
    writer.Key("tables");
    writer.StartArray();
    for (const delivery::TableStatus& table : sink.tables) {
        writer.StartObject();
        member(writer, "schema", table.schema);
        member(writer, "table", table.table);
        member(writer, "delivered_events", table.delivered_events);
        member(writer, "delivered_bytes", table.delivered_bytes);
        member(writer, "dead_letters", table.dead_letters);
        member(writer, "toast_reselected_values", table.toast.reselected);
        member(writer, "toast_gone_values", table.toast.gone);
        member(writer, "toast_placeholder_values", table.toast.placeholders);
        member(writer, "toast_omitted_values", table.toast.omitted);
        writer.EndObject();
    }
    writer.EndArray();
    writer.EndObject();
}

std::vector<std::string> reasons_against(const delivery::Status& status) {
    std::vector<std::string> reasons;
    if (status.is_standby) {
        reasons.push_back("standby: the slot is in use by " + status.standby_reason);
    } else if (!status.is_streaming) {
        reasons.push_back("not connected to the source" +
                          (status.last_error.empty() ? std::string() : ": " + status.last_error));
    }
    for (const delivery::SinkStatus& sink : status.sinks) {
        if (sink.is_halted) {
            reasons.push_back("sink \"" + sink.name + "\" is halted" +
                              (sink.last_error.empty() ? std::string() : ": " + sink.last_error));
        }
    }
    return reasons;
}

}  // namespace

std::string status_json(const delivery::Status& status) {
    Buffer buffer;
    Writer writer(buffer);
    writer.StartObject();
    member(writer, "is_ready", is_ready(status));
    member(writer, "is_streaming", status.is_streaming);
    member(writer, "is_standby", status.is_standby);
    member(writer, "standby_reason", status.standby_reason);
    member(writer, "source", status.source);
    member(writer, "slot", status.slot);
    member(writer, "plugin_version", status.plugin_version);
    member(writer, "server_version_num", std::uint64_t{status.server_version_num});
    member(writer, "started_unix_s", status.started_unix_s);
    member(writer, "received_frames", status.received_frames);
    member(writer, "received_bytes", status.received_bytes);
    member(writer, "received_changes", status.received_changes);
    member(writer, "received_transactions", status.received_transactions);
    member(writer, "reconnects", status.reconnects);
    member(writer, "queue_bytes", status.queue_bytes);
    member(writer, "memory_limit_bytes", status.memory_limit_bytes);
    lsn_members(writer, "server_lsn", status.server_lsn);
    lsn_members(writer, "confirmed_lsn", status.confirmed_lsn);
    member(writer, "lag_bytes", status.lag_bytes);
    member(writer, "lag_ms", status.lag_us / 1000);
    member(writer, "last_error", status.last_error);
    writer.Key("slot_care");
    slot_care_object(writer, status.slot_care);
    writer.Key("checkpoint");
    checkpoint_object(writer, status.checkpoint);
    writer.Key("sinks");
    writer.StartArray();
    for (const delivery::SinkStatus& sink : status.sinks) {
        sink_object(writer, sink);
    }
    writer.EndArray();
    writer.EndObject();
    return buffer.GetString();
}

bool is_ready(const delivery::Status& status) {
    return reasons_against(status).empty();
}

std::string readiness_json(const delivery::Status& status) {
    Buffer buffer;
    Writer writer(buffer);
    writer.StartObject();
    member(writer, "ready", is_ready(status));
    writer.Key("reasons");
    writer.StartArray();
    for (const std::string& reason : reasons_against(status)) {
        write(writer, reason);
    }
    writer.EndArray();
    writer.EndObject();
    return buffer.GetString();
}

}  // namespace glassflow::admin
