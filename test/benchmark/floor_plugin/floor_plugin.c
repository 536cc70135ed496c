/*
 * The floor of a benchmark: an output plugin that is called for every change and writes nothing.
 *
 * What a walsender costs under it is what the server costs by itself (reading the WAL, reassembling transactions), which
 * no plugin can avoid. Never installed: the benchmark builds it and puts it into its private server.
 */
#include "postgres.h"

#include "fmgr.h"
#include "replication/logical.h"
#include "replication/output_plugin.h"

PG_MODULE_MAGIC;

extern PGDLLEXPORT void _PG_output_plugin_init(OutputPluginCallbacks *callbacks);

static int changes_since_report = 0;

static void
floor_startup(LogicalDecodingContext *ctx, OutputPluginOptions *options, bool is_init)
{
	options->output_type = OUTPUT_PLUGIN_BINARY_OUTPUT;
	options->receive_rewrites = false;
}

static void
floor_begin(LogicalDecodingContext *ctx, ReorderBufferTXN *txn)
{
}

/* Up to 15 every plugin has to report progress, or a long transaction ends in a timeout: it belongs to the floor. */
static void
floor_change(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, Relation relation, ReorderBufferChange *change)
{
#if PG_VERSION_NUM < 160000
	if (++changes_since_report >= 100)
	{
		changes_since_report = 0;
#if PG_VERSION_NUM >= 150000
		OutputPluginUpdateProgress(ctx, false);
#else
		OutputPluginUpdateProgress(ctx);
#endif
	}
#endif
}

static void
floor_commit(LogicalDecodingContext *ctx, ReorderBufferTXN *txn, XLogRecPtr commit_lsn)
{
}

void
_PG_output_plugin_init(OutputPluginCallbacks *callbacks)
{
	callbacks->startup_cb = floor_startup;
	callbacks->begin_cb = floor_begin;
	callbacks->change_cb = floor_change;
	callbacks->commit_cb = floor_commit;
}
