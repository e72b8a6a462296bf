// SPDX-License-Identifier: GPL-2.0-or-later
/* scx_none - scx.h where libbpf was not there to build with: it cannot be opened. */
#include <errno.h>
#include <stdio.h>

#include "sched/scx.h"

int scx_open(struct scx **to, const struct scx_shape *shape, const struct scx_options *o,
	     char *why, size_t n)
{
	(void)shape;
	(void)o;
	*to = NULL;
	snprintf(why, n, "this twilld was built without libbpf");
	return -EOPNOTSUPP;
}

struct scx *scx_close(struct scx *s)
{
	return s;
}

int scx_attach(struct scx *s, char *why, size_t n)
{
	(void)s;
	(void)why;
	(void)n;
	return -EOPNOTSUPP;
}

void scx_detach(struct scx *s)
{
	(void)s;
}

bool scx_ended(const struct scx *s, struct scx_end *end)
{
	(void)s;
	*end = (struct scx_end){ 0 };
	return false;
}

const char *scx_dump(const struct scx *s)
{
	(void)s;
	return "";
}
