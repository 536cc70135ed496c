// First each value by itself, then what only several together can get wrong. An error repeats a value as it was written
// (before ${...}) and never that of a secret.
#include "config/configuration_builder.h"

#include <algorithm>
#include <limits>
#include <type_traits>

#include "config/checks.h"
#include "config/nearest_name.h"
#include "config/option_table.h"
#include "config/text_file.h"
#include "config/utf8.h"
#include "config/value_text.h"

namespace glassflow::config {
namespace {

constexpr std::size_t max_secret_bytes = 64 << 10;

// The hint for a number that is none or does not fit.
std::string writing_hint(const Option& option) {
    switch (option.kind) {
        case Kind::duration:
            return "Write a whole number and its unit: 500ms, 10s, 5m or 1h.";
        case Kind::size:
            return "Write bytes, or a whole number and its unit: 64KiB, 64MiB or 1GiB.";
        default:
            return "Give a value within this range.";
    }
}

class Builder {
public:
    Builder(const GivenValues& given, bool is_partial, Reports reports)
        : given_(given),
          is_partial_(is_partial),
          problems_(reports.problems),
          warnings_(reports.warnings),
          absences_(reports.absences) {}

    Configuration build() {
        for (const Option& option : option_table()) {
            if (!option.is_of_sinks()) {
                set(option, given_.values, option.key, std::string(option.key), option.field(configuration_), "");
            }
        }
        build_sinks();
        check_order("source.reconnect_initial", configuration_.source.reconnect_initial, "source.reconnect_max",
                    configuration_.source.reconnect_max);
        return std::move(configuration_);
    }

private:
    void report(const std::string& place, const std::string& key, const std::string& what, const std::string& hint) {
        problems_.push_back({place, key, what, hint});
    }

    std::string file_place() const { return given_.file.empty() ? "configuration" : given_.file; }

    void set(const Option& option, const GivenMap& values, std::string_view slot, const std::string& display_key,
             const Field& field, const std::string& sink_place) {
        const auto found = values.find(slot);
        if (found != values.end()) {
            set_given(option, found->second, display_key, field);
        } else if (option.is_required && !is_partial_ && field_text(option, field).empty()) {
            report(sink_place.empty() ? file_place() : sink_place, display_key, display_key + " is missing",
                   missing_hint(option, display_key));
        }
    }

    std::string missing_hint(const Option& option, const std::string& display_key) const {
        const std::string where = given_.file.empty() ? "in a configuration file (--config FILE)" : "in the file";
        std::string hint = "Set it " + where;
        if (option.is_of_sinks()) {
            return hint + " below its sink.";
        }
        return hint + ", as " + environment_name(option) + " or as --" + display_key + ".";
    }

    void set_given(const Option& option, const GivenValue& given, const std::string& display_key, const Field& field) {
        if (given.is_broken) {
            return;
        }
        std::vector<std::string> items = given.items;
        if (given.is_file_reference && !read_secret(given, display_key, items)) {
            return;
        }
        for (const std::string& item : items) {
            if (find_invalid_utf8(item) != std::string::npos || has_control_character(item)) {
                report(given.place, display_key, display_key + " holds a control character or is not valid UTF-8",
                       "Remove it; a text that ends in a line feed is often a block (|) or a file read whole.");
                return;
            }
        }
        if (option.kind == Kind::list) {
            set_list(option, given, items, display_key, *std::get<std::vector<std::string>*>(field));
        } else if (option.is_required && items.front().empty()) {
            report(given.place, display_key, display_key + " is empty", "Give it a value; it is required.");
        } else if (option.kind == Kind::text) {
            set_text(option, given, items.front(), display_key, *std::get<std::string*>(field));
        } else {
            set_parsed(option, given, items.front(), display_key, field);
        }
    }

