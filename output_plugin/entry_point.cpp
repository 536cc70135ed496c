// What the server looks for in glassflow.so: the magic block, what is done when the library is loaded, and the table of
// callbacks.
//
// Within a block of a transaction in progress and within a prepared transaction changes come like any others. There is
// no filter of what is decoded at PREPARE: the option two_phase says so for all. Without an origin filter the server
// skips that question for every WAL record.
#include "callbacks.h"
#include "mask_key.h"
#include "streaming.h"
#include "two_phase.h"

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
#if PG_VERSION_NUM >= 140000
    callbacks->stream_start_cb = glassflow::stream_start;
    callbacks->stream_stop_cb = glassflow::stream_stop;
    callbacks->stream_abort_cb = glassflow::stream_abort;
    callbacks->stream_commit_cb = glassflow::stream_commit;
    callbacks->stream_change_cb = glassflow::change;
    callbacks->stream_truncate_cb = glassflow::truncate;
    callbacks->stream_message_cb = glassflow::message;
    callbacks->stream_prepare_cb = glassflow::stream_prepare;
    callbacks->begin_prepare_cb = glassflow::begin_prepare;
    callbacks->prepare_cb = glassflow::prepare;
    callbacks->commit_prepared_cb = glassflow::commit_prepared;
    callbacks->rollback_prepared_cb = glassflow::rollback_prepared;
#endif
}

}  // extern "C"
