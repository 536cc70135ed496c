// What the server looks for in glassflow.so: the magic block, what is done when the library is loaded, and the table of
// callbacks.
//
// Streaming and two-phase callbacks are absent, so the server offers neither for this plugin; without an origin filter
// it skips that question for every WAL record.
#include "callbacks.h"
#include "mask_key.h"

extern "C" {

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"
PG_MODULE_MAGIC;
#pragma GCC diagnostic pop

PGDLLEXPORT void _PG_init(void);
PGDLLEXPORT void _PG_init(void) {
    glassflow::define_mask_key();
}

PGDLLEXPORT void _PG_output_plugin_init(OutputPluginCallbacks* callbacks) {
    callbacks->startup_cb = glassflow::startup;
    callbacks->begin_cb = glassflow::begin;
    callbacks->change_cb = glassflow::change;
    callbacks->truncate_cb = glassflow::truncate;
    callbacks->message_cb = glassflow::message;
    callbacks->commit_cb = glassflow::commit;
    callbacks->shutdown_cb = glassflow::shutdown;
}

}  // extern "C"
