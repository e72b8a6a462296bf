/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ko - the module goes and comes. TWILL_KO names it, or it is where run.sh has it. */
#ifndef KO_H
#define KO_H

#include <stdbool.h>

/* 0 or negative errno; -EWOULDBLOCK from the first while somebody reads a dump. */
int ko_unload(void);
int ko_load(void);
/* The kernel lets BPF programs, and so the module, go some time after who held them. */
bool ko_until_unused(int ms);

#endif
