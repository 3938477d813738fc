# TrainCape CRM: what can be made here. `make` alone lists the targets.
#
# Everything built lies in build/ (build-asan/, build-tsan/, build-clang/ with BUILD=…), everything that runs in run/.
# The suites of `make test` are listed once, in SUITES; each is a target of its own too.

.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS := $(MAKEFLAGS) --no-builtin-rules --no-print-directory -j$(or $(JOBS),$(shell nproc))
.DELETE_ON_ERROR:
.SUFFIXES:

PYTHON := /usr/bin/python3
STACK := component/stack/stack
SUITES := test-e2e test-fault test-unit test-stack test-web test-operated test-profanity test-prosody lint test-sql

# ---------------------------------------------------------------- build variants
BUILD ?=
B := build$(if $(BUILD),-$(BUILD))
GEN := build/gen
CC := gcc
OPTIMIZE := -O2
ifeq ($(BUILD),asan)
VARIANT := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPTIMIZE := -O1
else ifeq ($(BUILD),tsan)
VARIANT := -fsanitize=thread
OPTIMIZE := -O1
else ifeq ($(BUILD),clang)
CC := clang
else ifeq ($(BUILD),fuzz)
CC := clang
VARIANT := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
OPTIMIZE := -O1
else ifneq ($(BUILD),)
$(error BUILD=$(BUILD) is not known: use asan, tsan, clang, fuzz or nothing)
endif

# ---------------------------------------------------------------- compiler (= is lazy: packages come first)
LIBRARIES := libstrophe expat libpq inih libcrypto libsystemd libzip libcurl xlsxwriter
INCLUDES = -Icomponent -I. -I$(GEN)
CPPFLAGS = -D_GNU_SOURCE= $(INCLUDES) $(shell pkg-config --cflags $(LIBRARIES))
# gcc's guess at truncation: cutting is what snprintf is used for, and where it matters its result is checked.
WARNINGS := -Wall -Wextra -Werror $(if $(filter gcc,$(CC)),-Wno-format-truncation)
CFLAGS = -std=c17 $(WARNINGS) $(OPTIMIZE) -g -pthread $(VARIANT)
LDLIBS = $(shell pkg-config --libs $(LIBRARIES)) -pthread -lm

