// SPDX-License-Identifier: GPL-2.0-or-later
/* profile - see profile.h */
#include <errno.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/profile.h"

#define TOKENS_MAX	131072u

enum key_kind { KEY_NAME, KEY_CLASS, KEY_ACCELERATORS, KEY_UNIT, KEY_WORK, KEY_FIGURE };

#define IN_ENGINE	(1u << PROFILE_ENGINE)
#define IN_TOKEN	(1u << PROFILE_TOKEN)
#define IN_BOTH		(IN_ENGINE | IN_TOKEN)

struct key {
	const char *section;
	const char *name;
	enum key_kind kind;
	unsigned int units;	/* in profiles of which unit it must be; elsewhere it must not */
	size_t offset;		/* figures: 64-bit fields; size says when 32-bit */
	size_t size;
	uint64_t min;
	uint64_t max;
};

#define FIELD(f)	offsetof(struct profile, f), sizeof(((struct profile *)0)->f)

static const struct key keys[] = {
	{ "model", "name", KEY_NAME, IN_BOTH, 0, 0, 0, 0 },
	{ "model", "class", KEY_CLASS, IN_BOTH, 0, 0, 0, 0 },
	{ "model", "accelerators", KEY_ACCELERATORS, IN_BOTH, 0, 0, 0, 0 },
	{ "model", "unit", KEY_UNIT, IN_BOTH, 0, 0, 0, 0 },
	{ "model", "resident_bytes", KEY_FIGURE, IN_BOTH, FIELD(resident_bytes), 1, 1ULL << 34 },
	{ "cpu", "pre_cycles", KEY_FIGURE, IN_BOTH, FIELD(pre_cycles), 0, 1000000000000ULL },
	{ "cpu", "post_cycles", KEY_FIGURE, IN_BOTH, FIELD(post_cycles), 0, 1000000000000ULL },
	{ "engine", "kind", KEY_WORK, IN_ENGINE, offsetof(struct profile, engine), 0, 0, 0 },
	{ "engine", "macs", KEY_FIGURE, IN_ENGINE, FIELD(engine.macs), 1, 1000000000000000ULL },
	{ "engine", "bytes", KEY_FIGURE, IN_ENGINE, FIELD(engine.bytes), 1, 1000000000000ULL },
	{ "engine", "layers", KEY_FIGURE, IN_ENGINE, FIELD(layers), 1, 4096 },
	{ "prefill", "kind", KEY_WORK, IN_TOKEN, offsetof(struct profile, prefill), 0, 0, 0 },
	{ "prefill", "macs", KEY_FIGURE, IN_TOKEN, FIELD(prefill.macs), 1, 1000000000000ULL },
	{ "prefill", "bytes", KEY_FIGURE, IN_TOKEN, FIELD(prefill.bytes), 1, 1000000000000ULL },
	{ "prefill", "batch_tokens", KEY_FIGURE, IN_TOKEN, FIELD(batch_tokens), 1, 4096 },
	{ "token", "kind", KEY_WORK, IN_TOKEN, offsetof(struct profile, token), 0, 0, 0 },
	{ "token", "macs", KEY_FIGURE, IN_TOKEN, FIELD(token.macs), 1, 1000000000000ULL },
	{ "token", "bytes", KEY_FIGURE, IN_TOKEN, FIELD(token.bytes), 1, 1000000000000ULL },
	{ "token", "layers", KEY_FIGURE, IN_TOKEN, FIELD(layers), 1, 4096 },
	{ "token", "context_bytes", KEY_FIGURE, IN_TOKEN, FIELD(context_bytes), 0, 100000000 },
};

#define KEYS	(sizeof(keys) / sizeof(keys[0]))

static const char *const class_names[] = {
	[PROFILE_OTHER] = "other",
	[PROFILE_DNN] = "dnn",
	[PROFILE_TRANSFORMER] = "transformer",
	[PROFILE_LLM] = "llm",
};

static const char *const unit_names[] = {
	[PROFILE_ENGINE] = "engine",
	[PROFILE_TOKEN] = "token",
};

static const char *const engine_names[] = {
	[ORIN_SIM_CPU] = "cpu",
	[ORIN_SIM_GPU] = "gpu",
	[ORIN_SIM_DLA0] = "dla0",
	[ORIN_SIM_DLA1] = "dla1",
};

static const char *const kind_names[] = {
	[ORIN_SIM_CONV] = "conv",
	[ORIN_SIM_GEMM] = "gemm",
	[ORIN_SIM_GEMV] = "gemv",
};

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

struct reader {
	struct profile p;
	bool seen[KEYS];
	bool sourced[KEYS];
	const char *path;
	char *err;
	size_t len;
	bool failed;
};

