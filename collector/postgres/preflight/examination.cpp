#include "postgres/preflight/examination.h"

#include <utility>

namespace glassflow::postgres {

Examination::Examination(Connection connection, const SourceSettings& settings, const PreflightQuestions& questions,
                         std::vector<Finding>& findings)
    : connection_(std::move(connection)), settings_(settings), questions_(questions), findings_(findings) {
    // Nothing of the database's own stands before the catalogs, nothing is written, and no look takes for ever.
    connection_.command(
        "SELECT pg_catalog.set_config(name, value, false) FROM (VALUES ('search_path', 'pg_catalog'), "
        "('default_transaction_read_only', 'on'), ('statement_timeout', '30s'), ('lock_timeout', '5s'), "
        "('quote_all_identifiers', 'off')) AS settings (name, value)");
    platform_ = &detect_platform(connection_);
    const Result who = connection_.query("SELECT current_user, pg_is_in_recovery()");
    role_ = who.text(0, 0);
    is_in_recovery_ = who.text(0, 1) == "t";
    slot_ = find_slot(connection_, settings_.slot);
}

std::string Examination::plugin() const {
    if (slot_ && slot_->type == "logical")
        return slot_->plugin;
    return settings_.plugin == SlotPlugin::automatic ? plugin_name : name_of(settings_.plugin);
}

std::optional<std::string> Examination::setting(const std::string& name) {
    return connection_.query("SELECT current_setting($1, true)", {name}).value(0, 0);
}

void Examination::ok(Check check, std::string found) {
    findings_.push_back({check, Finding::Outcome::ok, std::move(found)});
}
void Examination::warning(Check check, std::string found, Remedy remedy) {
    findings_.push_back({check, Finding::Outcome::warning, std::move(found), std::move(remedy)});
}
void Examination::failed(Check check, std::string found, Remedy remedy) {
    findings_.push_back({check, Finding::Outcome::failed, std::move(found), std::move(remedy)});
}
void Examination::unknown(Check check, std::string found, Remedy remedy) {
    findings_.push_back({check, Finding::Outcome::unknown, std::move(found), std::move(remedy)});
}

}  // namespace glassflow::postgres
