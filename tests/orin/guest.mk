# SPDX-License-Identifier: GPL-2.0-or-later
# Programs that run in a guest on the virtual board; run from the top.
B	:= build/arm64
CC	:= aarch64-linux-gnu-gcc
SYSROOT	:= $(shell tests/vm/sysroot)
CFLAGS	:= --sysroot=$(SYSROOT) -std=gnu11 -O2 -g -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror
INFER	:= tests/orin/infer.c agent/sim/profile.c agent/sim/trace.c

all: $(B)/orin/infer $(B)/orin/sim_test

$(B)/orin/sim_test: tests/orin/sim_test.c tests/orin/sim_test.h tests/unit/tap.h tests/orin/orin_sim.h \
		tests/orin/sim/nvgpu_sched.h
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -D_GNU_SOURCE -Itests/orin -Iagent -o $@ tests/orin/sim_test.c

$(B)/orin/infer: $(INFER) $(wildcard tests/orin/*.h) $(wildcard agent/sim/*.h) agent/lib/twill.h uapi/linux/twill.h $(B)/agent/libtwill.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -D_GNU_SOURCE -Itests/orin -Iagent -Iagent/lib -Iuapi -o $@ $(INFER) \
		$(B)/agent/libtwill.a -lnl-genl-3 -lnl-3 -linih

.PHONY: all
.DELETE_ON_ERROR:
