// A payload -> the topic it goes to, and what keeps records without a key in order there.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "sink/kafka/settings.h"
#include "sink/kafka/topic_names.h"
#include "sink/payload.h"

namespace glassflow::sink::kafka {

struct Route {
    std::string topic;
    std::string order;      // records without a key that share it share a partition: "schema.table"
    bool is_there = false;  // the topic was made, or found
};

class TopicRoutes {
public:
    // Throws SinkError when a template is none, or the topic of messages is not legal.
    explicit TopicRoutes(const KafkaSettings& settings);

    // Stays where it is. Throws SinkError when two tables would share a topic against the template's wish.
    Route& of(const Payload& payload);

    // Of tables that are known before the first event: topic of schema and table.
    std::string topic_of(std::string_view schema, std::string_view table) const {
        return template_.topic_of(schema, table);
    }
    const TopicTemplate& topic_template() const { return template_; }
    const std::string& message_topic() const { return messages_.topic; }

private:
    TopicTemplate template_;
    Route messages_;
    TopicOwners owners_;
    std::map<std::string, Route, std::less<>> routes_;  // by schema \0 table
    std::string last_schema_;
    std::string last_table_;
    Route* last_ = nullptr;
    std::string name_;  // to look up with, so that its memory is kept
};

}  // namespace glassflow::sink::kafka
