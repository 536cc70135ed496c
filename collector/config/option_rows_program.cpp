// Rows about the program itself: its admin server, its state, its memory, its log.
#include <array>

#include "config/checks.h"
#include "config/option_rows.h"
#include "config/option_units.h"

namespace glassflow::config {
namespace {

using namespace std::string_view_literals;

constexpr std::array level_words{"debug"sv, "info"sv, "warning"sv, "error"sv};
constexpr std::array style_words{"automatic"sv, "text"sv, "json"sv};

constexpr Option rows[] = {
    {.key = "admin.listen",
     .kind = Kind::text,
     .doc = "Address and port of /healthz, /readyz, /status and /metrics; port 0 takes any free one. Empty: no admin "
            "server. There is no authentication: keep it on a loopback address or a private network.",
     .field = [](Configuration& c) -> Field { return &c.admin.listen; },
     .check = check_listen_address},
    {.key = "state_directory",
     .kind = Kind::text,
     .doc = "Directory of what the collector keeps: the checkpoint of the slot and the dead letters. Created when "
            "missing. Give each source its own.",
     .field = [](Configuration& c) -> Field { return &c.delivery.state_directory; },
     .is_required = true},
    {.key = "dead_letter_limit",
     .kind = Kind::integer,
     .doc = "How many dead letters a sink may have before it stops instead of having another: that many refusals have "
            "another cause than single rows. 0: no limit.",
     .field = [](Configuration& c) -> Field { return &c.delivery.dead_letter_limit; },
     .range = {0, 1ULL << 40}},
    {.key = "memory_limit",
     .kind = Kind::size,
     .doc = "Bytes that all queues together may hold. When they are full, reading from the server pauses.",
     .field = [](Configuration& c) -> Field { return &c.delivery.memory_limit_bytes; },
     .range = {mebibyte, 1ULL << 40}},
    {.key = "shutdown_timeout",
     .kind = Kind::duration,
     .doc = "How long SIGTERM waits for deliveries under way. What is left then is delivered again after the next "
            "start.",
     .field = [](Configuration& c) -> Field { return &c.delivery.shutdown_timeout; },
     .range = {100, hour_ms}},
    {.key = "log.level",
     .kind = Kind::word,
     .doc = "Least severe lines that are logged.",
     .field = [](Configuration& c) -> Field { return &c.log.level; },
     .words = level_words},
    {.key = "log.style",
     .kind = Kind::word,
     .doc = "How lines are written. automatic: text on a terminal, JSON otherwise.",
     .field = [](Configuration& c) -> Field { return &c.log.style; },
     .words = style_words},
};

}  // namespace

std::span<const Option> program_rows() {
    return rows;
}

}  // namespace glassflow::config