/* Keeps the first reason only: later ones follow from it. */
static int refuse(struct reader *r, const char *section, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

static int refuse(struct reader *r, const char *section, const char *name, const char *fmt, ...)
{
	char why[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	if (!r->failed && r->err)
		snprintf(r->err, r->len, "%s: [%s] %s: %s", r->path, section, name, why);
	r->failed = true;
	return 0;
}

static int lookup(const char *const *names, size_t count, const char *word)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (names[i] && !strcmp(names[i], word))
			return (int)i;
	return -1;
}

static int read_figure(struct reader *r, const struct key *k, const char *value)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end || errno)
		return refuse(r, k->section, k->name, "'%.40s' is no whole number", value);
	if (n < k->min || n > k->max)
		return refuse(r, k->section, k->name, "%llu is outside %llu .. %llu", n,
			      (unsigned long long)k->min, (unsigned long long)k->max);
	if (k->size == sizeof(uint32_t))
		*(uint32_t *)((char *)&r->p + k->offset) = (uint32_t)n;
	else
		*(uint64_t *)((char *)&r->p + k->offset) = n;
	return 1;
}

static int read_accelerators(struct reader *r, const char *value)
{
	char words[64];
	char *save = NULL, *word;
	int i;

	if (strlen(value) >= sizeof(words))
		return refuse(r, "model", "accelerators", "more than 63 characters");
	strcpy(words, value);
	r->p.accelerators = 0;
	for (word = strtok_r(words, " \t", &save); word; word = strtok_r(NULL, " \t", &save)) {
		i = lookup(engine_names, COUNT(engine_names), word);
		if (i < 0)
			return refuse(r, "model", "accelerators",
				      "'%s' is none of cpu, gpu, dla0, dla1", word);
		if (i == ORIN_SIM_CPU)
			return refuse(r, "model", "accelerators",
				      "the cpu engine runs only the stages of [cpu]");
		if (r->p.accelerators & 1u << i)
			return refuse(r, "model", "accelerators", "'%s' twice", word);
		r->p.accelerators |= 1u << i;
	}
	return r->p.accelerators ? 1 : refuse(r, "model", "accelerators", "names none");
}

static int read_word(struct reader *r, const struct key *k, const char *const *names,
		     size_t count, const char *value)
{
	int i = lookup(names, count, value);
	size_t n, used = 0;
	char list[80] = "";

	if (i >= 0)
		return i;
	for (n = 0; n < count; n++)
		used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s",
					 n ? ", " : "", names[n]);
	refuse(r, k->section, k->name, "'%.40s' is none of %s", value, list);
	return -1;
}

static int read_value(struct reader *r, const struct key *k, const char *value)
{
	int i;

	switch (k->kind) {
	case KEY_NAME:
		if (!*value || strlen(value) >= sizeof(r->p.name))
			return refuse(r, k->section, k->name, "needs 1 to %d characters",
				      PROFILE_NAME_LEN - 1);
		strcpy(r->p.name, value);
		return 1;
	case KEY_CLASS:
		i = read_word(r, k, class_names, COUNT(class_names), value);
		r->p.cls = i < 0 ? PROFILE_OTHER : (enum profile_class)i;
		return i >= 0;
	case KEY_UNIT:
		i = read_word(r, k, unit_names, COUNT(unit_names), value);
		r->p.unit = i == PROFILE_TOKEN ? PROFILE_TOKEN : PROFILE_ENGINE;
		return i >= 0;
	case KEY_WORK:
		i = read_word(r, k, kind_names, COUNT(kind_names), value);
		((struct profile_work *)((char *)&r->p + k->offset))->kind = (uint32_t)i;
		return i >= 0;
	case KEY_ACCELERATORS:
		return read_accelerators(r, value);
	case KEY_FIGURE:
		break;
	}
	return read_figure(r, k, value);
}

static int on_source(struct reader *r, size_t i, const char *value)
{
	if (r->sourced[i])
		return refuse(r, keys[i].section, keys[i].name, "has two sources");
	if (!*value || !strcmp(value, "derived") || !strcmp(value, "derived:"))
		return refuse(r, keys[i].section, keys[i].name,
			      "its source must name a publication or say 'derived: how'");
	r->sourced[i] = true;
	return 1;
}

/* For inih: 0 stops the parse with an error at this line. */
static int on_line(void *user, const char *section, const char *name, const char *value)
{
	struct reader *r = user;
	size_t i, len;

	for (i = 0; i < KEYS; i++) {
		if (strcmp(section, keys[i].section))
			continue;
		if (!strcmp(name, keys[i].name)) {
			if (r->seen[i])
				return refuse(r, section, name, "is there twice");
			r->seen[i] = true;
			return read_value(r, &keys[i], value);
		}
		len = strlen(keys[i].name);
		if (keys[i].kind == KEY_FIGURE && !strncmp(name, keys[i].name, len) &&
		    !strcmp(name + len, "_source"))
			return on_source(r, i, value);
	}
	return refuse(r, section, name, "unknown key; see Documentation/virtual-orin.rst");
}

