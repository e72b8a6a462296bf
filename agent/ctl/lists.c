// SPDX-License-Identifier: GPL-2.0-or-later
/* Lists: asked for with some room, and again with enough. */
#include <errno.h>
#include <stdlib.h>

#include "ctl/lists.h"

#define FIRST_ROOM	64

/* The list may grow between two questions: ask with some to spare, until it fits */
#define LIST(plural, singular, key) \
static int by_id_##plural(const void *a, const void *b) \
{ \
	const struct twnl_##singular *x = a, *y = b; \
\
	return x->key < y->key ? -1 : x->key > y->key; \
} \
\
int list_##plural(struct twnl *nl, struct twnl_##singular **ret) \
{ \
	struct twnl_##singular *all = NULL, *more; \
	int n = FIRST_ROOM / 2, room = 0; \
\
	while (n > room || !all) { \
		room = n * 2; \
		more = reallocarray(all, (size_t)room, sizeof(*all)); \
		if (!more) { \
			free(all); \
			return -ENOMEM; \
		} \
		all = more; \
		n = twnl_##singular##_list(nl, all, (size_t)room); \
		if (n < 0) { \
			free(all); \
			return n; \
		} \
	} \
	qsort(all, (size_t)n, sizeof(*all), by_id_##plural); \
	*ret = all; \
	return n; \
}

LIST(tasks, task, id)
LIST(jobs, job, id)
LIST(caps, cap, id)
LIST(clusters, cluster, id)
LIST(gates, gate, accelerator)
