# The front door: `make help`. PGXS builds the plugin, CMake the collector.
#
# Paths below are relative: a clone may live in a directory with a space in its name. On a machine without Postgres the
# first part is left out, so that `make deps`, and every target that begins with it, works there.
PG_CONFIG ?= pg_config
PYTHON ?= /usr/bin/python3
export PG_CONFIG PYTHON

.DEFAULT_GOAL := all

# --- the plugin (PGXS) -------------------------------------------------------------------------------------------
MODULE_big = glassflow
OBJS = $(patsubst %.cpp,%.o,$(sort $(wildcard output_plugin/*.cpp)))
EXTENSION = output_plugin/glassflow
DATA = $(wildcard output_plugin/glassflow--*.sql)
REGRESS = $(sort $(patsubst sql/%.sql,%,$(wildcard sql/*.sql)))

# The bitcode rule of PGXS drops our flags, and JIT has no use for an output plugin.
override with_llvm := no
# The module must need nothing but libc: docs/architecture.md says why each of these is here.
PG_CXXFLAGS = -std=c++20 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fvisibility=hidden -Wall -Wextra -Wno-register -MMD -MP
# Up to 15 PGDLLEXPORT is empty, and hidden visibility would hide the entry points.
PG_CPPFLAGS = -DPGDLLEXPORT='__attribute__((visibility("default")))'

PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
HAVE_PGXS := $(shell test -f "$(PGXS)" && echo yes)
ifeq ($(HAVE_PGXS),yes)
# 13 does not install their driver.
ifneq ($(wildcard $(dir $(PGXS))../test/isolation/pg_isolation_regress),)
ISOLATION = $(sort $(patsubst test/isolation/specs/%.spec,%,$(wildcard test/isolation/specs/*.spec)))
ISOLATION_OPTS = --inputdir=test/isolation --load-extension=glassflow
endif
include $(PGXS)

-include $(OBJS:.o=.d)
else
all install installcheck:
	@echo "make: error: no server headers found by '$(PG_CONFIG)'" >&2
	@echo "  Run make deps, or name a server: make PG_CONFIG=/path/to/pg_config" >&2
	@exit 1
clean:
endif

# --- the collector (CMake) ---------------------------------------------------------------------------------------
ifeq ($(HAVE_PGXS),yes)
all: collector
install: install-collector
endif
clean: clean-collector

.PHONY: collector install-collector clean-collector
collector: build/collector/build.ninja
	cmake --build build/collector --target glassflow-collector

build/collector/build.ninja:
	cmake -S . -B build/collector -G Ninja

COLLECTOR_PREFIX ?= /usr/local
install-collector: collector
	DESTDIR='$(DESTDIR)' cmake --install build/collector --prefix '$(COLLECTOR_PREFIX)'

clean-collector:
	@if [ -d .quickstart ]; then $(PYTHON) examples/quickstart/quickstart --stop; fi
	rm -rf build output_plugin/*.d .pytest_cache

# --- what a person asks for --------------------------------------------------------------------------------------
.PHONY: help deps quickstart quickstart-stop test test-regress test-unit test-integration test-mutation bench bench-plugin test-matrix test-paranoid test-sanitizers test-soak fuzz lint format docs

help:
	@echo 'make                  builds plugin and collector (PG_CONFIG= chooses the server)'
	@echo 'make deps             installs the Debian packages needed; nothing when all is there'
	@echo 'make install          installs plugin, extension and collector (DESTDIR=, COLLECTOR_PREFIX=/usr/local)'
	@echo 'make quickstart       shows it all on a private Postgres; KEEP=1 leaves it running until make quickstart-stop'
	@echo 'make test             deps, build, every test; make test-regress, test-unit, test-integration: a part of them'
	@echo 'make test-mutation    breaks important lines in a copy and sees the tests that guard them fail (minutes)'
	@echo 'make test-matrix      builds the plugin for PostgreSQL 13, 17 and 18 of other Debian suites, tests it there, and the collector on them (root; minutes at first)'
	@echo 'make test-paranoid    runs the regress suite on a PostgreSQL with assertions, without its caches, and under valgrind (half an hour)'
	@echo 'make test-sanitizers  unit and integration tests on a collector with AddressSanitizer and UndefinedBehaviorSanitizer, and on one with ThreadSanitizer; SANITIZERS=thread'
	@echo 'make test-soak        a hundred million changes filtered out, ten million rows in one transaction, a thousand random histories with kills (hours, 30 GB of disk); SOAK=interleavings'
	@echo 'make fuzz             fuzzes the option parser, glassflow.decode() and schema changes on the code of that PostgreSQL, and the collector on frames, configurations and requests; FUZZ_RUNS=10000000 for longer'
	@echo 'make bench            what the collector does in a second, into a file, over HTTP and into Kafka beside Debezium Server, see docs/benchmarks.md; BENCH="--only file"'
	@echo 'make bench-plugin     what the plugin costs the server beside others, see docs/benchmarks.md (half an hour); BENCH="--workloads a"'
	@echo 'make installcheck     sql/ and test/isolation/ against a running server'
	@echo 'make lint             include rules, exported symbols, formatting, clang-tidy, generated documents'
	@echo 'make format           clang-format over all C++'
	@echo 'make docs             writes the generated documents'
	@echo 'make clean            removes what was built'

deps:
	@packaging/deps

quickstart:
	@packaging/deps
	@$(MAKE) --no-print-directory all
	@$(PYTHON) examples/quickstart/quickstart

quickstart-stop:
	@$(PYTHON) examples/quickstart/quickstart --stop

test:
	@packaging/deps
	@$(MAKE) --no-print-directory all
	@test/run regress unit integration

# The parts, for work on one of them; they build first.
test-regress test-unit test-integration: test-%: all
	@test/run $*

test-mutation: all
	@test/services/python -m pytest test -m mutation

# The collector that reads the other servers is this machine's.
test-matrix:
	@packaging/deps
	@$(MAKE) --no-print-directory collector
	@test/matrix/run

# Both build a PostgreSQL in paranoid/ first, from Debian's source package, once; test/paranoid/server names its packages.
test-paranoid:
	@packaging/deps
	@test/paranoid/run $(PARANOID)

test-sanitizers:
	@packaging/deps
	@$(MAKE) --no-print-directory all
	@test/sanitizers/run $(SANITIZERS)

fuzz:
	@packaging/deps
	@test/fuzz/run $(FUZZ)

# Tests that are larger with GLASSFLOW_SOAK=1 than in make test; docs/reliability.md says by how much.
SOAK = memory interleavings interruptions large_transactions unwanted_flood many_tables slow_destination streaming
test-soak:
	@packaging/deps
	@$(MAKE) --no-print-directory all
	@GLASSFLOW_SOAK=1 test/services/python -m pytest $(foreach name,$(SOAK),$(wildcard test/*/test_$(name).py)) -s

bench:
	@packaging/deps
	@$(MAKE) --no-print-directory all
	@test/services/python test/benchmark/collector $(BENCH)

# Needs the plugin alone.
bench-plugin:
	@packaging/deps
	@$(MAKE) --no-print-directory glassflow.so
	@$(PYTHON) test/benchmark/plugin $(BENCH)

lint: all
	@test/lint/run

format:
	@clang-format -i $$(test/lint/sources)

docs: all
	@docs/generate
