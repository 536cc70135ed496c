#include "glassflow/table_plan.h"

#include <algorithm>
#include <array>
#include <map>

#include "glassflow/names.h"
#include "glassflow/type_mapping.h"

namespace glassflow::etl {

namespace {

using postgres::ColumnDescription;
using postgres::TableDescription;

// What the events carry beside columns, and what ClickHouse will not have as a column of a MergeTree.
constexpr std::array<std::string_view, 8> flat_fields = {"_op",     "_event_id", "_version",   "_is_deleted",
                                                         "_schema", "_table",    "_commit_ts", "_xid"};
constexpr const char* row_exists = "_row_exists";

constexpr std::string_view date_pattern = "^(19|20|21|22)[0-9]{2}-[0-9]{2}-[0-9]{2}$";
constexpr std::string_view timestamp_pattern = "^((19|20|21)[0-9]{2}|22[0-5][0-9]|226[01])-[0-9]{2}-[0-9]{2}T";
constexpr std::string_view flat_note = "What the type cannot hold becomes the nearest that it can, NaN zero.";
constexpr std::string_view real4_max = "3.4028234663852886e38";  // the sink refuses what rounds to it from above

std::string shown(const TableDescription& table) {
    return shown_name(table.schema + "." + table.name);
}

// GlassFlow looks such fields up by a path: these characters would be parts of one.
bool is_flat_field(std::string_view name) {
    const auto is_allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == ' ' || static_cast<unsigned char>(c) >= 0x80;
    };
    const bool is_number = std::ranges::all_of(name, [](char c) { return (c >= '0' && c <= '9') || c == '-'; });
    return !name.empty() && !is_number && std::ranges::all_of(name, is_allowed);
}

class Planner {
public:
    Planner(const TableDescription& table, EventForm form, const PipelineSettings& settings)
        : table_(table), form_(form), settings_(settings) {}

    TablePlan plan() {
        plan_.schema = table_.schema;
        plan_.table = table_.name;
        plan_.form = form_;
        plan_.id = pipeline_id(settings_.id_prefix, table_.schema, table_.name);
        plan_.title = "Postgres " + shown(table_);
        plan_.target = clickhouse_name(table_.schema == "public" ? table_.name : table_.schema + "_" + table_.name);
        if (table_.columns.empty())
            throw PlanError("table " + shown(table_) + " has no columns: there is nothing to map",
                            "Leave it out, or give it columns.");
        check_key();
        columns_.reserve(row_exists);
        plan_.version = columns_.take("_version");
        plan_.deleted = columns_.take("_is_deleted");
        outputs_.reserve("_version");
        outputs_.reserve("_is_deleted");
        for (std::size_t i = 0; i < table_.columns.size(); ++i)
            plan_column(i);
        plan_decimals();
        plan_.key = table_.key;
        note_all();
        return std::move(plan_);
    }

private:
    bool is_key(std::size_t position) const { return std::ranges::find(table_.key, position) != table_.key.end(); }

    void check_key() {
        if (!table_.key.empty())
            return;
        if (settings_.keyless_tables == KeylessTables::refuse)
            throw PlanError(
                "table " + shown(table_) + " has no key that tells its rows apart",
                "Give it a primary key or a replica identity index, or set pipeline.keyless_tables: history.");
        plan_.notes.push_back(
            "It has no key: ClickHouse keeps one row per change (MergeTree in the order of versions), not the latest "
            "of "
            "each row. Give it a primary key to get those.");
    }

    // A key must tell rows apart in ClickHouse as it does in Postgres: values that a typed column cannot hold would
    // fall together, so these types are text there.
    TypeMapping mapping(std::size_t position) const {
        const postgres::ColumnType& type = table_.columns[position].type;
        PipelineSettings settings = settings_;
        if (is_key(position)) {
            settings.arrays = ArrayColumns::text;
            settings.enums = settings.enums == EnumColumns::native ? EnumColumns::low_cardinality : settings.enums;
        }
        TypeMapping mapping = mapping_of(type, settings);
        // Without a transform, what comes as text stays text.
        if (form_ == EventForm::flat && mapping.flat_type == "string" && mapping.hint.starts_with("UInt"))
            mapping.hint = mapping.column = "String";
        return mapping;
    }

