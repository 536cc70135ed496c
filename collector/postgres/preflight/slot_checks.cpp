// The slot, and what a slot of pgoutput needs beside it.
#include "postgres/mask_rule.h"
#include "postgres/plugin_options.h"
#include "postgres/preflight/examination.h"
#include "postgres/preflight/list_text.h"
#include "postgres/preflight/publications.h"
#include "postgres/preflight/sql_identifier.h"

namespace glassflow::postgres {

namespace {

constexpr int pgoutput_options_version_num = 140000;
constexpr int synced_slots_version_num = 170000;

std::string slot_name(const Examination& examination) {
    return "slot \"" + examination.settings().slot + "\"";
}

Remedy another_name(const SourceSettings& settings) {
    return {"Give source.slot another name, or drop that slot if nothing else uses it.",
            {"SELECT pg_drop_replication_slot(" + quote_literal(settings.slot) + ");"}};
}

Remedy make_slot(Examination& examination) {
    const SourceSettings& settings = examination.settings();
    return {"Set source.create_slot: true, or make it by hand.",
            {"SELECT pg_create_logical_replication_slot(" + quote_literal(settings.slot) + ", " +
             quote_literal(examination.plugin()) + ");"},
            {"source.create_slot: true"}};
}

void check_missing_slot(Examination& examination) {
    const std::string name = slot_name(examination);
    if (examination.questions().missing_slot == MissingSlot::is_decided_later)
        examination.ok(Check::slot, name + " does not exist");
    else if (examination.settings().create_slot)
        examination.ok(Check::slot, name + " does not exist and will be made by `run`");
    else
        examination.failed(Check::slot, name + " does not exist", make_slot(examination));
}

// Whose it is, and whether it can be read.
bool is_ours(Examination& examination, const ReplicationSlot& slot) {
    const SourceSettings& settings = examination.settings();
    const std::string name = slot_name(examination);
    const auto made_for = [&](const std::string& wanted) {
        return name + " was made for the plugin \"" + slot.plugin + "\", not \"" + wanted + "\"";
    };
    if (slot.type != "logical") {
        examination.failed(Check::slot, name + " is a physical slot", another_name(settings));
    } else if (!is_understood(slot.plugin)) {
        examination.failed(Check::slot, made_for(plugin_name), another_name(settings));
    } else if (settings.plugin != SlotPlugin::automatic && slot.plugin != name_of(settings.plugin)) {
        Remedy remedy = another_name(settings);
        remedy.advice = "Leave source.plugin out, so that the slot's own is taken. " + remedy.advice;
        examination.failed(Check::slot, made_for(name_of(settings.plugin)), remedy);
    } else if (slot.database != PQdb(examination.connection().handle())) {
        examination.failed(Check::slot, name + " belongs to database \"" + slot.database + "\"",
                           {"Set source.database to that database, or source.slot to a slot of this one.",
                            {},
                            {"source.database: " + slot.database}});
    } else {
        return true;
    }
    return false;
}

// 17 and later keep copies of the primary's slots on standbys; such a copy cannot be read before a promotion.
bool is_copy(Examination& examination) {
    return examination.version_num() >= synced_slots_version_num && examination.is_in_recovery() &&
           examination.connection()
                   .query("SELECT synced FROM pg_replication_slots WHERE slot_name = $1", {examination.settings().slot})
                   .value(0, 0)
                   .value_or("f") == "t";
}

void tell_state(Examination& examination, const ReplicationSlot& slot) {
    const std::string name = slot_name(examination);
    std::string found = name + " is at " + to_string(slot.confirmed_flush_lsn) +
                        (slot.plugin == plugin_name ? "" : ", of plugin " + slot.plugin);
    if (slot.is_active)
        found += ", in use by process " + slot.active_pid +
                 (slot.active_application.empty() ? "" : " (" + slot.active_application + ")");
    if (!examination.questions().is_whole)
        return examination.ok(Check::slot, found);
    // An empty name: a session of another role, which this one may not look at.
    if (slot.is_active && slot.active_application != application_name)
        return examination.warning(
            Check::slot, found + ": another program reads it",
            {"Stop that program for good, for it comes back otherwise; then its session can be ended.",
             {"SELECT pg_terminate_backend(" + slot.active_pid + ");"}});
    if (slot.wal_status == "unreserved") {
        Remedy remedy = change_setting(examination.platform(), "max_slot_wal_keep_size", "-1", false);
        remedy.advice =
            "Start the collector now, and let its sinks catch up; or first take the limit away, and give it back "
            "later. " +
            remedy.advice;
        return examination.warning(Check::slot, found + ", and the server may give it up at its next checkpoint",
                                   remedy);
    }
    if (examination.settings().hosts.size() > 1 && examination.version_num() >= synced_slots_version_num &&
        examination.connection()
                .query("SELECT failover FROM pg_replication_slots WHERE slot_name = $1", {examination.settings().slot})
                .value(0, 0)
                .value_or("f") != "t")
        return examination.warning(
            Check::slot, found + ", and no standby will have it after a failover",
            {"Over a replication connection (psql \"replication=database …\"): ALTER_REPLICATION_SLOT " +
             sql_identifier(slot.name) + " (FAILOVER true); and see failover in operations.md."});
    examination.ok(Check::slot, found);
}

void check_membership(Examination& examination) {
    const auto& publications = examination.settings().publications;
    if (examination.settings().tables.empty())
        return examination.ok(Check::publications, "the publications exist: " + list_text(publications));
    const auto missing = unpublished(examination.connection(), publications, examination.tables());
    if (missing.empty())
        return examination.ok(Check::publications,
                              "the publications have every table of source.tables: " + list_text(publications));
    std::vector<std::string> names;
    for (const TableDescription& table : missing)
        names.push_back(table.schema + "." + table.name);
    examination.failed(
        Check::publications, "source.tables names tables that no publication has: " + list_text(names),
        {"As the owner of the publication and the tables. Changes from before are not sent.",
         {"ALTER PUBLICATION " + sql_identifier(publications.front()) + " ADD TABLE " + table_list(missing) + ";"}});
}

// Our plugin goes without one that is not there, and sends less than was meant.
void warn_of_missing_publications(Examination& examination) {
    for (const std::string& publication : examination.settings().publications) {
        if (!is_publication(examination.connection(), publication))
            examination.warning(Check::publications,
                                "publication \"" + publication + "\" does not exist: nothing is sent because of it",
                                {"Make it with the tables that are wanted; the plugin sees it from then on."});
    }
}

// What the slot's plugin cannot choose is refused by `run` at its start.
bool can_choose(Examination& examination) {
    const char* const setting = unsupported_setting(
        examination.settings(), {.plugin = examination.plugin(), .server_version_num = examination.version_num()});
    if (setting == nullptr)
        return true;
    examination.failed(
        Check::slot,
        std::string("source.") + setting + " is set, which the plugin " + examination.plugin() + " cannot follow",
        {std::string("Leave source.") + setting + " out, or use a slot of the plugin glassflow."});
    return false;
}

}  // namespace

void check_slot(Examination& examination) {
    const auto& slot = examination.slot();
    if (examination.questions().is_whole && (!slot || is_understood(slot->plugin)) && !can_choose(examination))
        return;
    if (!slot)
        return check_missing_slot(examination);
    if (!is_ours(examination, *slot))
        return;
    if (slot->is_lost()) {
        if (examination.questions().missing_slot == MissingSlot::is_failure &&
            examination.settings().on_slot_lost == SlotLossPolicy::fail)
            examination.failed(Check::slot, describe_loss(*slot),
                               {loss_remedy(*slot),
                                {"SELECT pg_drop_replication_slot(" + quote_literal(slot->name) + ");",
                                 "SELECT pg_create_logical_replication_slot(" + quote_literal(slot->name) + ", " +
                                     quote_literal(slot->plugin) + ");"},
                                {"source.on_slot_lost: recreate"}});
        else
            examination.ok(Check::slot, describe_loss(*slot));
    } else if (is_copy(examination)) {
        examination.failed(
            Check::slot,
            slot_name(examination) + " is a copy of the primary's, which can be read after a promotion only",
            {"Set source.host to the primary, or source.slot to a slot made on this standby."});
    } else {
        tell_state(examination, *slot);
    }
}

void check_plugin_options(Examination& examination) {
    if (examination.are_options_refused())
        return;
    const SourceSettings& settings = examination.settings();
    const std::string plugin = examination.plugin();
    for (const std::string& rule : settings.masks) {
        if (!MaskRule::parse(rule))
            return examination.failed(Check::plugin_options,
                                      "source.masks holds an element that is no rule: schema.table: column = mask",
                                      {"Masks are null, hash, redact('text'), keep_last(4), truncate(10)."});
    }
    if (!settings.masks.empty() && plugin != plugin_name)
        return examination.failed(Check::plugin_options,
                                  "source.masks is set, and slot \"" + settings.slot + "\" is of " + plugin,
                                  {"Only our own plugin masks columns; values would leave the server as they are. Use "
                                   "a slot of glassflow."});
    if (settings.ddl && plugin != plugin_name)
        return examination.failed(
            Check::plugin_options, "source.ddl is set, and slot \"" + settings.slot + "\" is of " + plugin,
            {"Only our own plugin tells schema changes: use a slot of glassflow.", {}, {"source.ddl: false"}});
    if (settings.update_columns != UpdateColumns::all && plugin != plugin_name)
        return examination.failed(Check::plugin_options,
                                  "source.update_columns is set, and slot \"" + settings.slot + "\" is of " + plugin,
                                  {"Only our own plugin leaves out what has not changed: use a slot of glassflow.",
                                   {},
                                   {"source.update_columns: all"}});
    if (!settings.masks.empty() || settings.ddl || settings.update_columns != UpdateColumns::all)
        examination.ok(Check::plugin_options, plugin + " can do what is asked of it");
}

// What pgoutput sends is chosen by publications, which must be there when the slot is read.
void check_publications(Examination& examination) {
    const SourceSettings& settings = examination.settings();
    const bool is_pgoutput = examination.plugin() == pgoutput_name;
    if (is_pgoutput && settings.publications.empty())
        return examination.failed(
            Check::publications, "slot \"" + settings.slot + "\" is of pgoutput, and source.publications names none",
            {"Name a publication of the tables that are wanted; \"glassflow-collector setup\" makes it when it is "
             "missing.",
             {},
             {"source.publications: [glassflow]"}});
    if (!is_pgoutput) {
        if (examination.plugin() == plugin_name && examination.questions().is_whole)
            warn_of_missing_publications(examination);
        return;
    }
    bool are_there = true;
    for (const std::string& publication : settings.publications) {
        if (is_publication(examination.connection(), publication)) {
            if (!examination.questions().is_whole)
                examination.ok(Check::publications, "publication \"" + publication + "\" exists");
            continue;
        }
        are_there = false;
        const std::string tables = table_list(examination.tables());
        const bool has_tables = !tables.empty();
        examination.failed(
            Check::publications, "publication \"" + publication + "\" does not exist",
            {std::string("Make it before the slot is read: changes from before it was made cannot be decoded.") +
                 (has_tables ? "" : " The tables come into it when they are there: ALTER PUBLICATION."),
             {"CREATE PUBLICATION " + sql_identifier(publication) + (has_tables ? " FOR TABLE " + tables : "") + ";"}});
    }
    if ((settings.binary || settings.streaming) && examination.version_num() < pgoutput_options_version_num)
        examination.failed(Check::publications, "source.binary and source.streaming need PostgreSQL 14 or later",
                           {"", {}, {"source.binary: false", "source.streaming: false"}});
    if (examination.questions().is_whole && are_there && !settings.publications.empty())
        check_membership(examination);
}

}  // namespace glassflow::postgres
