# Every target finds a JDK 22 or later and Maven by itself (tools/toolchain.sh).

SHELL := bash
TOOLS := . tools/toolchain.sh

# The file that `make demo` stores; by default the running JDK's own lib/modules.
FILE ?=
# The provider and the address of the device that `make demo` goes over; by default software iWARP on loopback.
PROVIDER ?= iwarp
ADDRESS ?= 127.0.0.1
# How long each fuzz target runs in `make test`.
FUZZ_SECONDS ?= 30
# The device that `make hardware-test` uses.
DEVICE ?=
# How many seeds the simulations of `make test` run.
SIM_SEEDS ?= 2000

# How many seeds `make soak` runs.
SEEDS ?= 20000

# What `make mutation` runs: all of it, the slices of one package, or one slice.
PACKAGE ?=
SLICE ?=

.PHONY: demo lab interop hardware-test test mutation soak check fmt bench bench-lab regen build clean help

help: ## lists the targets
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' $(MAKEFILE_LIST)

demo: build ## stores a file on an iSER disk over software iWARP, or an RDMA device (PROVIDER=verbs ADDRESS=...), reads it back, proves it identical
	@$(TOOLS) && tools/demo.sh --provider "$(PROVIDER)" --address "$(ADDRESS)" $(FILE)

test: ## builds and runs every test: fuzz targets, simulations, a slice of the mutation tests and the lab included (LAB=off leaves the lab out)
	@$(TOOLS) && tools/test.sh -Dfuzz.seconds=$(FUZZ_SECONDS) -Dsim.seeds=$(SIM_SEEDS)

mutation: ## mutation tests against their budgets, hours: make mutation PACKAGE=io.ffmiser.iscsi.text or SLICE=9 takes minutes
	@$(TOOLS) && tools/mutation.sh "$(or $(SLICE),$(PACKAGE),all)"

lab: build ## the suites that need an RDMA device, in a QEMU guest with the kernel's soft RoCE and in one with its software iWARP
	@$(TOOLS) && interop/lab/requirements.sh && $$MVN -q test-compile -pl interop -am -Dspotless.check.skip=true && interop/lab/suites.sh

interop: build ## both sides against the peers that exist, whole: Linux, LIO, tgt, libiscsi (an hour and a half without KVM)
	@$(TOOLS) && interop/lab/requirements.sh && $$MVN -q test-compile -pl interop -am -Dspotless.check.skip=true && \
	    MODULES=interop LAB_EXCLUDE= LAB_WHOLE=yes LAB_SECONDS=14400 interop/lab/suites.sh && interop/lab/crash.sh rxe siw

hardware-test: build ## the same suites on this machine's own device: make hardware-test DEVICE=mlx5_0
	@$(TOOLS) && $$MVN -q test-compile -pl interop -am -Dspotless.check.skip=true && interop/lab/suites.sh --hardware "$(DEVICE)"

soak: ## the simulation alone, with many seeds: make soak SEEDS=100000
	@$(TOOLS) && $$MVN -q test -pl iser -am -Dtest=SimulationTest -Dsurefire.failIfNoSpecifiedTests=false -Dsim.seeds=$(SEEDS)

check: ## formatting, lint, architecture and unit tests; no long simulations or fuzzing
	@$(TOOLS) && $$MVN -q test -Dfuzz.seconds=1 -Dsim.seeds=20

fmt: ## formats the sources
	@$(TOOLS) && $$MVN -q spotless:apply

bench: build ## raw TCP against the initiator and target, in one run
	@$(TOOLS) && tools/bench.sh

bench-lab: build ## our rdma-perf against perftest on soft RoCE in the lab, in alternating pairs
	@$(TOOLS) && interop/lab/requirements.sh && tools/bench-lab.sh

regen: ## generates the bindings of libibverbs and librdmacm again (needs jextract, see native-headers/README.md)
	@$(TOOLS) && native-headers/regenerate

bench-verbs: build ## one poll_cq against a loop in C and against JNI, and what polling and posting allocate
	@$(TOOLS) && tools/bench-verbs.sh

build: ## compiles and packages what the programs need, without tests
	@$(TOOLS) && $$MVN -q package -pl examples,benchmarks -am -Dmaven.test.skip=true -Dspotless.check.skip=true

clean: ## removes what was built
	@$(TOOLS) && $$MVN -q clean
