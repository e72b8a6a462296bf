// SPDX-License-Identifier: GPL-2.0-or-later
/* model - see model.h */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/model.h"

#define ROOM ((size_t)256 << 20)

const char *model_class_name(enum model_class cls)
{
	static const char *const names[] = { "dnn", "transformer", "llm" };

	return names[cls];
}

bool model_decode(struct model *m, const void *data, size_t len, size_t room,
		  struct dim_binding *dims, uint32_t dims_n)
{
	struct graph *g = &m->graph;

	if (!arena_open(&g->arena, room)) {
		g->arena.base = NULL;
		return graph_fail(g, "no memory for its graph");
	}
	return graph_read(g, data, len) && graph_infer(g, dims, dims_n) && model_sum(g, &m->cost) &&
	       model_classify(g, &m->cost);
}

bool model_read(struct model *m, const char *path, struct dim_binding *dims, uint32_t dims_n)
{
	struct stat st;
	void *data;
	int fd;

	memset(m, 0, sizeof(*m));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return graph_fail(&m->graph, "it cannot be opened: %s", strerror(errno));
	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !st.st_size) {
		close(fd);
		return graph_fail(&m->graph, "it is empty or no regular file: name an ONNX file");
	}
	data = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	close(fd);
	if (data == MAP_FAILED)
		return graph_fail(&m->graph, "it cannot be mapped: %s", strerror(errno));
	/* Weights lie between what is read: no read-ahead */
	madvise(data, st.st_size, MADV_RANDOM);
	m->data = data;
	m->len = st.st_size;
	return model_decode(m, data, m->len, ROOM, dims, dims_n);
}

void model_close(struct model *m)
{
	if (m->graph.arena.base)
		arena_close(&m->graph.arena);
	if (m->data)
		munmap((void *)m->data, m->len);
	m->graph.arena.base = NULL;
	m->data = NULL;
}
