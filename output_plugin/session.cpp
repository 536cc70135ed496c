// Opening and closing, and the pinning of settings.
#include "session.h"

#include "schema_change.h"

namespace glassflow {

namespace {

struct PinnedSetting {
    const char* name;
    const char* value;
};

// What the text of values depends on. lc_monetary is not among them: it is part of what a money value means.
constexpr PinnedSetting pinned_settings[] = {
    {"bytea_output", "hex"},       {"datestyle", "ISO"}, {"extra_float_digits", "1"},     {"intervalstyle", "postgres"},
    {"search_path", "pg_catalog"}, {"timezone", "UTC"},  {"quote_all_identifiers", "off"}};

// In a walsender there is no transaction and nobody else's settings: set them for the session. The SQL functions run in
// someone's session: set them on a level of their own, which close_session or the abort of the transaction takes back.
int pin_settings() {
    const int nest_level = am_walsender ? 0 : NewGUCNestLevel();
    for (const PinnedSetting& setting : pinned_settings) {
        static_cast<void>(set_config_option(setting.name, setting.value, PGC_USERSET, PGC_S_SESSION,
                                            am_walsender ? GUC_ACTION_SET : GUC_ACTION_SAVE, true, 0, false));
    }
    return nest_level;
}

}  // namespace

Session* open_session(LogicalDecodingContext* ctx, const Options& options, MemoryContext context) {
    auto* session = pg::make(
        context, Session{
                     .context = context,
                     .change_context = AllocSetContextCreate(context, "glassflow change", ALLOCSET_DEFAULT_SIZES),
                     .options = options,
                     .text = {},
                     .relations = RelationCache(context),
                     .frames = FrameWriter(context, options.frame_bytes),
                     .transaction = {},
                     .block = {},
                 });
    session->options.masks.prepare_hash(context);
    RelationCache::attach(&session->relations, &session->options.selection, &session->options.masks, &session->text,
                          options.streaming);
    session->guc_nest_level = pin_settings();
    ctx->output_plugin_private = session;
    return session;
}

bool wants_origin(Session& session, const ReorderBufferTXN* transaction) {
    if (!session.options.origins.is_given()) {
        return true;
    }
    pg::MemoryContextScope scope(session.change_context);
    const bool is_wanted = session.options.origins.wants_transaction(transaction->origin_id);
    scope.leave();
    MemoryContextReset(session.change_context);
    return is_wanted;
}

void start_session(Session& session) {
    session.frames.discard_torn_record();
    if (!session.is_described) {
        write_session(session.frames);
        session.is_described = true;
    }
}

void close_session(Session& session) {
    if (session.guc_nest_level > 0) {
        AtEOXact_GUC(true, session.guc_nest_level);
        session.guc_nest_level = 0;
    }
}

void report_progress(LogicalDecodingContext* ctx, Session& session) {
    constexpr int changes_between_reports = 100;
    if constexpr (!pg::core_reports_progress) {
        if (++session.changes_since_report >= changes_between_reports) {
            session.changes_since_report = 0;
            pg::update_progress(ctx, false);
        }
    }
}

void warn_of_foreign_ddl(Session& session) {
    if (session.has_warned_of_ddl) {
        return;
    }
    session.has_warned_of_ddl = true;
    ereport(WARNING, (errcode(ERRCODE_DATA_EXCEPTION),
                      errmsg("message with the prefix \"%s\" is no schema change of this server", schema_change_prefix),
                      errdetail("It is not sent, nor are later ones of its kind."),
                      errhint("Any user can send such a message. After a change of glassflow.mask_key those of before "
                              "it are no longer recognised.")));
}

}  // namespace glassflow
