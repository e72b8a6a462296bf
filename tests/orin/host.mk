# SPDX-License-Identifier: GPL-2.0-or-later
#
# The board's model on this machine: make -f tests/orin/host.mk, from the top.
# Tests are built with sanitizers, the tool without.

O	?= build/host
CC	?= gcc
CFLAGS	?= -O2 -g
WARN	:= -std=gnu11 -Wall -Wextra -Wshadow -Wstrict-prototypes -Werror
SAN	:= -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all
D	:= tests/orin

S	:= agent/sim

SIM	:= $(wildcard $(S)/*.c) $(wildcard agent/policy/*.c agent/power/*.c) agent/conf.c agent/sched/backend.c kmod/order.c
INC	:= -Iagent -isystem uapi
HEADERS	:= $(wildcard $(D)/*.h $(S)/*.h agent/*.h agent/policy/*.h agent/power/*.h agent/sched/*.h) tests/unit/tap.h

all: $(O)/board_tool $(O)/board_test $(O)/order_test

$(O)/board_tool: $(D)/board_tool.c $(SIM) $(HEADERS) $(D)/host.mk
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARN) $(INC) -o $@ $(filter %.c,$^) -linih -ljson-c -lm

$(O)/board_test: tests/unit/board_test.c $(SIM) $(HEADERS) $(D)/host.mk
	@mkdir -p $(@D)
	$(CC) $(SAN) $(WARN) $(INC) -Itests/unit -o $@ $(filter %.c,$^) -linih -ljson-c -lm

# The order of jobs at a gate is the module's own text.
$(O)/order_test: tests/unit/order_test.c kmod/order.c kmod/order.h tests/unit/tap.h
	@mkdir -p $(@D)
	$(CC) $(SAN) $(WARN) -Ikmod -Itests/unit -o $@ $(filter %.c,$^)

.PHONY: all