    bool read_secret(const GivenValue& given, const std::string& display_key, std::vector<std::string>& items) {
        const std::string key = display_key + "_file";
        try {
            TextFile file = read_text_file(items.front(), max_secret_bytes);
            if (file.text.ends_with('\n')) {
                file.text.pop_back();
                if (file.text.ends_with('\r')) {
                    file.text.pop_back();
                }
            }
            if (file.text.empty()) {
                report(given.place, key, "the file of " + key + " is empty",
                       "Write the secret into it, or remove the key.");
                return false;
            }
            if (file.is_world_readable) {
                warnings_.push_back({given.place, key, "the file of " + key + " can be read by every user",
                                     "Take the permission away: chmod o-r."});
            }
            items = {std::move(file.text)};
            return true;
        } catch (const FileError& e) {
            absences_.push_back({given.place, key,
                                 "could not read the file of " + key + " " + excerpt(given.shown) + ": " + e.what(),
                                 "Check its path, and that the user of the collector may read it."});
            return false;
        }
    }

    void complain(const GivenValue& given, const std::string& display_key, const Complaint& complaint) {
        report(given.place, display_key, display_key + " " + complaint.what, complaint.hint);
    }

    void set_text(const Option& option, const GivenValue& given, const std::string& text,
                  const std::string& display_key, std::string& target) {
        if (option.check != nullptr && !text.empty()) {
            if (const auto complaint = option.check(text)) {
                complain(given, display_key, *complaint);
                return;
            }
        }
        target = text;
    }

    void set_list(const Option& option, const GivenValue& given, const std::vector<std::string>& items,
                  const std::string& display_key, std::vector<std::string>& target) {
        constexpr std::size_t max_elements = 10'000;
        const bool is_empty = items.empty() || (items.size() == 1 && items.front().empty());
        target.clear();
        for (const std::string& item : is_empty ? std::vector<std::string>() : items) {
            std::ranges::move(split_list(item, option.separator), std::back_inserter(target));
        }
        if (target.size() > max_elements) {
            report(given.place, display_key, display_key + " has more than 10000 elements",
                   "Use * to name many tables.");
            return;
        }
        for (const std::string& element : target) {
            const auto complaint = element.empty()
                                       ? Complaint{"holds an empty element", "Remove the separator too many."}
                                       : option.check(element);
            if (complaint) {
                complain(given, display_key, *complaint);
                return;
            }
        }
    }

    // Everything that is a number or one of several words.
    void set_parsed(const Option& option, const GivenValue& given, const std::string& text,
                    const std::string& display_key, const Field& field) {
        if (option.kind == Kind::word) {
            set_word(option, given, text, display_key, field);
            return;
        }
        if (option.kind == Kind::boolean) {
            if (const auto value = parse_boolean(text)) {
                *std::get<bool*>(field) = *value;
            } else {
                refuse(option, given, display_key, "Write true or false.");
            }
            return;
        }
        const auto number = option.kind == Kind::integer    ? parse_integer(text)
                            : option.kind == Kind::duration ? parse_duration_ms(text)
                                                            : parse_size_bytes(text);
        if (!number || *number < option.range.min || *number > option.range.max) {
            refuse(option, given, display_key, writing_hint(option));
            return;
        }
        std::visit(
            [&](auto target) {
                using Target = std::remove_pointer_t<decltype(target)>;
                if constexpr (std::is_same_v<Target, std::chrono::milliseconds>) {
                    *target = std::chrono::milliseconds(*number);
                } else if constexpr (std::is_integral_v<Target> && !std::is_same_v<Target, bool>) {
                    *target = static_cast<Target>(*number);  // the range of the row fits the field: tested
                }
            },
            field);
    }

