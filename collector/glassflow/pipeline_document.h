// A plan, where the events come from and where they go -> GlassFlow's pipeline document, version 3.
//
// Unknown properties are refused by the management API and required ones must be there: see section 5.3 of its
// contract, which test/services/glassflow_api.py enforces.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "glassflow/document.h"
#include "glassflow/settings.h"
#include "glassflow/table_plan.h"

namespace glassflow::etl {

// What GlassFlow needs to read a topic.
struct KafkaEndpoint {
    std::vector<std::string> brokers;
    std::string protocol = "PLAINTEXT";  // PLAINTEXT, SASL_PLAINTEXT, SSL, SASL_SSL
    std::string mechanism = "NO_AUTH";   // NO_AUTH, PLAIN, SCRAM-SHA-256, SCRAM-SHA-512
    std::string username;
    std::string password;     // secret
    std::string root_ca;      // PEM text
    std::string client_cert;  // PEM text
    std::string client_key;   // PEM text, secret
    bool skip_tls_verification = false;
    std::string topic;
    bool is_topic_shared = false;  // other tables may be in it: they are filtered out by _schema and _table
};

// kafka: nullptr for form row, which comes over OTLP.
Node pipeline_document(const TablePlan& plan, const KafkaEndpoint* kafka, const PipelineSettings& settings);

// Puts ${NAME} in the place of every secret; the names are those that were put. A reader can fill them with envsubst.
std::vector<std::string> hide_secrets(Node& document);

}  // namespace glassflow::etl
