// The fields that are not zero, each with its own sign; a plus where a field is positive after a negative one.
#include "format/interval_text.h"

#include <string_view>

#include "format/date_time.h"
#include "format/integer_text.h"

namespace glassflow::format {

namespace {

constexpr std::int32_t months_per_year = 12;

class IntervalWriter {
public:
    explicit IntervalWriter(std::string& out) : out_(out) {}

    void add(std::int32_t count, std::string_view unit) {
        if (count == 0)
            return;
        separate();
        if (is_after_negative_ && count > 0)
            out_ += '+';
        append_integer(out_, count);
        out_ += ' ';
        out_ += unit;
        if (count != 1)
            out_ += 's';
        is_after_negative_ = count < 0;
    }

    // Also when there is nothing else to print.
    void add_clock(std::int64_t microseconds) {
        if (microseconds == 0 && !is_empty_)
            return;
        separate();
        if (microseconds < 0)
            out_ += '-';
        else if (is_after_negative_)
            out_ += '+';
        const auto bits = static_cast<std::uint64_t>(microseconds);
        append_time(out_, microseconds < 0 ? 0 - bits : bits);
    }

private:
    void separate() {
        if (!is_empty_)
            out_ += ' ';
        is_empty_ = false;
    }

    std::string& out_;
    bool is_empty_ = true;
    bool is_after_negative_ = false;
};

}  // namespace

void append_interval(std::string& out, std::int32_t months, std::int32_t days, std::int64_t microseconds) {
    IntervalWriter writer(out);
    writer.add(months / months_per_year, "year");
    writer.add(months % months_per_year, "mon");
    writer.add(days, "day");
    writer.add_clock(microseconds);
}

}  // namespace glassflow::format
