// Of the postmaster alone (PGC_POSTMASTER): a setting that a reload may change is written into the server's log, with
// its new value. There is no check of the value either: an error would quote it.
#include "mask_key.h"

namespace glassflow {

namespace {

constinit char* mask_key_text = nullptr;
constinit bool is_preloaded = false;

}  // namespace

void define_mask_key() {
    if (!process_shared_preload_libraries_in_progress) {
        return;
    }
    DefineCustomStringVariable(
        "glassflow.mask_key", "Secret that the output plugin hashes masked values with, and signs schema changes with.",
        nullptr, &mask_key_text, "", PGC_POSTMASTER, GUC_SUPERUSER_ONLY | GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE, nullptr,
        nullptr, nullptr);
    is_preloaded = true;
}

bool has_mask_key_setting() {
    return is_preloaded;
}

std::string_view mask_key() {
    return mask_key_text == nullptr ? std::string_view() : std::string_view(mask_key_text);
}

}  // namespace glassflow
