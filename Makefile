# The front door: `make help`. PGXS builds the plugin, CMake the collector.
PG_CONFIG ?= pg_config

# --- the plugin (PGXS) -------------------------------------------------------------------------------------------
MODULE_big = glassflow
OBJS = $(patsubst %.cpp,%.o,$(sort $(wildcard output_plugin/*.cpp)))
EXTENSION = output_plugin/glassflow
DATA = $(wildcard output_plugin/glassflow--*.sql)
REGRESS = $(sort $(patsubst sql/%.sql,%,$(wildcard sql/*.sql)))

# The bitcode rule of PGXS drops our flags, and JIT has no use for an output plugin.
override with_llvm := no
# The module must need nothing but libc: docs/architecture.md says why each of these is here.
PG_CXXFLAGS = -std=c++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fvisibility=hidden -Wno-register -MMD -MP
# Up to 15 PGDLLEXPORT is empty, and hidden visibility would hide the entry points.
PG_CPPFLAGS = -DPGDLLEXPORT='__attribute__((visibility("default")))'

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

-include $(OBJS:.o=.d)
# With a C++ driver the link picks up nothing that the flags above did not already rule out.
override COMPILER = $(CXX) $(CXXFLAGS)
