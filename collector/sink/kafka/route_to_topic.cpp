#include "sink/kafka/route_to_topic.h"

namespace glassflow::sink::kafka {

TopicRoutes::TopicRoutes(const KafkaSettings& settings) : template_(settings.topic, "topic", settings.database) {
    const TopicTemplate messages(settings.message_topic, "message_topic", settings.database);
    messages_.topic = messages.topic_of({}, {});
    messages_.order = messages_.topic;
}

Route& TopicRoutes::of(const Payload& payload) {
    if (payload.table == nullptr) {
        return messages_;
    }
    const auto& [schema, table] = *payload.table;
    if (last_ != nullptr && table == last_table_ && schema == last_schema_) {
        return *last_;
    }
    name_.assign(schema).append(1, '\0').append(table);
    auto found = routes_.find(name_);
    if (found == routes_.end()) {
        Route route{.topic = template_.topic_of(schema, table), .order = schema + "." + table};
        owners_.claim(route.topic, template_.identity_of(schema, table));
        found = routes_.emplace(name_, std::move(route)).first;
    }
    last_schema_ = schema;
    last_table_ = table;
    last_ = &found->second;
    return *last_;
}

}  // namespace glassflow::sink::kafka