    void plan_column(std::size_t position) {
        const ColumnDescription& description = table_.columns[position];
        const TypeMapping mapping = this->mapping(position);
        ColumnPlan column;
        column.source = form_ == EventForm::flat ? flat_name(description.name) : description.name;
        column.postgres_type = description.type.text;
        column.column = columns_.take(clickhouse_name(description.name));
        if (column.column != description.name)
            plan_.notes.push_back("Column \"" + shown_name(description.name) + "\" is called \"" + column.column +
                                  "\" in ClickHouse.");
        const std::string plain = plain_identifier(description.name);
        column.output = outputs_.take(plain.empty() ? "column_" + std::to_string(position + 1) : plain);
        column.output_type = output_type_of(mapping);
        column.flat_type = mapping.flat_type;
        column.hint = hint(mapping, description.type);
        set_type(column, mapping, position);
        column.expression = expression(column, mapping, position);
        check_flat(description.name);
        const std::string_view note = form_ == EventForm::flat && mapping.is_lossy ? flat_note : mapping.note;
        if (!note.empty())
            notes_[std::string(note)].push_back(shown_name(description.name));
        note_key(description, mapping, position);
        plan_.columns.push_back(std::move(column));
    }

    // As the form does: a column that has the name of a field gets underscores at its end.
    std::string flat_name(std::string name) const {
        if (std::ranges::find(flat_fields, name) == flat_fields.end())
            return name;
        do
            name += '_';
        while (std::ranges::find(table_.columns, name, &ColumnDescription::name) != table_.columns.end());
        return name;
    }

    void check_flat(const std::string& name) const {
        if (form_ == EventForm::flat && !is_flat_field(name))
            throw PlanError("column \"" + shown_name(name) + "\" of table " + shown(table_) +
                                " has a name that GlassFlow cannot look up in form flat",
                            "Use form envelope, which can name any column, or rename the column.");
    }

    static std::string element_hint(const postgres::ColumnType& element) {
        static const std::map<std::string_view, std::string> kept = {
            {"bool", "Bool"}, {"int2", "Int16"}, {"int4", "Int32"}, {"float4", "Float32"}, {"float8", "Float64"}};
        const auto found = kept.find(element.name);
        return found != kept.end() && element.is_built_in() && !element.is_domain ? found->second : "String";
    }

    static std::string hint(const TypeMapping& mapping, const postgres::ColumnType& type) {
        if (mapping.conversion == Conversion::label)
            return type.labels.size() <= 127 ? "Enum8" : "Enum16";
        return mapping.hint == "Array(T)" ? "Array(" + element_hint(type.elements.front()) + ")"
                                          : std::string(mapping.hint);
    }

    // History tables hold deletes as rows, which have a key at most.
    bool is_nullable(const TypeMapping& mapping, std::size_t position) const {
        if (form_ == EventForm::flat || mapping.hint == "Array(T)" || is_key(position))
            return false;
        return !table_.columns[position].is_not_null || mapping.is_lossy || table_.key.empty();
    }

    void set_type(ColumnPlan& column, const TypeMapping& mapping, std::size_t position) const {
        const postgres::ColumnType& type = table_.columns[position].type;
        const bool is_nullable = this->is_nullable(mapping, position);
        std::string base(mapping.column);
        if (is_key_as_text(mapping, position)) {
            column.hint = "String";
            column.output_type = "bytes";
            base = "String";
        } else if (mapping.conversion == Conversion::label) {
            base = enum_type(type.labels);
        } else if (mapping.hint == "Array(T)") {
            column.type = "Array(Nullable(" + element_hint(type.elements.front()) + "))";
            return;
        }
        if (base == "LowCardinality(String)")
            column.type = is_nullable ? "LowCardinality(Nullable(String))" : base;
        else
            column.type = is_nullable ? "Nullable(" + base + ")" : base;
    }

    static std::string enum_type(const std::vector<std::string>& labels) {
        std::string type = labels.size() <= 127 ? "Enum8(" : "Enum16(";
        for (std::size_t i = 0; i < labels.size(); ++i)
            type += (i == 0 ? "" : ", ") + quote_string(labels[i]) + " = " + std::to_string(i + 1);
        return type + ")";
    }

