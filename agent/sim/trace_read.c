// SPDX-License-Identifier: GPL-2.0-or-later
/* trace_read - a trace of any form: told by what is in the file, not by its name */
#include <string.h>

#include "sim/trace_form.h"

#define BOM	"\xef\xbb\xbf"	/* what a spreadsheet puts before UTF-8 */

static int read_any(struct trace_source *s)
{
	const char *head;

	if (!strncmp(s->text, BOM, strlen(BOM)))
		s->at = strlen(BOM);
	head = s->text + s->at;
	if (head[strspn(head, " \t\r\n")] == '[')
		return trace_json(s);
	if (!strncmp(head, "twill-trace", strlen("twill-trace")))
		return trace_text(s);
	/* The first line that is no comment names columns. */
	while (*head == '#' || *head == '\n' || *head == '\r') {
		head += strcspn(head, "\n");
		head += *head == '\n';
	}
	if (memchr(head, ',', strcspn(head, "\n")))
		return trace_csv(s);
	s->line = 1;
	return trace_fail(s, "no trace: it begins neither with 'twill-trace 1', nor with a head of CSV "
			  "(time,model,...), nor with '[' as JSON");
}

int trace_read(struct trace *t, const char *path, char *err, size_t errlen)
{
	return trace_from(t, path, read_any, err, errlen);
}
