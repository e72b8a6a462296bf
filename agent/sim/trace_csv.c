// SPDX-License-Identifier: GPL-2.0-or-later
/* trace_csv - a trace as a table: a head that names the columns, then a request a line */
#include <string.h>

#include "sim/trace_form.h"

#define COLUMNS_MAX	(TRACE_FIELDS)
#define COLUMNS		"time,model,priority,deadline,class,prompt,output"

struct head {
	uint32_t n;
	enum trace_field field[COLUMNS_MAX];
	uint64_t unit_ns;
};

/* The next cell of a line, cut out in place; quotes around it are dropped. NULL: none left. */
static char *next_cell(char **at)
{
	char *cell = *at, *end;

	if (!cell)
		return NULL;
	cell += strspn(cell, " \t");
	end = strchr(cell, ',');
	*at = end ? end + 1 : NULL;
	end = end ?: cell + strlen(cell);
	while (end > cell && strchr(" \t\r", end[-1]))
		end--;
	if (end > cell + 1 && cell[0] == '"' && end[-1] == '"') {
		cell++;
		end--;
	}
	*end = '\0';
	return cell;
}

static int parse_head(struct trace_source *s, char *line, struct head *head)
{
	uint32_t seen = 0;
	char *cell;

	while ((cell = next_cell(&line))) {
		enum trace_field f = trace_field(cell, &head->unit_ns);

		if (f == TRACE_FIELDS)
			return trace_fail(s, "no column is called '%.40s': " COLUMNS
					  "; time_ms and time_us are other units", cell);
		if (seen & 1u << f)
			return trace_fail(s, "column '%.40s' is there twice", cell);
		seen |= 1u << f;
		head->field[head->n++] = f;
	}
	if (!(seen & 1u << TRACE_TIME) || !(seen & 1u << TRACE_MODEL))
		return trace_fail(s, "columns time and model must be there: " COLUMNS);
	return 0;
}

static int parse_row(struct trace_source *s, char *line, const struct head *head)
{
	struct trace_job job = trace_job_empty();
	char *cell;
	uint32_t i;

	for (i = 0; (cell = next_cell(&line)); i++) {
		if (i == head->n)
			return trace_fail(s, "more cells than the %u columns of the head", head->n);
		if (trace_set(s, &job, head->field[i], cell, head->unit_ns))
			return -1;
	}
	if (i < head->n)
		return trace_fail(s, "%u cells for the %u columns of the head", i, head->n);
	if (job.arrival_ns == UINT64_MAX || !job.model[0])
		return trace_fail(s, "a request must say its time and its model");
	return trace_add(s, &job);
}

int trace_csv(struct trace_source *s)
{
	char line[TRACE_LINE_MAX];
	struct head head = { 0 };
	int r;

	while ((r = trace_line(s, line)) > 0) {
		/* Comments as in the text form, and the empty lines that editors leave. */
		if (line[0] == '#' || !line[strspn(line, " \t\r")])
			continue;
		if (head.n ? parse_row(s, line, &head) : parse_head(s, line, &head))
			return -1;
	}
	return r;
}