    // In form flat the form itself has sentinels for what a typed column cannot hold.
    bool is_key_as_text(const TypeMapping& mapping, std::size_t position) const {
        return form_ != EventForm::flat && is_key(position) &&
               (mapping.conversion == Conversion::real4 || mapping.conversion == Conversion::real8 ||
                mapping.conversion == Conversion::wide_unsigned);
    }

    std::string expression(const ColumnPlan& column, const TypeMapping& mapping, std::size_t position) const {
        const std::string field =
            expression_field(form_ == EventForm::row ? "fromJSON(body)" : "data", table_.columns[position].name);
        // A deleted row is its key: the other columns that are never NULL get their zero, which nobody sees.
        const std::string zero =
            column.type.starts_with("Nullable") || column.type.starts_with("LowCardinality(Nullable") ||
                    column.type.starts_with("Array") || is_key(position)
                ? std::string()
                : std::string(form_ == EventForm::row ? "severity_text == \"DELETE\"" : "_op == \"d\"") + " ? " +
                      zero_of(column.type) + " : ";
        const std::string let = "let v = " + field + "; " + zero;
        if (is_key_as_text(mapping, position))
            return let + "type(v) in [\"nil\", \"string\"] ? v : toJSON(v)";
        switch (mapping.conversion) {
            case Conversion::integer:
                return let + "v == nil ? nil : int(v)";
            case Conversion::wide_unsigned:
                return let +
                       "type(v) == \"string\" && (len(v) < 19 || len(v) == 19 && v <= \"9223372036854775807\") ? "
                       "int(v) : nil";
            case Conversion::real4:
                return let + "type(v) == \"float\" ? max(min(v, " + std::string(real4_max) + "), -" +
                       std::string(real4_max) + ") : nil";
            case Conversion::real8:
                return let + "type(v) == \"float\" ? v : nil";
            case Conversion::date:
                return let + dated(date_pattern, position, "1900-01-01", "2299-12-31");
            case Conversion::timestamp:
                return let + dated(timestamp_pattern, position, "1900-01-01T00:00:00Z", "2261-12-31T23:59:59.999999Z");
            case Conversion::label:
                return let + "v in " + labels(table_.columns[position].type.labels) + " ? v : nil";
            case Conversion::array:
                return let + array(column);
            case Conversion::as_is:
                break;
        }
        // The sink may be set to send arrays as JSON arrays.
        const bool is_array = table_.columns[position].type.is_array();
        return is_array ? let + "type(v) in [\"nil\", \"string\"] ? v : toJSON(v)" : zero + field;
    }

    static std::string zero_of(const std::string& type) {
        if (type == "Bool")
            return "false";
        if (type == "UUID")
            return "\"00000000-0000-0000-0000-000000000000\"";
        return type.find("Int") != std::string::npos ? "0" : "\"\"";
    }

    // A key column has no NULL: what is out of its range becomes the end of the range.
    std::string dated(std::string_view pattern, std::size_t position, std::string_view first,
                      std::string_view last) const {
        const std::string fits = "type(v) == \"string\" && v matches " + expression_string(pattern) + " ? v : ";
        if (!is_key(position))
            return fits + "nil";
        return fits + "v == nil ? nil : v == \"-infinity\" || v endsWith \"BC\" || v matches \"^[01][0-9]{3}-\" ? " +
               expression_string(first) + " : " + expression_string(last);
    }

    static std::string labels(const std::vector<std::string>& labels) {
        std::string list = "[";
        for (std::size_t i = 0; i < labels.size(); ++i)
            list += (i == 0 ? "" : ", ") + expression_string(labels[i]);
        return list + "]";
    }

    // The event has JSON text; numbers that JSON cannot say are strings in it.
    static std::string array(const ColumnPlan& column) {
        const std::string list = "(type(v) == \"string\" ? fromJSON(v) : v)";
        const std::string empty = "v == nil ? [] : ";
        if (column.hint == "Array(String)")
            return empty + "map(" + list + ", type(#) in [\"nil\", \"string\"] ? # : toJSON(#))";
        const bool is_real = column.hint.starts_with("Array(Float");
        return empty + (is_real ? "map(" + list + ", type(#) == \"float\" ? # : nil)" : list);
    }

