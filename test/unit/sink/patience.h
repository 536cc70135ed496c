// How much slower a sanitized program may be: what tests multiply their limits of time with. The check stays what it
// is.
#pragma once

namespace glassflow::sink {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int patience = 5;
#else
inline constexpr int patience = 1;
#endif

}  // namespace glassflow::sink
