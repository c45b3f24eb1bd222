# SPDX-License-Identifier: MIT
#
# onayd: the floors of the house and how they are built. `make help` lists the targets.

# ---- the house -------------------------------------------------------------------------------
# A floor may include, and links with, what stands on its line; nothing else. `make lint` proves
# it twice: every #include is checked against these lines, and each floor links whole with them.

FLOORS        := core pkcs11 xades fetch session api daemon onay
uses_core     :=
uses_pkcs11   := core
uses_xades    := core
uses_fetch    := core
uses_session  := xades pkcs11 fetch core
uses_api      := session xades pkcs11 fetch core
uses_daemon   := api session xades pkcs11 fetch core
uses_onay     := api session xades pkcs11 fetch core

# Foreign libraries by floor (pkg-config names). Their types stop at the floor's wall.
needs_core    := libcrypto
needs_pkcs11  := p11-kit-1 libpcsclite libidn2 libcrypto
needs_xades   := libxml-2.0 libcrypto
needs_fetch   := libcurl libseccomp libcrypto
needs_session := sqlite3
needs_api     := libmicrohttpd json-c
needs_daemon  := libseccomp
needs_onay    := json-c libcurl sqlite3

# Not of the house, but built of its ground: fixtures/card and fixtures/portal, tested (tests/card,
# tests/portal) like floors, and fixtures/services.
uses_card      := core
needs_card     := libcrypto
uses_services  := core
needs_services := libmicrohttpd libcrypto
uses_portal    := api session xades pkcs11 fetch core
needs_portal   := libmicrohttpd sqlite3 pangocairo libcrypto

# Programs: a name, the main that starts it, the floors it links.
PROGRAMS           := onayd onayd-token onayd-fetch onay
main_onayd         := daemon/main.c
links_onayd        := daemon api session xades pkcs11 fetch core
main_onayd-token   := pkcs11/main.c
links_onayd-token  := pkcs11 core
main_onayd-fetch   := fetch/main.c
links_onayd-fetch  := fetch core
main_onay          := onay/main.c
links_onay         := onay api session xades pkcs11 fetch core

# ---- how --------------------------------------------------------------------------------------
MODE    ?= release
BUILD   ?= build
PREFIX  ?= /usr/local
DESTDIR ?=
VERSION := 0.1.0
O       := $(BUILD)/$(MODE)

CC_release := gcc
CC_asan    := gcc
CC_cov     := gcc
CC_fuzz    := clang
ifeq ($(origin CC),default)
CC := $(CC_$(MODE))
endif

FLAGS_release := -O2 -D_FORTIFY_SOURCE=2
FLAGS_asan    := -O1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_cov     := -O0 --coverage
FLAGS_fuzz    := -O1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all

ifeq ($(FLAGS_$(MODE)),)
$(error MODE must be one of release, asan, cov, fuzz)
endif

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wvla \
            -Wstrict-prototypes -Wmissing-prototypes -Wwrite-strings -Wformat=2 -Wundef
CFLAGS   ?= -g
ALL_CFLAGS = -std=c17 -D_GNU_SOURCE -DONAYD_VERSION='"$(VERSION)"' -DONAYD_PREFIX='"$(PREFIX)"' -I. \
             $(WARNINGS) $(FLAGS_$(MODE)) -fstack-protector-strong -fPIC $(CFLAGS)
ALL_LDFLAGS = $(FLAGS_$(MODE)) -Wl,-z,relro,-z,now -Wl,--as-needed $(LDFLAGS)

uniq      = $(if $1,$(firstword $1) $(call uniq,$(filter-out $(firstword $1),$1)))
pkgs_of   = $(call uniq,$(foreach f,$1,$(needs_$f)))
pkg_flags = $(if $(strip $1),$(shell pkg-config --cflags $1))
pkg_libs  = $(if $(strip $1),$(shell pkg-config --libs $1)) -ldl -lpthread
archives  = $(foreach f,$1,$(O)/lib$f.a)