    void set_word(const Option& option, const GivenValue& given, const std::string& text,
                  const std::string& display_key, const Field& field) {
        const auto word = std::ranges::find(option.words, std::string_view(text));
        if (word == option.words.end() && !(text.empty() && std::holds_alternative<std::string*>(field))) {
            const std::vector<std::string> words(option.words.begin(), option.words.end());
            const std::string nearest = option.is_secret ? "" : nearest_name(text, words);
            refuse(option, given, display_key,
                   nearest.empty() ? "Choose one of these words." : "Did you mean \"" + nearest + "\"?");
            return;
        }
        std::visit(
            [&](auto target) {
                using Target = std::remove_pointer_t<decltype(target)>;
                if constexpr (std::is_enum_v<Target>) {
                    *target = static_cast<Target>(word - option.words.begin());
                } else if constexpr (std::is_same_v<Target, std::string>) {
                    *target = text;
                }
            },
            field);
    }

    void refuse(const Option& option, const GivenValue& given, const std::string& display_key,
                const std::string& hint) {
        report(given.place, display_key,
               display_key + " must be " + expectation(option) +
                   (option.is_secret ? std::string() : ", not " + excerpt(given.shown)),
               hint);
    }

    void build_sinks() {
        if (given_.sinks.empty() && !given_.has_broken_sinks && !is_partial_) {
            report(file_place(), "sinks", "sinks is missing: there is nothing to deliver to",
                   "Add at least one sink, for example one with name files, type file and path \"-\".");
        }
        for (std::size_t i = 0; i < given_.sinks.size(); ++i) {
            build_sink(given_.sinks[i], i);
        }
        check_same_path();
        check_changed_columns();
    }

    void build_sink(const GivenSink& given, std::size_t index) {
        const std::string display =
            given.name.empty() ? "sinks[" + std::to_string(index) + "]." : "sinks." + given.name + ".";
        check_unique_name(given, index);
        // Without a type only what every sink has can be looked at.
        const std::string type = type_given(given, display);
        SinkConfiguration sink = make_sink(type.empty() ? sink_types().front() : type);
        for (const Option& option : option_table()) {
            if (!option.is_of_sinks() || option.sink_key() == "type") {
                continue;
            }
            const std::string display_key = display + std::string(option.sink_key());
            if (option.belongs_to(type)) {
                set(option, given.values, option.sink_key(), display_key, option.sink_field(sink), given.place);
            } else if (const auto found = given.values.find(option.sink_key());
                       found != given.values.end() && !type.empty() && find_option(option.key) == &option &&
                       !has_key(type, option.key)) {
                report(found->second.place, display_key, display_key + " does not belong to a sink of type " + type,
                       "Remove it, or make the type " + types_with(option.key) + ".");
            }
        }
        if (auto* const http = std::get_if<sink::GlassflowHttpSettings>(&sink.settings); http != nullptr) {
            finish_http(given, display, *http);
        }
        if (auto* const otlp = std::get_if<sink::OtlpSettings>(&sink.settings); otlp != nullptr) {
            finish_otlp(given, display, *otlp);
        }
        configuration_.sinks.push_back(std::move(sink));
    }

    static bool has_key(std::string_view type, std::string_view key) {
        return std::ranges::any_of(option_table(),
                                   [&](const Option& option) { return option.key == key && option.belongs_to(type); });
    }

    // "glassflow or otlp"
    static std::string types_with(std::string_view key) {
        std::string types;
        for (const Option& option : option_table()) {
            if (option.key == key) {
                types += (types.empty() ? "" : " or ") + std::string(option.sink_type);
            }
        }
        return types;
    }

    // Empty, and reported, when there is no known type.
    std::string type_given(const GivenSink& given, const std::string& display) {
        const Option& option = *find_option("sinks[].type");
        const std::size_t before = problems_.size();
        const auto found = given.values.find("type");
        if (found == given.values.end()) {
            report(given.place, display + "type", display + "type is missing",
                   "Set it to " + expectation(option) + ".");
            return {};
        }
        set_given(option, found->second, display + "type", std::monostate());
        return problems_.size() == before && !found->second.is_broken ? found->second.items.front() : std::string();
    }

    void check_unique_name(const GivenSink& given, std::size_t index) {
        for (std::size_t i = 0; i < index && !given.name.empty(); ++i) {
            if (given_.sinks[i].name == given.name) {
                report(given.place, "sinks." + given.name + ".name", "a second sink is called " + excerpt(given.name),
                       "Give each sink a name of its own; the first is at " + given_.sinks[i].place + ".");
                return;
            }
        }
    }

