// A float -> the text Postgres prints for it (extra_float_digits = 1, its default since 12).
//
// The shortest decimal that reads back as the same float, in Postgres' own choice among those: it never takes one that
// lies exactly half-way to a neighbour, which std::to_chars does. Plain notation for exponents -4 to 14 (float4: 5),
// else d.ddde+NN; NaN, Infinity, -Infinity. Except for these three it is a JSON number, too.
#pragma once

#include <string>

namespace glassflow::format {

void append_float4(std::string& out, float value);
void append_float8(std::string& out, double value);

}  // namespace glassflow::format
