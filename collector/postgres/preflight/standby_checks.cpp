// A server in recovery decodes what it replays; its slot lives as long as the primary keeps what the slot needs.
#include "postgres/preflight/examination.h"

namespace glassflow::postgres {

namespace {
constexpr int standby_decoding_version_num = 160000;
}

void check_standby(Examination& examination) {
    if (!examination.is_in_recovery())
        return;
    if (examination.version_num() < standby_decoding_version_num)
        return examination.failed(Check::standby, "the server is a standby, and decodes from PostgreSQL 16 on only",
                                  {"Set source.host to the primary."});
    // The risk is the same for all of them, so it is told whatever is found.
    const std::string risk =
        "; the slot is lost when the primary removes rows of its catalogs that it needs, or sets wal_level below "
        "logical";
    bool is_told = false;
    if (examination.setting("hot_standby_feedback").value_or("off") != "on") {
        examination.warning(Check::standby, "hot_standby_feedback is off on this standby" + risk,
                            change_setting(examination.platform(), "hot_standby_feedback", "on", false));
        is_told = true;
    }
    if (examination.setting("primary_slot_name").value_or("").empty()) {
        Remedy remedy{
            "On the primary make a physical slot for this standby, and name it here: without it the primary "
            "forgets the feedback while the two are not connected."};
        const Remedy setting =
            change_setting(examination.platform(), "primary_slot_name", "standby_of_glassflow", false);
        remedy.sql = setting.sql;
        remedy.advice += " On the primary: SELECT pg_create_physical_replication_slot('standby_of_glassflow'); here:";
        examination.warning(Check::standby, "this standby has no primary_slot_name" + risk, remedy);
        is_told = true;
    }
    if (!is_told)
        examination.ok(Check::standby, "the server is a standby with hot_standby_feedback" + risk);
    if (examination.settings().create_slot && !examination.slot())
        examination.warning(Check::standby,
                            "slot \"" + examination.settings().slot +
                                "\" is to be made on a standby, which waits until the primary writes a snapshot",
                            {"On an idle primary, as superuser, while the collector starts: SELECT "
                             "pg_log_standby_snapshot();"});
}

}  // namespace glassflow::postgres
