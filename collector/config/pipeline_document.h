// The source component of a GlassFlow pipeline document -> what it says in our settings, still as texts.
//
//   components: [{type: source, kind: postgres, config: {db_host: h, db_pass: {secret_ref: {type: organization, key:
//   PG}}}}]
//
// config may be a mapping or a list of one-key maps, and be called configuration; a value may stand bare, as
// {value: V}, or as {secret_ref: {type: T, key: K}}. What the other components say is GlassFlow's affair.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/problem.h"
#include "config/yaml_tree.h"

namespace glassflow::config {

struct DocumentValue {
    std::vector<std::string> items;  // literal: ${...} means nothing in such a document
    std::string variable;            // not empty: the secret of this name, which the environment has under the same
    int line = 1;
    std::string document_key;  // "db_pass"
};

struct PipelineDocument {
    std::string name;
    std::string pipeline_id;  // empty when GlassFlow has not given one yet
    int pipeline_id_line = 1;
    std::map<std::string, DocumentValue> settings;  // by option key: "source.host"
    std::vector<std::string> other_components;      // "transformer", "sink clickhouse": in the document's order
};

// path names the file in problems. What could be read is returned even when there are problems.
PipelineDocument read_pipeline_document(const YamlNode& root, const std::string& path, Problems& problems,
                                        Problems& warnings);

// "\"format-version\" '2'" (as START_REPLICATION takes it) or "format-version=2" -> "format-version=2"; empty when it
// is neither.
std::string plugin_argument(const std::string& text);

}  // namespace glassflow::config
