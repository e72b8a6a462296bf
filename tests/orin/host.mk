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

MODEL	:= board board_runlist board_cost
TOOL	:= board_tool board_run board_caps profile trace $(MODEL)
TEST	:= board_run board_caps profile $(MODEL)
HEADERS	:= $(wildcard $(D)/*.h) tests/unit/tap.h

all: $(O)/board_tool $(O)/board_test $(O)/order_test

$(O)/board_tool: $(TOOL:%=$(D)/%.c) $(HEADERS) $(D)/host.mk
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(WARN) -I$(D) -o $@ $(filter %.c,$^) -linih

$(O)/board_test: tests/unit/board_test.c $(TEST:%=$(D)/%.c) $(HEADERS) $(D)/host.mk
	@mkdir -p $(@D)
	$(CC) $(SAN) $(WARN) -I$(D) -Itests/unit -o $@ $(filter %.c,$^) -linih

# The order of jobs at a gate is the module's own text.
$(O)/order_test: tests/unit/order_test.c kmod/order.c kmod/order.h tests/unit/tap.h
	@mkdir -p $(@D)
	$(CC) $(SAN) $(WARN) -Ikmod -Itests/unit -o $@ $(filter %.c,$^)

.PHONY: all
