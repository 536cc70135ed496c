// Given texts -> typed, checked settings, by the rows of the option table.
#pragma once

#include "config/configuration.h"
#include "config/given_values.h"
#include "config/layers.h"

namespace glassflow::config {

// Reports everything that is missing, of the wrong kind, out of range or contradictory; when problems were added, the
// result is not to be used. Reads the files of KEY_file. is_partial: nothing is missing.
Configuration build_configuration(const GivenValues& given, bool is_partial, Reports reports);

}  // namespace glassflow::config