# ---------------------------------------------------------------- sources
GENERATOR := component/db/querygen.c
QUERIES := $(sort $(wildcard schema/queries/*.sql))
SOURCES := $(filter-out $(GENERATOR),$(sort $(wildcard component/*.c component/*/*.c bots/*.c bots/*/*.c)))
GENERATED := $(if $(wildcard $(GENERATOR)),$(GEN)/queries.c)
OBJECTS := $(SOURCES:%.c=$B/obj/%.o) $(GENERATED:build/gen/%.c=$B/obj/gen/%.o)
PROGRAMS := main crmctl
LIBRARY := $B/libcrm.a
UNIT_TESTS := $(sort $(wildcard tests/unit/*_test.c tests/unit/*/*_test.c))
UNIT_PROGRAMS := $(UNIT_TESTS:tests/unit/%.c=$B/unit/%)
TORTURE_WRAP := -DTORTURE_WRAP -Xlinker --wrap=malloc -Xlinker --wrap=calloc -Xlinker --wrap=realloc
FUZZ_SHARED := tests/fuzz/fuzz.c tests/fuzz/replay.c tests/fuzz/torture.c
FUZZ_NAMES := $(basename $(notdir $(filter-out $(FUZZ_SHARED),$(sort $(wildcard tests/fuzz/*.c)))))
FUZZ_REPLAYS := $(FUZZ_NAMES:%=$B/replay/%) $(FUZZ_NAMES:%=$B/torture/%)
C_FILES := $(SOURCES) $(wildcard $(GENERATOR)) $(sort $(shell find tests -name '*.c' -not -path '*/node_modules/*' 2>/dev/null))
H_FILES := $(sort $(wildcard component/*/*.h bots/*.h bots/*/*.h) $(shell find tests -name '*.h' -not -path '*/node_modules/*' 2>/dev/null))

MAKEFILES_HERE := Makefile component/operate/install.mk
.PHONY: help
help: ## list the targets
	@echo 'TrainCape CRM. Targets:'
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/\1@\2/p' $(MAKEFILES_HERE) | while IFS=@ read -r name text; do printf '  make %-13s %s\n' "$$name" "$$text"; done
	@echo 'Options: BIND=0.0.0.0 HOST=192.168.1.5 (make run, for the local network), C2S_PORT= HTTP_PORT= HTTPS_PORT='
	@echo '         COMPONENT_PORT= (make run), BUILD=asan|tsan|clang (anything built), KILLS=n (make test-fault),'
	@echo '         SECONDS=n TARGET=name (make fuzz)'

# ---------------------------------------------------------------- run
.PHONY: run stop build web packages packages-test clean
RUN_OPTIONS = $(if $(BIND),--bind $(BIND)) $(if $(HOST),--host $(HOST)) $(if $(DOMAIN),--domain $(DOMAIN)) \
	$(if $(C2S_PORT),--c2s-port $(C2S_PORT)) $(if $(HTTP_PORT),--http-port $(HTTP_PORT)) \
	$(if $(HTTPS_PORT),--https-port $(HTTPS_PORT)) $(if $(COMPONENT_PORT),--component-port $(COMPONENT_PORT))

run: build web ## install what is missing, build, and run the whole demo until Ctrl-C
	@exec $(STACK) run run --build $B --demo $(RUN_OPTIONS)

stop: ## stop a demo that runs in another terminal
	@exec $(STACK) stop run

packages: # only what is missing; no network and no rights needed when nothing is
	@component/stack/install run

packages-test:
	@component/stack/install run test

# ---------------------------------------------------------------- the component
build: $B/crmd $B/crmctl ## build the component (BUILD=asan|tsan|clang for the others)

$B/crmd: $B/obj/component/main.o $(LIBRARY)
	@echo '  link $@'
	@$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

$B/crmctl: $B/obj/component/crmctl.o $(LIBRARY)
	@echo '  link $@'
	@$(CC) $(CFLAGS) -o $@ $^ $(LDLIBS)

$(LIBRARY): $(filter-out $(PROGRAMS:%=$B/obj/component/%.o),$(OBJECTS))
	@rm -f $@
	@ar rcs $@ $^

$B/obj/gen/%.o: $(GEN)/%.c Makefile
	@mkdir -p $(@D)
	@echo '  cc $<'
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# queries.h has to be there before the first compilation; after that the .d files know who reads it.
$B/obj/%.o: %.c Makefile | packages $(GENERATED)
	@mkdir -p $(@D)
	@echo '  cc $<'
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

build/host/querygen: $(GENERATOR) Makefile | packages
	@mkdir -p $(@D)
	@echo '  cc $<'
	@gcc -D_GNU_SOURCE= -Icomponent -std=c17 -Wall -Wextra -Werror -O1 -g -o $@ $<

$(GEN)/queries.c: build/host/querygen $(QUERIES)
	@mkdir -p $(@D)
	@echo '  querygen schema/queries'
	@build/host/querygen $(GEN) $(QUERIES)

-include $(OBJECTS:.o=.d) $(UNIT_PROGRAMS:=.d) $(FUZZ_REPLAYS:=.d)

# ---------------------------------------------------------------- the web files (web/build asks npm only when the lockfile changed)
ifneq ($(wildcard web/package-lock.json),)
WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*')
web: build/web-built ## build the web files
build/web-built: $(WEB_SOURCES) | packages
	@web/build
	@mkdir -p build && touch $@
endif

include component/operate/install.mk

# ---------------------------------------------------------------- tests
# tests/tools/suite runs one suite and writes down what it counted; tests/tools/all runs them all and adds up.
.PHONY: test $(SUITES) test-clients unit-programs
SUITE := tests/tools/suite
PYTEST = $(PYTHON) -m pytest -o "cache_dir=$(CURDIR)/build/pytest/$@"
export CRM_BUILD := $B
export BUILD KILLS

test: packages-test ## install what the tests need and run every suite
	@tests/tools/all $(SUITES)

test-unit: unit-programs ## the C modules, each alone (cmocka); those of db/ with a cluster
	@$(SUITE) $@ tap tests/tools/with-postgres tests/tools/programs $(UNIT_PROGRAMS) $(FUZZ_REPLAYS)

.PHONY: programs
programs: build web unit-programs $B/torture-daemon/crmd $B/next-release/crmd # all that any suite runs

unit-programs: $(UNIT_PROGRAMS) $(FUZZ_REPLAYS)

.PHONY: golden
golden: $B/unit/golden_test ## write tests/golden anew (the table, forms and help), to be looked at in the diff
	CRM_GOLDEN=write $B/unit/golden_test

.PHONY: commands
commands: build ## write the table of commands in README.md anew
	tests/lint/commands --write

$B/unit/%: tests/unit/%.c $(LIBRARY) Makefile
	@mkdir -p $(@D)
	@echo '  cc $<'
	@$(CC) $(CPPFLAGS) -Itests/unit $(CFLAGS) -MMD -MP -MF $@.d -o $@ $< $(LIBRARY) $(LDLIBS) $$(pkg-config --libs cmocka)

# ---------------------------------------------------------------- fuzzing: each target twice, with libFuzzer and as a test of its corpus
.PHONY: fuzz fuzz-programs
fuzz: packages-test ## invent inputs for each parser (SECONDS=600 each, TARGET=money for one)
	@$(MAKE) BUILD=fuzz fuzz-programs
	@SECONDS_EACH=$(or $(SECONDS),60) tests/fuzz/run build-fuzz/fuzz $(or $(TARGET),$(FUZZ_NAMES))

fuzz-programs: $(FUZZ_NAMES:%=$B/fuzz/%)

$B/fuzz/%: tests/fuzz/%.c tests/fuzz/fuzz.c tests/fuzz/fuzz.h $(LIBRARY) Makefile
	@mkdir -p $(@D)
	@echo '  cc $<'
	@$(CC) $(CPPFLAGS) $(CFLAGS) -fsanitize=fuzzer -o $@ $< tests/fuzz/fuzz.c $(LIBRARY) $(LDLIBS)

$B/replay/%: tests/fuzz/%.c tests/fuzz/fuzz.c tests/fuzz/replay.c $(LIBRARY) Makefile
	@mkdir -p $(@D)
	@echo '  cc $<'
	@$(CC) $(CPPFLAGS) $(CFLAGS) -DFUZZ_TARGET='"$*"' -MMD -MP -MF $@.d -o $@ $(filter %.c,$^) $(LIBRARY) $(LDLIBS)

$B/torture/%: tests/fuzz/%.c tests/fuzz/fuzz.c tests/fuzz/torture.c $(LIBRARY) Makefile
	@mkdir -p $(@D)
	@echo '  cc $<'
	@$(CC) $(CPPFLAGS) $(CFLAGS) -DFUZZ_TARGET='"$*"' $(if $(VARIANT),$(TORTURE_WRAP)) \
		-MMD -MP -MF $@.d -o $@ $(filter %.c,$^) $(LIBRARY) $(LDLIBS)

test-sql: packages ## the schema on its own (pgTAP)
	@$(SUITE) $@ tap tests/tools/with-postgres tests/sql/run

test-stack: build ## make run's machinery: prepare, start, busy ports, full disks, awkward folders
	@$(SUITE) $@ pytest $(PYTEST) tests/stack

test-e2e: build web ## end to end, with an independent XMPP client
	@$(SUITE) $@ pytest $(PYTEST) tests/e2e

test-prosody: build ## our Prosody modules
	@$(SUITE) $@ pytest $(PYTEST) tests/prosody

test-web: build web ## the website in a browser, against a fake server and the real stack
	@$(SUITE) $@ node tests/tools/with-stack tests/web/run

test-operated: build web ## what an operator does: check, reload, install, back up, restore
	@$(SUITE) $@ pytest $(PYTEST) tests/operated

# crmd whose allocations a test can make fail
$B/torture-daemon/crmd: tests/fault/fail_allocation.c tests/fuzz/interposed_malloc.h $B/obj/component/main.o $(LIBRARY) | $B/crmctl
	@mkdir -p $(@D)
	@echo '  link $@'
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(if $(VARIANT),$(TORTURE_WRAP)) -o $@ $(filter-out %.h,$^) $(LDLIBS)
	@cp $B/crmctl $(@D)/

# crmd as the next release has it: one migration on, and nothing else
$B/next-release/crmd: component/db/schema.h component/db/schema.c component/daemon/check.c $B/crmd
	@mkdir -p $(@D)/db
	@echo '  link $@'
	@awk '/SCHEMA_VERSION = / { sub(/[0-9]+/, $$5 + 1) } { print }' $< >$(@D)/db/schema.h
	@$(CC) -I$(@D) $(CPPFLAGS) $(CFLAGS) -o $@ $(filter %.c,$^) $B/obj/component/main.o $(LIBRARY) $(LDLIBS)
	@cp $B/crmctl $(@D)/

test-fault: build $B/torture-daemon/crmd $B/next-release/crmd ## kill -9 under traffic (KILLS=200 for the long run)
	@$(SUITE) $@ pytest $(PYTEST) tests/fault

test-profanity: build ## every command with a form, driven in profanity in a terminal
	@$(SUITE) $@ pytest $(PYTEST) tests/clients/test_profanity.py

test-clients: packages-test build ## real clients: profanity in tmux, and Gajim under Xvfb (not part of make test)
	@$(SUITE) $@ pytest $(PYTEST) tests/clients

.PHONY: test-tsan
test-tsan: packages-test ## every suite that runs crmd, under ThreadSanitizer (some 40 minutes; not part of make test)
	@BUILD=tsan tests/tools/all test-unit test-e2e test-prosody test-operated test-fault

# ---------------------------------------------------------------- benchmarks (tests/bench/README.md); figures in build/bench.json
BENCH_GROUPS := relay command flood connect leads import polls
BENCH_PROGRAMS := build/bench/load build/bench/relay
.PHONY: bench $(BENCH_GROUPS:%=bench-%)
bench: packages packages-test build web $(BENCH_PROGRAMS) ## measure everything, against goals (half an hour)
	@$(PYTHON) tests/bench/bench $(BENCH_GROUPS)

bench-relay: packages build web $(BENCH_PROGRAMS) ## measure conversations, against a bare relay and Socket.IO (under 5 minutes)
bench-command bench-connect bench-leads bench-import bench-polls: packages build web $(BENCH_PROGRAMS)
bench-flood: packages-test build web ## measure how much a conversation slows down while a stranger floods (build/bench-flood.json)
$(BENCH_GROUPS:%=bench-%): bench-%:
	@$(PYTHON) tests/bench/bench $*

.PHONY: bench-table
bench-table: ## write what was measured last into README.md
	@$(PYTHON) tests/bench/bench --readme

build/bench/load: $(wildcard tests/bench/load/*.c tests/bench/load/*.h) Makefile
	@mkdir -p $(@D)
	@echo '  link $@'
	@$(CC) -D_GNU_SOURCE= $(CFLAGS) -o $@ $(filter %.c,$^) $$(pkg-config --libs expat libssl libcrypto)

build/bench/relay: tests/bench/relay.c Makefile
	@mkdir -p $(@D)
	@echo '  link $@'
	@$(CC) -D_GNU_SOURCE= $(CFLAGS) -o $@ $< $$(pkg-config --libs libstrophe)

# ---------------------------------------------------------------- lint
lint: build $(GENERATED) ## format, clang-tidy (with clang's own warnings), layers, shell and Lua
	@$(SUITE) $@ tap tests/lint/all

# How many states of a function clang's analyzer looks at: its own limit is 225000, and what lies behind the first 60000
# takes two thirds of its time. `make tidy ANALYZER_NODES=225000` before a release, from a clean build/tidy.
ANALYZER_NODES ?= 60000
.PHONY: tidy
tidy: $(patsubst %.c,build/tidy/%.ok,$(SOURCES))
build/tidy/%.ok: %.c .clang-tidy | $(GENERATED)
	@mkdir -p $(@D)
	@clang-tidy --quiet $< -- $(CPPFLAGS) -std=c17 -Wall -Wextra -Xclang -analyzer-config -Xclang max-nodes=$(ANALYZER_NODES) 2> >(grep -v 'warnings generated' >&2)
	@touch $@

.PHONY: format
format: ## lay out the C files as .clang-format says
	clang-format -i $(C_FILES) $(H_FILES)

.PHONY: c-files
c-files:
	@printf '%s\n' $(C_FILES) $(H_FILES)

clean: ## remove what was built (run/ with its data stays)
	rm -rf build build-asan build-tsan build-clang build-fuzz web/dist web/node_modules