mains       := $(foreach p,$(PROGRAMS),$(main_$p))
sources_of   = $(filter-out $(mains),$(sort $(wildcard $1/*.c)))
objects_of   = $(patsubst %.c,$(O)/obj/%.o,$(call sources_of,$1))

programs := $(addprefix $(O)/,$(PROGRAMS))

.PHONY: all demo check check-units check-e2e bench fuzz lint install deps clean help portal format
.DEFAULT_GOAL := all
.SECONDEXPANSION:
.DELETE_ON_ERROR:
.PRECIOUS: $(BUILD)/.deps-%

all: $(programs)

# Debian packages: installed when missing, asked for once per build folder; one set at a time, also
# under -j, since apt takes no second one. Clang is wanted for fuzzing alone.
deps_mode := $(BUILD)/.deps-build $(if $(filter fuzz,$(MODE)),$(BUILD)/.deps-fuzz)
$(BUILD)/.deps-%: tools/deps
	@mkdir -p $(@D)
	flock $(BUILD)/.deps tools/deps $*
	@touch $@

deps:
	tools/deps build demo check

# ---- rules --------------------------------------------------------------------------------------
floor_of = $(firstword $(subst /, ,$1))

# obj/, so that the floor onay and the program onay do not meet.
$(O)/obj/%.o: %.c Makefile | $(deps_mode)
	@mkdir -p $(@D)
	@echo "CC $<"
	@$(CC) $(ALL_CFLAGS) $(call pkg_flags,$(call pkgs_of,$(call floor_of,$*) $(uses_$(call floor_of,$*)))) -MMD -MP -c -o $@ $<

# Stand in the program, by .incbin.
$(O)/obj/api/openapi.o: api/openapi.json
$(O)/obj/api/status_page.o: $(wildcard api/status-page/*)

define floor_rules
$(O)/lib$1.a: $(call objects_of,$1) Makefile
	@rm -f $$@
	@ar rcs $$@ $$(filter %.o,$$^)
endef
$(foreach f,$(FLOORS),$(eval $(call floor_rules,$f)))

define program_rules
$(O)/$1: $(patsubst %.c,$(O)/obj/%.o,$(main_$1)) $(call archives,$(links_$1)) Makefile
	@echo "LD $$@"
	@$$(CC) $$(ALL_LDFLAGS) -o $$@ $$(filter %.o %.a,$$^) $$(call pkg_libs,$$(call pkgs_of,$(links_$1)))
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rules,$p)))

# ---- tests ----------------------------------------------------------------------------------------
# tests/<floor>/test_*.c: one program each, linked with its floor and what that floor uses.
# tests/fuzz/fuzz_*.c: a law each; replayed over fixtures/<stem>/ here, explored by MODE=fuzz.
# tests/support/*.c: shared by tests. tests/mock/*.c: PKCS#11 modules that misbehave on purpose.
unit_sources := $(sort $(wildcard tests/*/test_*.c))
unit_tests   := $(patsubst %.c,$(O)/%,$(unit_sources))
fuzz_sources := $(sort $(wildcard tests/fuzz/fuzz_*.c))
fuzz_tests   := $(patsubst %.c,$(O)/%,$(fuzz_sources))
bench_tests  := $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/bench/bench_*.c)))
bench_shared := $(patsubst %.c,$(O)/%.o,$(filter-out tests/bench/bench_%,$(sort $(wildcard tests/bench/*.c))))
mocks        := $(patsubst tests/mock/%.c,$(O)/tests/mock/%.so,$(sort $(wildcard tests/mock/*.c)))
tools        := $(patsubst %.c,$(O)/%,$(sort $(wildcard tests/tool/*.c)))
card         := $(O)/fixtures/card/card
services     := $(O)/fixtures/services/services
portal       := $(O)/fixtures/portal/portal
support      := $(O)/tests/libsupport.a
support_objects := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard tests/support/*.c)))
all_below    := session xades pkcs11 fetch core

$(O)/tests/%.o: tests/%.c Makefile | $(deps_mode) $(BUILD)/.deps-check
	@mkdir -p $(@D)
	@echo "CC $<"
	@$(CC) $(ALL_CFLAGS) $(call pkg_flags,check $(call pkgs_of,$(FLOORS)) $(peer_$(basename $(@F)))) -MMD -MP -c -o $@ $<

# An archive: a test takes what it uses, and needs only the floors that this needs.
$(support): $(support_objects) Makefile
	@rm -f $@
	@ar rcs $@ $(filter %.o,$^)

test_floor = $(word 2,$(subst /, ,$1))
define unit_rules
$(O)/$(1:.c=): $(O)/$(1:.c=.o) $(support) $(call archives,$(call test_floor,$1) $(uses_$(call test_floor,$1)))
	@echo "LD $$@"
	@$$(CC) $$(ALL_LDFLAGS) -o $$@ $$^ $$(call pkg_libs,check json-c $$(call pkgs_of,$(call test_floor,$1) $(uses_$(call test_floor,$1))))
endef
$(foreach t,$(unit_sources),$(eval $(call unit_rules,$t)))

fuzz_main = $(if $(filter fuzz,$(MODE)),,$(O)/tests/fuzz/replay.o)
$(fuzz_tests): $(O)/tests/fuzz/%: $(O)/tests/fuzz/%.o $$(fuzz_main) $(call archives,card api $(all_below))
	@echo "LD $@"
	@$(CC) $(ALL_LDFLAGS) $(if $(filter fuzz,$(MODE)),-fsanitize=fuzzer) -o $@ $^ $(call pkg_libs,$(call pkgs_of,api $(all_below)))

$(bench_tests): $(O)/tests/bench/%: $(O)/tests/bench/%.o $(bench_shared) $(support) $(call archives,card api $(all_below))
	@echo "LD $@"
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(libs_$*) $(call pkg_libs,$(peer_$*) $(call pkgs_of,api $(all_below)))
# Measured beside ours; only the bench links them. mbedTLS has no pkg-config name.
libs_bench_cert  := -lmbedx509 -lmbedcrypto
peer_bench_xades := xmlsec1-openssl

$(mocks): $(O)/tests/mock/%.so: tests/mock/%.c Makefile | $(BUILD)/.deps-build
	@mkdir -p $(@D)
	@echo "LD $@"
	@$(CC) $(ALL_CFLAGS) $(call pkg_flags,p11-kit-1) -shared -MMD -MP -MF $(@:.so=.d) -o $@ $<

$(tools): $(O)/tests/tool/%: $(O)/tests/tool/%.o $(support) $(call archives,api $(all_below))
	@echo "LD $@"
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call pkg_libs,check $(call pkgs_of,api $(all_below)))

# fixtures/card: the virtual card. fixtures/services: TSA, OCSP, CRL and AIA on loopback.
# fixtures/portal: the reference portal.
card_objects     := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard fixtures/card/*.c)))
services_objects := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard fixtures/services/*.c)))
portal_objects   := $(patsubst %.c,$(O)/%.o,$(sort $(wildcard fixtures/portal/*.c)))

$(O)/fixtures/%.o: fixtures/%.c Makefile | $(BUILD)/.deps-build
	@mkdir -p $(@D)
	@echo "CC $<"
	@$(CC) $(ALL_CFLAGS) $(call pkg_flags,$(needs_$(call floor_of,$*))) -MMD -MP -c -o $@ $<

$(portal_objects): | $(BUILD)/.deps-portal

$(O)/libcard.a: $(filter-out $(card).o,$(card_objects)) Makefile
$(O)/libportal.a: $(filter-out $(O)/fixtures/portal/main.o,$(portal_objects)) Makefile
$(O)/libcard.a $(O)/libportal.a:
	@rm -f $@
	@ar rcs $@ $(filter %.o,$^)

$(card): $(card).o $(call archives,card core)
	@echo "LD $@"
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call pkg_libs,$(call pkgs_of,card core))

$(services): $(services_objects) $(call archives,$(uses_services))
	@echo "LD $@"
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call pkg_libs,$(call pkgs_of,services core))

# Its own objects, so that a name that a floor has too is an error of the linker.
$(portal): $(portal_objects) $(call archives,$(uses_portal))
	@echo "LD $@"
	@$(CC) $(ALL_LDFLAGS) -o $@ $^ $(call pkg_libs,$(call pkgs_of,portal $(uses_portal)))

# What drives the browser in tests/e2e; Debian has none.
$(BUILD)/.playwright: tools/playwright | $(BUILD)/.deps-check
	tools/playwright $(BUILD)/playwright
	@touch $@

# What checks the daemon against api/openapi.json.
$(BUILD)/.contract: tools/contract tests/contract/package.json tests/contract/package-lock.json | $(BUILD)/.deps-check
	tools/contract $(BUILD)/contract
	@touch $@

# What judges the types of api/client; pinned as the browser's driver is.
$(BUILD)/.typescript: tools/typescript | $(BUILD)/.deps-check
	tools/typescript $(BUILD)/typescript
	@touch $@

# What check runs, built by all processors; a -j of the caller's own is kept.
JOBS ?= $(shell nproc)
.PHONY: tested
tested: all $(unit_tests) $(fuzz_tests) $(mocks) $(tools) $(card) $(services) $(portal) lint

# The whole suite, release or asan by MODE; ends in "N passed, N failed".
check: $(deps_mode) $(BUILD)/.deps-check $(BUILD)/.playwright $(BUILD)/.contract $(BUILD)/.typescript
	@+$(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,-j$(JOBS)) tested
	O=$(O) MODE=$(MODE) tests/run $(unit_tests) $(fuzz_tests)

# MODE=fuzz: each law is explored for FUZZ_SECONDS from its seeds; a break stops make and leaves the input.
FUZZ_SECONDS ?= 60
fuzz: $(fuzz_tests)
ifneq ($(MODE),fuzz)
	@echo "make fuzz wants MODE=fuzz (and a BUILD folder of its own)" >&2; exit 64
else
	@for t in $(fuzz_tests); do \
	    stem=$${t##*/fuzz_}; mkdir -p $(O)/corpus/$$stem; echo "fuzz $$stem"; \
	    $$t -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 -verbosity=0 \
	        -artifact_prefix=$(O)/corpus/$$stem- $(O)/corpus/$$stem fixtures/$$stem || exit 1; \
	done
endif

bench: $(BUILD)/.deps-check all $(bench_tests) $(mocks) $(card)
	@O=$(O) tests/bench/run

demo: $(BUILD)/.deps-demo all $(if $(filter virtual,$(CARD)),$(BUILD)/.deps-card $(card))
	@O=$(O) KEEP=$(KEEP) CARD=$(CARD) tools/demo

portal: $(BUILD)/.deps-portal $(BUILD)/.deps-demo all $(portal)
	@O=$(O) BUILD=$(BUILD) PORT=$(PORT) RESET=$(RESET) tools/portal

# ---- proofs of the structure -------------------------------------------------------------------------
lint: $(foreach f,$(FLOORS),$(O)/.lint-$f) | $(BUILD)/.deps-check
	@tools/lint "$(FLOORS)" $(foreach f,$(FLOORS),"$f:$(uses_$f)")

define lint_rules
$(O)/.lint-$1: $(call archives,$1 $(uses_$1))
	@$$(CC) -shared $$(FLAGS_$$(MODE)) $(if $(filter release,$(MODE)),-Wl$(comma)--no-undefined) -o /dev/null \
	  -Wl,--whole-archive $(O)/lib$1.a -Wl,--no-whole-archive $(call archives,$(uses_$1)) \
	  $$(call pkg_libs,$$(call pkgs_of,$1 $(uses_$1)))
	@touch $$@
endef
comma := ,
$(foreach f,$(FLOORS),$(eval $(call lint_rules,$f)))

format: | $(BUILD)/.deps-format
	clang-format -i $$(git ls-files '*.c' '*.h')

install: all
	PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) O=$(O) tools/install

clean:
	rm -rf $(BUILD)

help:
	@echo "make all      build $(PROGRAMS) under $(BUILD)/MODE (MODE=release|asan|cov|fuzz)"
	@echo "make demo     a test card, the daemon, one approval over HTTP, verified (KEEP=1 leaves it running,"
	@echo "              CARD=virtual takes a PIV card in a virtual reader behind pcscd)"
	@echo "make portal   the reference portal on https://localhost:8443 until it is stopped (PORT=N, RESET=1 begins anew)"
	@echo "make check    every test; the last line says how many passed and failed"
	@echo "make fuzz     explores every law (MODE=fuzz BUILD=build-fuzz FUZZ_SECONDS=60)"
	@echo "make bench    our figures beside our peers', tab-separated"
	@echo "make lint     proves the layering of the floors, licences and lists"
	@echo "make install  programs, units, udev rules, man pages under DESTDIR and PREFIX"
	@echo "make deps     install the Debian packages that are missing"
	@echo "make format   clang-format over the sources"
	@echo "make clean    remove $(BUILD)"

-include $(shell find $(O) -name '*.d' 2>/dev/null)
