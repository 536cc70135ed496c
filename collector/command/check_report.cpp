// What was found may quote a server: a control character never reaches the terminal, and JSON is always UTF-8.
#include "command/check_report.h"

#include <algorithm>
#include <array>

#include "command/terminal_text.h"
#include "glassflow/document.h"
#include "postgres/preflight/check_table.h"

namespace glassflow::command {

namespace {

using postgres::Finding;
using Outcome = Finding::Outcome;

constexpr std::array<const char*, 4> labels = {"ok", "warning", "mend", "unknown"};
constexpr std::array<const char*, 4> words = {"ok", "warning", "must_be_mended", "unknown"};

const char* label_of(Outcome outcome) {
    return labels[static_cast<std::size_t>(outcome)];
}
const char* word_of(Outcome outcome) {
    return words[static_cast<std::size_t>(outcome)];
}

std::size_t count_of(const postgres::PreflightResult& result, Outcome outcome) {
    return static_cast<std::size_t>(std::ranges::count(result.findings, outcome, &Finding::outcome));
}

std::string padded(std::string text, std::size_t width) {
    text.resize(std::max(width, text.size()), ' ');
    return text;
}

void add_line(std::string& text, const std::string& label, const std::string& line) {
    if (!line.empty())
        text += "         " + padded(label, 9) + terminal_text(line) + '\n';
}

etl::Node strings(const std::vector<std::string>& texts) {
    etl::Node list = etl::Node::list();
    for (const std::string& text : texts)
        list.push(utf8_text(text));
    return list;
}

etl::Node node_of(const Finding& finding) {
    const auto& description = description_of(finding.check);
    etl::Node node = etl::Node::map({{"check", description.name},
                                     {"result", word_of(finding.outcome)},
                                     {"found", utf8_text(finding.found)},
                                     {"why", description.why},
                                     {"remedy", etl::Node()}});
    if (finding.outcome != Outcome::ok)
        *node.find("remedy") = etl::Node::map({{"advice", utf8_text(finding.remedy.advice)},
                                               {"sql", strings(finding.remedy.sql)},
                                               {"settings", strings(finding.remedy.settings)},
                                               {"needs_restart", finding.remedy.needs_restart}});
    return node;
}

}  // namespace

std::string check_report_text(const postgres::PreflightResult& result) {
    std::string text;
    for (const Finding& finding : result.findings) {
        const auto& description = description_of(finding.check);
        text += padded(label_of(finding.outcome), 9) + std::string(description.name) + ": " +
                terminal_text(finding.found) + '\n';
        if (finding.outcome == Outcome::ok)
            continue;
        add_line(text, "why", std::string(description.why));
        add_line(text, "remedy", finding.remedy.advice);
        for (const std::string& statement : finding.remedy.sql)
            add_line(text, "sql", statement);
        for (const std::string& setting : finding.remedy.settings)
            add_line(text, "setting", setting);
        if (finding.remedy.needs_restart)
            add_line(text, "then", "restart the server");
    }
    text += std::to_string(count_of(result, Outcome::failed)) + " to mend, " +
            std::to_string(count_of(result, Outcome::warning)) +
            (count_of(result, Outcome::warning) == 1 ? " warning, " : " warnings, ") +
            std::to_string(count_of(result, Outcome::unknown)) + " unknown, " +
            std::to_string(count_of(result, Outcome::ok)) + " ok\n";
    return text;
}

std::string check_report_json(const postgres::PreflightResult& result) {
    const bool has_warnings = count_of(result, Outcome::warning) != 0;
    etl::Node counts = etl::Node::map();
    for (const Outcome outcome : {Outcome::ok, Outcome::warning, Outcome::failed, Outcome::unknown})
        counts.add(word_of(outcome), static_cast<std::int64_t>(count_of(result, outcome)));
    etl::Node findings = etl::Node::list();
    for (const Finding& finding : result.findings)
        findings.push(node_of(finding));
    return to_json(etl::Node::map(
        {{"result", !result.is_ok() ? "must_be_mended"
                    : has_warnings  ? "warning"
                                    : "ok"},
         {"platform", result.platform.empty() ? etl::Node() : etl::Node(result.platform)},
         {"server_version", result.server_version.empty() ? etl::Node() : etl::Node(utf8_text(result.server_version))},
         {"counts", std::move(counts)},
         {"findings", std::move(findings)}}));
}

}  // namespace glassflow::command
