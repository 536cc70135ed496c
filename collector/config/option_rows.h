// The rows of the option table, one file for each part of the configuration. Everybody but the table itself reads
// them through option_table().
//
// Field order within a row is the declaration order of Option; the order of rows is the order of the docs.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "config/option_table.h"

namespace glassflow::config {

// In the order of SinkConfiguration::settings.
inline constexpr std::array<std::string_view, 4> sink_type_words{"file", "glassflow", "otlp", "kafka"};

std::span<const Option> source_rows();
std::span<const Option> sink_rows();
std::span<const Option> kafka_rows();
std::span<const Option> otlp_rows();
std::span<const Option> pipeline_rows();
std::span<const Option> program_rows();

}  // namespace glassflow::config