static void check_complete(struct reader *r)
{
	size_t i;

	for (i = 0; i < KEYS; i++) {
		bool wanted = keys[i].units & 1u << r->p.unit;

		if (wanted && !r->seen[i])
			refuse(r, keys[i].section, keys[i].name, "missing");
		else if (!wanted && (r->seen[i] || r->sourced[i]))
			refuse(r, keys[i].section, keys[i].name, "has no meaning with unit = %s",
			       unit_names[r->p.unit]);
		else if (wanted && keys[i].kind == KEY_FIGURE && !r->sourced[i])
			refuse(r, keys[i].section, keys[i].name, "has no %s_source",
			       keys[i].name);
	}
}

static void check_name(struct reader *r)
{
	const char *base = strrchr(r->path, '/');
	size_t len = strlen(r->p.name);

	base = base ? base + 1 : r->path;
	if (strncmp(base, r->p.name, len) || strcmp(base + len, ".ini"))
		refuse(r, "model", "name", "'%s' in a file called %s", r->p.name, base);
}

int profile_load(const char *path, struct profile *p, char *err, size_t len)
{
	struct reader r = { .path = path, .err = err, .len = len };
	FILE *f = fopen(path, "re");
	int line, ret;

	if (!f) {
		ret = -errno;
		if (err)
			snprintf(err, len, "%s: %s", path, strerror(-ret));
		return ret;
	}
	line = ini_parse_file(f, on_line, &r);
	fclose(f);
	if (line && !r.failed)
		refuse(&r, "-", "-", "line %d is no 'key = value' and no [section]", line);
	if (!r.failed)
		check_complete(&r);
	if (!r.failed)
		check_name(&r);
	if (r.failed)
		return -EINVAL;
	*p = r.p;
	return 0;
}

static uint32_t prefill_units(const struct profile *p, const struct profile_request *req)
{
	return (req->prompt + p->batch_tokens - 1) / p->batch_tokens;
}

uint32_t profile_units(const struct profile *p, const struct profile_request *req)
{
	if (p->unit == PROFILE_ENGINE)
		return req->by_layer ? p->layers : 1;
	if (!req->prompt || req->prompt > TOKENS_MAX || !req->output || req->output > TOKENS_MAX)
		return 0;
	return (prefill_units(p, req) + req->output - 1) * (req->by_layer ? p->layers : 1);
}

/* Share @i of @n equal ones; what does not divide goes to the first ones. */
static uint64_t share(uint64_t total, uint32_t i, uint32_t n)
{
	return total / n + (i < total % n);
}

static void engine_unit(const struct profile *p, struct board_cmd *cmd)
{
	cmd->kind = p->engine.kind;
	cmd->macs = p->engine.macs;
	cmd->bytes = p->engine.bytes;
}

static void prefill_unit(const struct profile *p, const struct profile_request *req, uint32_t i,
			 struct board_cmd *cmd)
{
	uint32_t before = i * p->batch_tokens;
	uint32_t tokens = req->prompt - before;

	if (tokens > p->batch_tokens)
		tokens = p->batch_tokens;
	cmd->kind = p->prefill.kind;
	cmd->macs = tokens * p->prefill.macs;
	cmd->bytes = p->prefill.bytes + (uint64_t)before * p->context_bytes;
}

/* The token after the @i first ones. */
static void token_unit(const struct profile *p, const struct profile_request *req, uint32_t i,
		       struct board_cmd *cmd)
{
	cmd->kind = p->token.kind;
	cmd->macs = p->token.macs;
	cmd->bytes = p->token.bytes + ((uint64_t)req->prompt + i) * p->context_bytes;
}

int profile_unit(const struct profile *p, const struct profile_request *req, uint32_t i,
		 struct board_cmd *cmd)
{
	uint32_t layers = req->by_layer ? p->layers : 1;

	if (i >= profile_units(p, req))
		return -ERANGE;
	*cmd = (struct board_cmd){ 0 };
	if (p->unit == PROFILE_ENGINE)
		engine_unit(p, cmd);
	else if (i / layers < prefill_units(p, req))
		prefill_unit(p, req, i / layers, cmd);
	else
		token_unit(p, req, i / layers - prefill_units(p, req), cmd);
	cmd->macs = share(cmd->macs, i % layers, layers);
	cmd->bytes = share(cmd->bytes, i % layers, layers);
	return 0;
}

const char *profile_class_name(enum profile_class cls)
{
	return (size_t)cls < COUNT(class_names) ? class_names[cls] : "?";
}
