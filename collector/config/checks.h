// What a text must look like beyond being text. Each check says why it refuses, never what it was given.
#pragma once

#include "config/option_table.h"

namespace glassflow::config {

std::optional<Complaint> check_host(std::string_view value);
std::optional<Complaint> check_slot_name(std::string_view value);
std::optional<Complaint> check_sink_name(std::string_view value);
std::optional<Complaint> check_table_pattern(std::string_view value);
std::optional<Complaint> check_table_rule(std::string_view value);
std::optional<Complaint> check_action(std::string_view value);
std::optional<Complaint> check_mask_rule(std::string_view value);
std::optional<Complaint> check_wal2json_argument(std::string_view value);
std::optional<Complaint> check_url(std::string_view value);
std::optional<Complaint> check_pipeline_id(std::string_view value);
std::optional<Complaint> check_otlp_pipeline_id(std::string_view value);
std::optional<Complaint> check_table_pipeline(std::string_view value);
std::optional<Complaint> check_access_token(std::string_view value);
std::optional<Complaint> check_id_prefix(std::string_view value);
std::optional<Complaint> check_dedup_window(std::string_view value);
std::optional<Complaint> check_clickhouse_database(std::string_view value);
std::optional<Complaint> check_listen_address(std::string_view value);
std::optional<Complaint> check_broker(std::string_view value);
std::optional<Complaint> check_property(std::string_view value);
std::optional<Complaint> check_identifier_length(std::string_view value);

// http to a host that is not this machine: what it carries can be read on the way.
bool is_unencrypted_remote_url(std::string_view url);

}  // namespace glassflow::config