    void note_key(const ColumnDescription& description, const TypeMapping& mapping, std::size_t position) {
        if (!is_key(position) || form_ == EventForm::flat)
            return;
        const std::string column = "Key column \"" + shown_name(description.name) + "\"";
        int precision = 0;
        int scale = 0;
        if (mapping.conversion == Conversion::date || mapping.conversion == Conversion::timestamp)
            plan_.notes.push_back(column +
                                  ": values out of range become the end of the range, so that rows that differ in "
                                  "nothing else fall together.");
        else if (is_key_as_text(mapping, position))
            plan_.notes.push_back(column + " is text in ClickHouse, so that every value of it tells rows apart.");
        else if (description.type.name == "citext" ||
                 (description.type.name == "numeric" && !decimal_of(description.type, precision, scale)))
            plan_.notes.push_back(column +
                                  ": Postgres takes values for equal that differ as text (1.0 and 1.00, a and A); "
                                  "ClickHouse tells them apart.");
    }

    void plan_decimals() {
        if (!settings_.decimal_columns)
            return;
        for (std::size_t i = 0; i < plan_.columns.size(); ++i) {
            ColumnPlan& column = plan_.columns[i];
            int precision = 0;
            int scale = 0;
            if (!decimal_of(table_.columns[i].type, precision, scale))
                continue;
            column.decimal = columns_.take(column.column + "_decimal");
            const int bits = precision <= 9 ? 32 : precision <= 18 ? 64 : precision <= 38 ? 128 : 256;
            column.decimal_type = "Nullable(Decimal(" + std::to_string(precision) + ", " + std::to_string(scale) + "))";
            column.decimal_expression = "toDecimal" + std::to_string(bits) + "OrNull(" + quote_name(column.column) +
                                        ", " + std::to_string(scale) + ")";
        }
    }

    // What concerns many columns is said once, of all of them.
    void note_all() {
        constexpr std::size_t named_max = 12;
        for (const auto& [note, names] : notes_) {
            std::string columns;
            for (std::size_t i = 0; i < std::min(names.size(), named_max); ++i)
                columns += (i == 0 ? "" : ", ") + names[i];
            if (names.size() > named_max)
                columns += " and " + std::to_string(names.size() - named_max) + " more";
            plan_.notes.push_back(columns + ": " + note);
        }
        if (form_ == EventForm::flat)
            plan_.notes.push_back("Form flat has no NULL: it becomes the zero of each type.");
        if (table_.identity == 'n')
            plan_.notes.push_back(
                "Its replica identity is NOTHING: Postgres does not log which rows are updated or deleted.");
    }

    const TableDescription& table_;
    const EventForm form_;
    const PipelineSettings& settings_;
    TablePlan plan_;
    UniqueNames columns_;
    UniqueNames outputs_;
    std::map<std::string, std::vector<std::string>> notes_;  // by note: the columns
};

}  // namespace

TablePlan plan_table(const TableDescription& table, EventForm form, const PipelineSettings& settings) {
    return Planner(table, form, settings).plan();
}

Plans plan_tables(const std::vector<TableDescription>& tables, EventForm form, const PipelineSettings& settings) {
    Plans result;
    std::map<std::string, std::string> targets;  // -> whose it is
    std::map<std::string, std::string> ids;
    const auto add = [&](const TableDescription& table) {
        TablePlan plan = plan_table(table, form, settings);
        const auto [target, is_new] = targets.try_emplace(plan.target, shown(table));
        if (!is_new)
            throw PlanError("tables " + target->second + " and " + shown(table) +
                                " would both become the ClickHouse table " + plan.target,
                            "Write them one at a time into different databases (pipeline.clickhouse_database).");
        if (!ids.try_emplace(plan.id, shown(table)).second) {
            plan.id = pipeline_id(settings.id_prefix, table.schema, table.name, true);
            if (!ids.try_emplace(plan.id, shown(table)).second)
                throw PlanError(
                    "tables " + ids[plan.id] + " and " + shown(table) + " have the same pipeline id " + plan.id,
                    "Write them one at a time with a pipeline.id_prefix each.");
        }
        result.plans.push_back(std::move(plan));
    };
    for (const TableDescription& table : tables) {
        try {
            add(table);
        } catch (const PlanError& error) {
            result.refusals.push_back(error);
        }
    }
    return result;
}

}  // namespace glassflow::etl
