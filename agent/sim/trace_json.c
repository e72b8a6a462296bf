// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * trace_json - a trace as an array of objects.
 *
 * json-c reads one object after another, so that a refusal can name the line and no
 * tree of a million requests is held.
 */
#include <json-c/json.h>
#include <string.h>

#include "sim/trace_form.h"

#define DEPTH		4
#define PIECE_MAX	(1 << 16)	/* bytes of one request */
#define MEMBERS		"time, model, priority, deadline, class, prompt, output"

static char skip_space(struct trace_source *s)
{
	for (; s->at < s->size && strchr(" \t\r\n", s->text[s->at]) && s->text[s->at]; s->at++)
		s->line += s->text[s->at] == '\n';
	return s->at < s->size ? s->text[s->at] : '\0';
}

/* A number keeps the digits that the file has: json-c does for a double. */
static int set_member(struct trace_source *s, struct trace_job *job, const char *name,
		      struct json_object *value)
{
	uint64_t unit_ns = 0;
	enum trace_field f = trace_field(name, &unit_ns);
	enum json_type type = json_object_get_type(value);
	bool word = f == TRACE_MODEL || f == TRACE_CLASS;

	if (f == TRACE_FIELDS)
		return trace_fail(s, "no member is called '%.40s': " MEMBERS
				  "; time_ms and time_us are other units", name);
	if (type == json_type_null)
		return 0;
	if (word ? type != json_type_string : type != json_type_int && type != json_type_double)
		return trace_fail(s, "%.40s must be %s", name, word ? "a string" : "a number");
	if (f == TRACE_TIME && job->arrival_ns != UINT64_MAX)
		return trace_fail(s, "its time is there in two units");
	if (word && json_object_get_string_len(value) != (int)strlen(json_object_get_string(value)))
		return trace_fail(s, "%.40s has a byte that is zero", name);
	return trace_set(s, job, f, json_object_get_string(value), unit_ns);
}

static int take_request(struct trace_source *s, struct json_object *object)
{
	struct trace_job job = trace_job_empty();

	if (json_object_get_type(object) != json_type_object)
		return trace_fail(s, "a request must be an object: {\"time\": 0.5, \"model\": \"NAME\"}");
	json_object_object_foreach(object, name, value) {
		if (set_member(s, &job, name, value))
			return -1;
	}
	if (job.arrival_ns == UINT64_MAX || !job.model[0])
		return trace_fail(s, "a request must say its time and its model");
	return trace_add(s, &job);
}

static int parse_request(struct trace_source *s, struct json_tokener *tok)
{
	size_t left = s->size - s->at, used, i;
	struct json_object *object;
	int r;

	json_tokener_reset(tok);
	object = json_tokener_parse_ex(tok, s->text + s->at,
				       (int)(left < PIECE_MAX ? left : PIECE_MAX));
	if (json_tokener_get_error(tok) == json_tokener_continue)
		return trace_fail(s, "the request that begins here does not end");
	if (json_tokener_get_error(tok) != json_tokener_success)
		return trace_fail(s, "the request that begins here is no JSON: %s",
				  json_tokener_error_desc(json_tokener_get_error(tok)));
	r = take_request(s, object);
	json_object_put(object);
	used = json_tokener_get_parse_end(tok);
	for (i = 0; i < used; i++)
		s->line += s->text[s->at++] == '\n';
	return r;
}

static int parse_array(struct trace_source *s, struct json_tokener *tok)
{
	char c;

	s->line = 1;
	skip_space(s);
	s->at++;			/* the bracket that made it JSON */
	if (skip_space(s) == ']')
		s->at++;
	else
		do {
			skip_space(s);
			if (parse_request(s, tok))
				return -1;
			c = skip_space(s);
			s->at += c == ',' || c == ']';
			if (c != ',' && c != ']')
				return trace_fail(s, "',' or ']' is missing after a request");
		} while (c == ',');
	if (skip_space(s) || s->at < s->size)
		return trace_fail(s, "something follows the array");
	return 0;
}

int trace_json(struct trace_source *s)
{
	struct json_tokener *tok = json_tokener_new_ex(DEPTH);
	int r;

	if (!tok)
		return trace_fail(s, "no memory");
	json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_ALLOW_TRAILING_CHARS);
	r = parse_array(s, tok);
	json_tokener_free(tok);
	return r;
}
