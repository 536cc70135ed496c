// Findings -> text for a terminal, or JSON. Pure.
//
//   {"result": "must_be_mended", "platform": "self-hosted", "server_version": "15.20",
//    "counts": {"ok": 20, "warning": 1, "must_be_mended": 1, "unknown": 0},
//    "findings": [{"check": "wal_level", "result": "must_be_mended", "found": "wal_level is replica, not logical",
//                  "why": "…", "remedy": {"advice": "As superuser.", "sql": ["ALTER SYSTEM …;"],
//                                         "settings": [], "needs_restart": true}}]}
//
// remedy is null for what is ok.
#pragma once

#include <string>

#include "postgres/preflight.h"

namespace glassflow::command {

std::string check_report_text(const postgres::PreflightResult& result);
std::string check_report_json(const postgres::PreflightResult& result);

}  // namespace glassflow::command
