// std::to_chars finds the digits; what is left to do is to avoid half-way decimals and to lay the digits out.
#include "format/float_text.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace glassflow::format {

namespace {

// digits[0].digits[1..] * 10^exponent, without trailing zeros.
struct Decimal {
    char digits[20];
    int count = 0;
    int exponent = 0;
};

// An exact number odd * 2^exponent; zero is 0 * 2^0.
struct Dyadic {
    std::uint64_t odd = 0;
    int exponent = 0;

    friend bool operator==(const Dyadic&, const Dyadic&) = default;
};

Dyadic reduced(std::uint64_t number, int exponent) {
    if (number == 0)
        return {};
    const int twos = std::countr_zero(number);
    return {.odd = number >> twos, .exponent = exponent + twos};
}

template <typename Float>
struct Layout;
template <>
struct Layout<float> {
    using Bits = std::uint32_t;
    static constexpr int plain_exponents = 6;
};
template <>
struct Layout<double> {
    using Bits = std::uint64_t;
    static constexpr int plain_exponents = 15;
};

Decimal parse_scientific(std::string_view text) {
    Decimal decimal;
    std::size_t i = 0;
    for (; text[i] != 'e'; ++i) {
        if (text[i] != '.')
            decimal.digits[decimal.count++] = text[i];
    }
    while (decimal.count > 1 && decimal.digits[decimal.count - 1] == '0')
        --decimal.count;
    if (text[++i] == '+')
        ++i;
    std::from_chars(text.data() + i, text.data() + text.size(), decimal.exponent);
    return decimal;
}

// decimal as an exact binary number; nullopt when it is none, or one of more bits than a half-way point has.
std::optional<Dyadic> to_dyadic(const Decimal& decimal) {
    std::uint64_t digits = 0;
    std::from_chars(decimal.digits, decimal.digits + decimal.count, digits);
    const int exponent = decimal.exponent - (decimal.count - 1);
    const int twos = std::countr_zero(digits);
    std::uint64_t number = digits >> twos;
    for (int i = 0; i < exponent; ++i) {
        if (number > std::numeric_limits<std::uint64_t>::max() / 5)
            return std::nullopt;
        number *= 5;
    }
    for (int i = 0; i > exponent; --i) {
        if (number % 5 != 0)
            return std::nullopt;
        number /= 5;
    }
    return reduced(number, exponent + twos);
}

// Does decimal, value's shortest, lie exactly between value and one of its neighbours? value is positive and finite.
template <typename Float>
bool is_half_way(const Decimal& decimal, Float value) {
    constexpr int fraction_bits = std::numeric_limits<Float>::digits - 1;
    constexpr int bias = std::numeric_limits<Float>::max_exponent - 1 + fraction_bits;
    const std::uint64_t bits = std::bit_cast<typename Layout<Float>::Bits>(value);
    const std::uint64_t fraction = bits & ((std::uint64_t{1} << fraction_bits) - 1);
    const int biased_exponent = static_cast<int>(bits >> fraction_bits);
    const bool is_subnormal = biased_exponent == 0;
    const std::uint64_t mantissa = is_subnormal ? fraction : fraction | std::uint64_t{1} << fraction_bits;
    const int exponent = (is_subnormal ? 1 : biased_exponent) - bias;
    const auto exact = to_dyadic(decimal);
    if (!exact)
        return false;
    // Below a power of two the lower half-way point is nearer, but no power of two has its shortest decimal there.
    const auto half_way_up = reduced(2 * mantissa + 1, exponent - 1);
    const auto half_way_down = reduced(2 * mantissa - 1, exponent - 1);
    return *exact == half_way_up || *exact == half_way_down;
}

template <typename Float>
bool reads_back(std::string_view text, Float value) {
    Float read{};
    const auto result = std::from_chars(text.data(), text.data() + text.size(), read);
    return result.ec == std::errc{} && read == value;
}

template <typename Float>
Decimal shortest(Float value) {
    char text[64];
    char* const limit = text + sizeof(text);
    const auto end = std::to_chars(text, limit, value, std::chars_format::scientific).ptr;
    Decimal decimal = parse_scientific({text, end});
    for (int digits = decimal.count; is_half_way(decimal, value); ++digits) {
        const auto longer = std::to_chars(text, limit, value, std::chars_format::scientific, digits - 1).ptr;
        if (reads_back(std::string_view(text, longer), value))
            decimal = parse_scientific({text, longer});
        if (digits >= std::numeric_limits<Float>::max_digits10)
            break;  // that many always suffice
    }
    return decimal;
}

void append_plain(std::string& out, const Decimal& decimal) {
    if (decimal.exponent < 0) {
        out += "0.";
        out.append(static_cast<std::size_t>(-decimal.exponent - 1), '0');
        out.append(decimal.digits, static_cast<std::size_t>(decimal.count));
        return;
    }
    const int integer_digits = decimal.exponent + 1;
    for (int i = 0; i < integer_digits || i < decimal.count; ++i) {
        if (i == integer_digits)
            out += '.';
        out += i < decimal.count ? decimal.digits[i] : '0';
    }
}

void append_scientific(std::string& out, const Decimal& decimal) {
    out += decimal.digits[0];
    if (decimal.count > 1) {
        out += '.';
        out.append(decimal.digits + 1, static_cast<std::size_t>(decimal.count - 1));
    }
    out += decimal.exponent < 0 ? "e-" : "e+";
    const int magnitude = std::abs(decimal.exponent);
    if (magnitude < 10)
        out += '0';
    out += std::to_string(magnitude);
}

template <typename Float>
void append_float(std::string& out, Float value) {
    if (std::isnan(value)) {
        out += "NaN";
        return;
    }
    if (std::signbit(value))
        out += '-';
    const Float magnitude = std::fabs(value);
    if (std::isinf(value)) {
        out += "Infinity";
    } else if (magnitude == 0) {
        out += '0';
    } else {
        const Decimal decimal = shortest(magnitude);
        const bool is_plain = decimal.exponent >= -4 && decimal.exponent < Layout<Float>::plain_exponents;
        is_plain ? append_plain(out, decimal) : append_scientific(out, decimal);
    }
}

}  // namespace

void append_float4(std::string& out, float value) {
    append_float(out, value);
}
void append_float8(std::string& out, double value) {
    append_float(out, value);
}

}  // namespace glassflow::format
