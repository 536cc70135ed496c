// What a person can set about delivery as a whole.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace glassflow::delivery {

// What a sink is told where an update left a large value in TOAST and nothing in the WAL tells it.
enum class UnchangedToast : std::uint8_t {
    omit,         // the column is absent
    placeholder,  // a text that stands for it
    reselect,     // what the row holds now, read from the table; the placeholder for tables without a key
};

struct ToastSettings {
    UnchangedToast policy = UnchangedToast::omit;
    std::string placeholder = "__unchanged__";
};

struct DeliverySettings {
    std::string state_directory = "glassflow-state";  // checkpoint and dead letters; created when missing
    std::uint64_t memory_limit_bytes = 64ull << 20;   // of all queues together
    std::uint64_t dead_letter_limit = 1000;           // of each sink; 0: none
    std::chrono::milliseconds shutdown_timeout{10'000};
};

}  // namespace glassflow::delivery
