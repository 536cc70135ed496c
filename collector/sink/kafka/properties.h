// NAME=VALUE as a person wrote it -> properties of librdkafka, without those that this sink's promise rests on.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace glassflow::sink::kafka {

using Properties = std::vector<std::pair<std::string, std::string>>;

// Throws SinkError for what is no NAME=VALUE, and for a property that is not a person's to set, with the reason.
// is_secret: they come from secret_properties, the only place where a secret may stand. Never repeats a value.
Properties parse_properties(const std::vector<std::string>& texts, bool is_secret);

}  // namespace glassflow::sink::kafka
