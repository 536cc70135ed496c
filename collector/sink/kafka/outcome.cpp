// What is not listed is tried again: an error that nobody has thought of must not lose a row, nor stop the others.
#include "sink/kafka/outcome.h"

namespace glassflow::sink::kafka {

Outcome classify(rd_kafka_resp_err_t error, bool is_transactional) {
    switch (error) {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            return Outcome::delivered;

        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
        case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
        case RD_KAFKA_RESP_ERR_INVALID_RECORD:
        case RD_KAFKA_RESP_ERR_INVALID_MSG:  // also a compacted topic's answer to a record without a key
            return Outcome::refused;

        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            return Outcome::missing_topic;

        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
        case RD_KAFKA_RESP_ERR_SECURITY_DISABLED:
        case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
        case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
        case RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS:
        case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT:
        case RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE:
        case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
        case RD_KAFKA_RESP_ERR__INVALID_ARG:
            return Outcome::halt;

        case RD_KAFKA_RESP_ERR__FENCED:
        case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
        case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
            return is_transactional ? Outcome::halt : Outcome::retry;

        default:
            return Outcome::retry;
    }
}

bool is_refusal_to_make(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
        case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
        case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
        case RD_KAFKA_RESP_ERR__AUTHENTICATION:
        case RD_KAFKA_RESP_ERR__SSL:
            return true;
        default:
            return false;
    }
}

namespace {

// Ends a sentence that a person reads; empty when there is nothing to add.
std::string_view remedy(rd_kafka_resp_err_t error) {
    switch (error) {
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
            return "allow the user to write to and describe the topic";
        case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
            return "allow the user IdempotentWrite on the cluster";
        case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            return "allow the user to write to and describe the transactional id";
        case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
            return "check sasl_mechanism, sasl_username and sasl_password";
        case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
            return "create it, or set create_topics to true";
        case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
            return "choose another topic template";
        case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
            return "compare the clocks of Postgres and broker, and message.timestamp.before/after.max.ms of the topic";
        case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
            return "set transaction_timeout to what the brokers' transaction.max.timeout.ms allows";
        case RD_KAFKA_RESP_ERR__FENCED:
        case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
        case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH:
            return "another producer has the same transactional_id, or the brokers gave a transaction up after "
                   "transaction_timeout; nothing was lost, start again when only this one runs";
        default:
            return {};
    }
}

}  // namespace

std::string describe(rd_kafka_resp_err_t error, std::string_view topic) {
    std::string text = topic.empty() ? std::string() : "topic " + std::string(topic) + ": ";
    text += std::string(rd_kafka_err2str(error)) + " (" + rd_kafka_err2name(error) + ")";
    if (const auto what_to_do = remedy(error); !what_to_do.empty()) {
        text += "; " + std::string(what_to_do);
    }
    return text;
}

}  // namespace glassflow::sink::kafka
