# SPDX-License-Identifier: GPL-2.0-or-later
#
# The benches of policies, on this machine, after the agent: make -f tests/policy/host.mk

O	?= build/host
CC	?= gcc
CFLAGS	?= -O2 -g
WARN	:= -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror

all: $(O)/policy_bench $(O)/decide_bench

$(O)/policy_bench: tests/policy/bench.c tests/policy/options.c tests/policy/options.h $(O)/agent/libagent.a tests/policy/host.mk
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARN) -Iagent -Ikmod -isystem uapi -o $@ $(filter %.c %.a,$^) -linih -ljson-c -lm

$(O)/decide_bench: tests/policy/decide.c $(O)/agent/libagent.a tests/policy/host.mk
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARN) -Iagent -isystem uapi -o $@ $(filter %.c %.a,$^) -lm

.PHONY: all