    void finish_http(const GivenSink& given, const std::string& display, sink::GlassflowHttpSettings& http) {
        http.url.erase(http.url.find_last_not_of('/') + 1);
        if (is_unencrypted_remote_url(http.url)) {
            warnings_.push_back({given.place, display + "url",
                                 display + "url is not encrypted: the access token can be read on the way",
                                 "Use https:// unless the network between is yours alone."});
        }
        check_order(display + "retry_initial", http.retry_initial, display + "retry_max", http.retry_max, given.place);
    }

    void finish_otlp(const GivenSink& given, const std::string& display, sink::OtlpSettings& otlp) {
        otlp.url.erase(otlp.url.find_last_not_of('/') + 1);
        if (is_unencrypted_remote_url(otlp.url)) {
            warnings_.push_back({given.place, display + "url",
                                 display + "url is not encrypted: the events can be read on the way",
                                 "Use https:// and a proxy before the receiver, unless the network between is yours "
                                 "alone."});
        }
        const bool is_given = given.values.contains("pipeline_id") || given.values.contains("pipelines");
        const bool is_absent = std::ranges::any_of(given.values, [](const auto& value) {
            return value.second.is_broken && value.first.starts_with("pipeline");
        });
        if (!is_given || (!is_absent && otlp.pipeline_id.empty() && otlp.pipelines.empty() && problems_.empty())) {
            report(given.place, display + "pipeline_id", display + "pipeline_id and pipelines are missing",
                   "Set pipeline_id for all tables, or pipelines for one pipeline per table.");
        }
        check_order(display + "retry_initial", otlp.retry_initial, display + "retry_max", otlp.retry_max, given.place);
    }

    void check_order(const std::string& low_key, std::chrono::milliseconds low, const std::string& high_key,
                     std::chrono::milliseconds high, const std::string& place = "") {
        if (low > high) {
            report(place.empty() ? file_place() : place, high_key, high_key + " is shorter than " + low_key,
                   "Make the longest wait at least as long as the first.");
        }
    }

    // Who asks the server for less does not want it read from the tables row by row, or replaced.
    void check_changed_columns() {
        if (configuration_.source.update_columns != postgres::UpdateColumns::changed) {
            return;
        }
        for (std::size_t i = 0; i < configuration_.sinks.size(); ++i) {
            if (configuration_.sinks[i].toast.policy != delivery::UnchangedToast::omit) {
                const std::string key = "sinks." + name_of(configuration_.sinks[i]) + ".toast";
                report(given_.sinks[i].place, key, key + " is not omit, and source.update_columns is changed",
                       "Set toast: omit, and merge what arrives into the row; or source.update_columns: all.");
            }
        }
    }

    // Two writers of one file would tear each other's lines.
    void check_same_path() {
        for (std::size_t i = 0; i < configuration_.sinks.size(); ++i) {
            const auto* const file = std::get_if<sink::FileSettings>(&configuration_.sinks[i].settings);
            for (std::size_t k = 0; file != nullptr && !file->path.empty() && k < i; ++k) {
                const auto* const other = std::get_if<sink::FileSettings>(&configuration_.sinks[k].settings);
                if (other != nullptr && other->path == file->path) {
                    report(given_.sinks[i].place, "sinks." + file->name + ".path",
                           "sinks." + file->name + ".path is also that of the sink " + excerpt(other->name),
                           "Give each sink a file of its own.");
                }
            }
        }
    }

    const GivenValues& given_;
    const bool is_partial_;
    Problems& problems_;
    Problems& warnings_;
    Problems& absences_;
    Configuration configuration_;
};

}  // namespace

Configuration build_configuration(const GivenValues& given, bool is_partial, Reports reports) {
    return Builder(given, is_partial, reports).build();
}

}  // namespace glassflow::config
