// The slot alone, by SQL, look after look over one connection.
#pragma once

#include <optional>

#include "command/status_look.h"
#include "delivery/slot_forecast.h"
#include "postgres/connection.h"
#include "postgres/settings.h"

namespace glassflow::command {

class SlotLooker {
public:
    explicit SlotLooker(const postgres::SourceSettings& settings) : settings_(settings) {}  // borrowed

    // Connects when there is no connection; throws PostgresError, and has none then.
    StatusLook look();

private:
    StatusLook look_over(postgres::Connection& connection);

    const postgres::SourceSettings& settings_;
    std::optional<postgres::Connection> connection_;
    delivery::SlotForecast forecast_;
};

}  // namespace glassflow::command
