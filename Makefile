# SPDX-License-Identifier: GPL-2.0-or-later
#
# Front door. kbuild reads Kbuild and never this file.
#
#   make demo     build everything, boot the virtual Orin NX, run the workload
#                 as it runs today and under Twill, and show both
#   make check    build and test everything; the last line counts
#   make help     the rest

SHELL	:= /bin/bash
B	:= build
KDIR	?= /lib/modules/$(shell uname -r)/build
DESTDIR	?=
PREFIX	?= /usr
VERSION	:= $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
CROSS	:= aarch64-linux-gnu-

.DEFAULT_GOAL := all
.PHONY: all help deps modules agent install uninstall demo check soak vm-shell report \
	bench-model bench-freeze bench-freeze-safety bench-gate bench-overhead bench-sched bench-agree bench-policy bench-decide host guest kernels check-kunit check-kselftest check-build check-kernels gen check-gen clean

all: modules agent

help:
	@sed -n 's/^#   //p' Makefile
	@echo 'make              the module for KDIR (this kernel) and the agent, for this machine'
	@echo 'make install      both, DESTDIR= and PREFIX= as usual; the module through DKMS sources'
	@echo 'make soak         the tests that take hours in full'
	@echo 'make vm-shell     a prompt inside the virtual Orin (FLAVOUR=fast or debug)'
	@echo 'make bench-model  the model of the board beside published figures'
	@echo 'make bench-freeze bench-freeze-safety  park beside the cgroup freezer and SIGSTOP'
	@echo 'make bench-gate   what passing a gate costs, in instructions'
	@echo 'make bench-overhead  what the module costs everybody else'
	@echo 'make bench-sched  what the sched_ext policy gains and costs, on one CPU'
	@echo 'make bench-policy  the policies on a thousand generated loads, in the simulator'
	@echo 'make bench-decide  what one decision costs, for 8 to 4,096 tasks'
	@echo 'make bench-agree  the simulator beside the virtual machine, on the traces of the demo'
	@echo 'make report       the targets of all reports present'
	@echo 'make gen          regenerate what comes from the netlink spec'
	@echo 'make check-kunit check-kselftest  the module from within, and through its family (debug)'
	@echo 'make check-build  the module for each kernel that Debian has, 5.10 to the newest'
	@echo 'make check-kernels  boot each of them (arm64) and run the tests of the module there'
	@echo 'make deps         install what building and testing need'
	@echo 'tests/check --list    the tests; tests/check PATTERN runs some'

deps:
	@tests/deps

# For the machine at hand -----------------------------------------------------

modules:
	@echo "built $$(tests/vm/module $(KDIR) twill)"

agent:
	@$(MAKE) -s -C agent O=$(CURDIR)/$(B)/agent

install: agent
	@$(MAKE) -s -C agent O=$(CURDIR)/$(B)/agent install DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	install -d $(DESTDIR)/usr/src/twill-$(VERSION)
	cp -r Kbuild Kconfig dkms.conf kmod uapi COPYING $(DESTDIR)/usr/src/twill-$(VERSION)/
	install -Dm644 -t $(DESTDIR)$(PREFIX)/share/doc/twill README.md COPYING
	@[ -n "$(DESTDIR)" ] || echo 'Now: dkms install twill/$(VERSION) && modprobe twill && systemctl enable --now twilld'

uninstall:
	@$(MAKE) -s -C agent uninstall DESTDIR=$(DESTDIR) PREFIX=$(PREFIX)
	rm -rf $(DESTDIR)/usr/src/twill-$(VERSION) $(DESTDIR)$(PREFIX)/share/doc/twill

# For the virtual board -------------------------------------------------------

# Tools of this machine: the model of the board, unit tests
host: deps
	@$(MAKE) -s -C agent O=$(CURDIR)/$(B)/host/agent
	@$(MAKE) -s -f tests/orin/host.mk
	@$(MAKE) -s -f tests/policy/host.mk

# Everything that goes into a guest: arm64 programs, modules of both kernels
guest: deps
	@$(MAKE) -s -C agent O=$(CURDIR)/$(B)/arm64/agent CROSS=$(CROSS) SYSROOT=$$(tests/vm/sysroot) \
		LIBBPF=$$(tests/vm/libbpf)
	@$(MAKE) -s -C tests/kselftest O=$(CURDIR)/$(B)/arm64/kselftest CROSS=$(CROSS) SYSROOT=$$(tests/vm/sysroot)
	@$(MAKE) -s -C tests/bench O=$(CURDIR)/$(B)/arm64/bench CROSS_COMPILE=$(CROSS) SYSROOT=$$(tests/vm/sysroot)
	@$(MAKE) -s -C tests/fuzz O=$(CURDIR)/$(B)/arm64/fuzz CROSS_COMPILE=$(CROSS) SYSROOT=$$(tests/vm/sysroot)
	@$(MAKE) -s -C tests/mix O=$(CURDIR)/$(B)/arm64/mix CROSS_COMPILE=$(CROSS) SYSROOT=$$(tests/vm/sysroot)
	@$(MAKE) -s -C tests/sched O=$(CURDIR)/$(B)/arm64/sched CROSS_COMPILE=$(CROSS) SYSROOT=$$(tests/vm/sysroot) \
		LIBBPF=$$(tests/vm/libbpf) KIT=$(CURDIR)/$(B)/arm64/kselftest
	@$(MAKE) -s -f tests/orin/guest.mk

kernels: deps
	@tests/vm/kernel fast
	@tests/vm/kernel debug

demo: host guest
	@tests/vm/module fast twill && tests/vm/module fast orin_sim
	@tests/orin/demo $(DEMO)

check: host guest kernels
	@tests/check

# Parts of make check by themselves, TAP
check-kunit: kernels
	@tests/vm/kunit debug

check-kselftest: guest kernels
	@tests/vm/kselftest debug

check-build: deps
	@tests/build/check

# Tests in their full length, which make check runs in part
soak: host guest kernels
	@tests/vm/kills 10000
	@tests/vm/unload 1000
	@tests/vm/fuzz 1000000
	@tests/fuzz/selftest
	@tests/vm/mix 3600
	@tests/model/fuzz 1440
	@TWILL_TIMEOUT=3600 tests/vm/sched fast TWILL_ROUNDS=1000 TWILL_STORM_S=600 attach_detach frozen
	@tests/vm/sched debug
	@tests/mutants/run

check-kernels: guest
	@for k in newest 6.12 6.1 5.10; do tests/build/boot $$k || exit; done

vm-shell: guest
	@tests/vm/shell $(or $(FLAVOUR),fast)

bench-model: host
	@tests/orin/bench-model

bench-freeze: guest
	@tests/bench/bench-freeze

bench-freeze-safety: guest
	@tests/bench/bench-freeze-safety

bench-gate: guest
	@tests/bench/bench-gate

bench-overhead: guest
	@tests/bench/bench-overhead

bench-sched: guest
	@tests/bench/bench-sched

bench-agree: host
	@[ -e $(B)/reports/demo.json ] || $(MAKE) demo
	@tests/orin/bench-agree

bench-policy: host
	@tests/policy/bench-policy

bench-decide: host
	@tests/policy/bench-decide

report:
	@tests/report show $(B)/reports

gen: deps
	@uapi/gen $$(tests/vm/kernel source)

check-gen: deps
	@uapi/check-gen $$(tests/vm/kernel source)

# What was built; kernels and the sysroot stay in the cache
clean:
	rm -rf $(B)
