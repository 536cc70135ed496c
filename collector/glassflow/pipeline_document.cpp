#include "glassflow/pipeline_document.h"

#include "glassflow/names.h"

namespace glassflow::etl {

namespace {

std::string source_id(const TablePlan& plan) {
    return plan.id;
}

Node schema_fields(const TablePlan& plan, bool is_topic_shared) {
    Node fields = Node::list();
    const auto add = [&](const std::string& name, const std::string& type) {
        fields.push(Node::map({{"name", name}, {"type", type}}));
    };
    add("_op", "string");
    add("_event_id", "string");
    if (is_topic_shared) {
        add("_schema", "string");
        add("_table", "string");
    }
    if (plan.form == EventForm::envelope) {
        add("_version", "string");
        add("data", "map");
        return fields;
    }
    add("_version", "uint");
    add("_is_deleted", "uint");
    for (const ColumnPlan& column : plan.columns)
        add(column.source, column.flat_type);
    return fields;
}

Node kafka_source(const TablePlan& plan, const KafkaEndpoint& kafka) {
    Node brokers = Node::list();
    for (const std::string& broker : kafka.brokers)
        brokers.push(broker);
    Node connection = Node::map({{"brokers", brokers}, {"protocol", kafka.protocol}, {"mechanism", kafka.mechanism}});
    const auto add = [&](const char* key, const std::string& value) {
        if (!value.empty())
            connection.add(key, value);
    };
    add("username", kafka.username);
    add("password", kafka.password);
    add("root_ca", kafka.root_ca);
    add("client_cert", kafka.client_cert);
    add("client_key", kafka.client_key);
    if (kafka.skip_tls_verification)
        connection.add("skip_tls_verification", true);
    Node source = Node::map({{"type", "kafka"}, {"source_id", source_id(plan)}, {"connection_params", connection}});
    source.add("topic", kafka.topic);
    source.add("consumer_group_initial_offset", "earliest");
    source.add("schema_fields", schema_fields(plan, kafka.is_topic_shared));
    return source;
}

Node transform(const TablePlan& plan, const char* type, Node config) {
    return Node::map({{"type", type}, {"source_id", source_id(plan)}, {"config", std::move(config)}});
}

std::string filter(const TablePlan& plan, bool is_topic_shared) {
    if (plan.form != EventForm::row) {
        const std::string of_table =
            " and _schema == " + expression_string(plan.schema) + " and _table == " + expression_string(plan.table);
        return R"(_op in ["r", "c", "u", "d"])" + (is_topic_shared ? of_table : "");
    }
    return "scope_name == " + expression_string(plan.schema + "." + plan.table) +
           R"( and severity_text in ["SNAPSHOT", "INSERT", "UPDATE", "DELETE"])";
}

Node stateless(const TablePlan& plan) {
    Node transforms = Node::list();
    const auto add = [&](const std::string& expression, const std::string& name, const std::string& type) {
        transforms.push(Node::map({{"expression", expression}, {"output_name", name}, {"output_type", type}}));
    };
    const bool is_row = plan.form == EventForm::row;
    add(is_row ? R"(int(attributes["lsn"]))" : "int(_version)", "_version", "int64");
    add(is_row ? R"(severity_text == "DELETE" ? 1 : 0)" : R"(_op == "d" ? 1 : 0)", "_is_deleted", "int");
    for (const ColumnPlan& column : plan.columns)
        add(column.expression, column.output, column.output_type);
    return Node::map({{"transforms", transforms}});
}

Node transforms(const TablePlan& plan, bool is_topic_shared, const PipelineSettings& settings) {
    Node list = Node::list();
    const bool is_row = plan.form == EventForm::row;
    list.push(transform(plan, "filter", Node::map({{"expression", filter(plan, is_topic_shared)}})));
    list.push(transform(
        plan, "dedup",
        Node::map({{"key", is_row ? "attributes.event_id" : "_event_id"}, {"time_window", settings.dedup_window}})));
    if (plan.form != EventForm::flat)
        list.push(transform(plan, "stateless", stateless(plan)));
    return list;
}

Node mapping(const TablePlan& plan) {
    Node list = Node::list();
    const auto add = [&](const std::string& name, const std::string& column, const std::string& type) {
        list.push(Node::map({{"name", name}, {"column_name", column}, {"column_type", type}}));
    };
    add("_version", plan.version, "UInt64");
    add("_is_deleted", plan.deleted, "UInt8");
    for (const ColumnPlan& column : plan.columns)
        add(plan.form == EventForm::flat ? column.source : column.output, column.column, column.hint);
    return list;
}

std::string duration(std::chrono::milliseconds time) {
    return time.count() % 1000 == 0 ? std::to_string(time.count() / 1000) + "s" : std::to_string(time.count()) + "ms";
}

Node sink(const TablePlan& plan, const PipelineSettings& settings) {
    const ClickHouseSettings& clickhouse = settings.clickhouse;
    Node connection = Node::map({{"host", clickhouse.host},
                                 {"port", std::to_string(clickhouse.port)},
                                 {"http_port", std::to_string(clickhouse.http_port)},
                                 {"database", clickhouse.database},
                                 {"username", clickhouse.user},
                                 {"password", clickhouse.password},
                                 {"secure", clickhouse.secure}});
    if (clickhouse.skip_certificate_verification)
        connection.add("skip_certificate_verification", true);
    Node sink = Node::map({{"type", "clickhouse"}, {"connection_params", connection}, {"table", plan.target}});
    sink.add("max_batch_size", static_cast<std::int64_t>(settings.max_batch_size));
    sink.add("max_delay_time", duration(settings.max_delay_time));
    sink.add("mapping", mapping(plan));
    return sink;
}

void hide(Node* map, const char* key, const char* name, std::vector<std::string>& names) {
    Node* const value = map == nullptr ? nullptr : map->find(key);
    if (value == nullptr)
        return;
    *value = Node("${" + std::string(name) + "}");
    names.emplace_back(name);
}

}  // namespace

Node pipeline_document(const TablePlan& plan, const KafkaEndpoint* kafka, const PipelineSettings& settings) {
    Node sources = Node::list();
    sources.push(kafka != nullptr ? kafka_source(plan, *kafka)
                                  : Node::map({{"type", "otlp.logs"}, {"source_id", source_id(plan)}}));
    Node document = Node::map({{"version", "v3"}, {"pipeline_id", plan.id}, {"name", plan.title}});
    document.add("sources", std::move(sources));
    document.add("transforms", transforms(plan, kafka != nullptr && kafka->is_topic_shared, settings));
    document.add("sink", sink(plan, settings));
    document.add("metadata", Node::map({{"tags", Node::list()}}));
    for (const std::string& note : plan.notes)
        document.comments.push_back("note: " + note);
    return document;
}

std::vector<std::string> hide_secrets(Node& document) {
    std::vector<std::string> names;
    if (Node* const sources = document.find("sources")) {
        for (Node& source : sources->elements()) {
            Node* const connection = source.find("connection_params");
            hide(connection, "password", "KAFKA_PASSWORD", names);
            hide(connection, "client_key", "KAFKA_CLIENT_KEY", names);
        }
    }
    Node* const sink = document.find("sink");
    hide(sink == nullptr ? nullptr : sink->find("connection_params"), "password", "CLICKHOUSE_PASSWORD", names);
    return names;
}

}  // namespace glassflow::etl
