// SPDX-License-Identifier: GPL-2.0-or-later
/* silicon - the board that is compiled in, see silicon.h */
#define BOARD_WANTS_SILICON

#include "sim/silicon.h"
#include "sim/board_table.h"
