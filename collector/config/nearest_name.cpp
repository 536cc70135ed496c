// Edit distance with neighbouring letters swapped as one edit (optimal string alignment), the commonest typing error.
#include "config/nearest_name.h"

#include <algorithm>
#include <vector>

namespace glassflow::config {
namespace {

std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> before_previous(right.size() + 1);
    std::vector<std::size_t> previous(right.size() + 1);
    std::vector<std::size_t> current(right.size() + 1);
    for (std::size_t k = 0; k <= right.size(); ++k) {
        previous[k] = k;
    }
    for (std::size_t i = 1; i <= left.size(); ++i) {
        current[0] = i;
        for (std::size_t k = 1; k <= right.size(); ++k) {
            const std::size_t replaced = previous[k - 1] + (left[i - 1] == right[k - 1] ? 0 : 1);
            current[k] = std::min({previous[k] + 1, current[k - 1] + 1, replaced});
            if (i > 1 && k > 1 && left[i - 1] == right[k - 2] && left[i - 2] == right[k - 1]) {
                current[k] = std::min(current[k], before_previous[k - 2] + 1);
            }
        }
        before_previous.swap(previous);
        previous.swap(current);
    }
    return previous[right.size()];
}

}  // namespace

std::string nearest_name(std::string_view name, std::span<const std::string> known) {
    constexpr std::size_t longest_name = 128;  // hostile names cost nothing
    std::string nearest;
    std::size_t nearest_distance = 3;
    if (name.size() > longest_name) {
        return nearest;
    }
    for (const std::string& candidate : known) {
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < nearest_distance && distance * 2 < candidate.size()) {
            nearest = candidate;
            nearest_distance = distance;
        }
    }
    return nearest;
}

}  // namespace glassflow::config
