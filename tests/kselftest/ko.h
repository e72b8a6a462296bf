/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ko - the module goes and comes. TWILL_KO names it, or it is where run.sh has it. */
#ifndef KO_H
#define KO_H

/* 0 or negative errno; -EWOULDBLOCK from the first while somebody reads a dump. */
int ko_unload(void);
int ko_load(void);

#endif
