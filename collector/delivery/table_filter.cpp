#include "delivery/table_filter.h"

#include <algorithm>

namespace glassflow::delivery {

namespace {

std::vector<postgres::TablePattern> parse_all(const std::vector<std::string>& texts) {
    std::vector<postgres::TablePattern> patterns;
    for (const std::string& text : texts) {
        if (auto pattern = postgres::TablePattern::parse(text))
            patterns.push_back(std::move(*pattern));
    }
    return patterns;
}

bool names(const std::vector<postgres::TablePattern>& patterns, const event::Relation& relation) {
    return std::ranges::any_of(patterns, [&relation](const postgres::TablePattern& pattern) {
        return pattern.matches(relation.schema, relation.table);
    });
}

}  // namespace

TableFilter::TableFilter(const std::vector<std::string>& wanted, const std::vector<std::string>& excluded,
                         event::EventHandler& handler)
    : wanted_(parse_all(wanted)), excluded_(parse_all(excluded)), handler_(handler) {}

void TableFilter::reset() {
    passes_.clear();
    begun_.reset();
    is_told_ = false;
}

void TableFilter::relation(const event::Relation& relation) {
    const bool passes = (wanted_.empty() || names(wanted_, relation)) && !names(excluded_, relation);
    passes_[relation.id] = passes;
    if (passes)
        handler_.relation(relation);
}

bool TableFilter::passes(const event::Relation& relation) const {
    const auto known = passes_.find(relation.id);
    return known != passes_.end() && known->second;
}

void TableFilter::tell_begin() {
    if (begun_)
        handler_.begin(*begun_);
    is_told_ = is_told_ || begun_.has_value();
    begun_.reset();
}

void TableFilter::row(const event::RowChange& change) {
    if (!passes(*change.relation))
        return;
    tell_begin();
    handler_.row(change);
}

void TableFilter::truncate(const event::Truncate& truncate) {
    if (!passes(*truncate.relation))
        return;
    tell_begin();
    handler_.truncate(truncate);
}

void TableFilter::message(const event::LogicalMessage& message) {
    if (message.transaction != nullptr)
        tell_begin();
    handler_.message(message);
}

void TableFilter::commit(const event::Transaction& transaction) {
    begun_.reset();
    if (is_told_)
        handler_.commit(transaction);
    is_told_ = false;
}

}  // namespace glassflow::delivery
