// SPDX-License-Identifier: GPL-2.0-or-later
/* gen_spec - how a load is written down. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/gen.h"

#define RHO_MIN		0.01
#define RHO_MAX		4.0
#define SECONDS_MAX	86400
#define WORD_MAX	31

static const char *const kinds[GEN_KINDS] = {
	"mix", "cameras", "clients", "pipeline", "hog", "unmarked", "cpu",
};
static const char *const patterns[GEN_ARRIVALS] = { "poisson", "bursty", "diurnal" };
static const char *const mixes[GEN_MIXES] = { "role", "random", "adverse" };
static const char *const units[] = { "engine", "layer" };
static const char *const tokens[] = { "short", "long" };

struct gen gen_defaults(void)
{
	return (struct gen){ .rho = 0.5, .seconds = 60, .seed = 1 };
}

static int lookup(const char *const *words, int count, const char *word)
{
	int i;

	for (i = 0; i < count; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}

static bool whole(const char *word, unsigned long long max, unsigned long long *ret)
{
	char *end;

	errno = 0;
	*ret = strtoull(word, &end, 10);
	return word[0] >= '0' && word[0] <= '9' && !*end && !errno && *ret <= max;
}

static bool set_rho(struct gen *gen, const char *word)
{
	char *end;

	gen->rho = strtod(word, &end);
	return word[0] >= '0' && word[0] <= '9' && !*end && gen->rho >= RHO_MIN &&
	       gen->rho <= RHO_MAX;
}

#define LOOKUP(words, word) lookup(words, sizeof(words) / sizeof((words)[0]), word)

/* NULL, or what the value may be. */
static const char *set(struct gen *gen, const char *key, const char *word)
{
	unsigned long long n;
	int i;

	if (!strcmp(key, "mix")) {
		i = LOOKUP(mixes, word);
		gen->mix = i;
		return i < 0 ? "role, random or adverse" : NULL;
	}
	if (!strcmp(key, "arrivals")) {
		i = LOOKUP(patterns, word);
		gen->arrivals = i;
		return i < 0 ? "poisson, bursty or diurnal" : NULL;
	}
	if (!strcmp(key, "units")) {
		i = LOOKUP(units, word);
		gen->by_layer = i;
		return i < 0 ? "engine or layer" : NULL;
	}
	if (!strcmp(key, "tokens")) {
		i = LOOKUP(tokens, word);
		gen->lengthy = i;
		return i < 0 ? "short or long" : NULL;
	}
	if (!strcmp(key, "rho"))
		return set_rho(gen, word) ? NULL : "0.01 to 4";
	if (!strcmp(key, "seconds")) {
		if (!whole(word, SECONDS_MAX, &n) || !n)
			return "1 to 86400";
		gen->seconds = (uint32_t)n;
		return NULL;
	}
	if (!whole(word, UINT64_MAX, &n))
		return "a whole number";
	gen->seed = n;
	return NULL;
}

static bool known(const char *key)
{
	static const char *const keys[] = {
		"mix", "arrivals", "units", "tokens", "rho", "seconds", "seed",
	};

	return LOOKUP(keys, key) >= 0;
}

static int take(struct gen *gen, const char *word, bool first, char *err, size_t len)
{
	char key[WORD_MAX + 1];
	const char *value = strchr(word, '='), *may;
	int i = first && !value ? LOOKUP(kinds, word) : -1;

	if (i >= 0) {
		gen->kind = i;
		return 0;
	}
	snprintf(key, sizeof(key), "%.*s", value ? (int)(value - word) : 0, word);
	if (!value || !known(key)) {
		snprintf(err, len, "'%s' is not mix, cameras, clients, pipeline, hog, unmarked or cpu, "
			 "and then mix=, arrivals=, rho=, seconds=, seed=, units= or tokens=", word);
		return -EINVAL;
	}
	may = set(gen, key, value + 1);
	if (!may)
		return 0;
	snprintf(err, len, "%s must be %s, not '%s'", key, may, value + 1);
	return -EINVAL;
}

int gen_parse(const char *text, struct gen *gen, char *err, size_t len)
{
	char word[2 * WORD_MAX + 2];
	bool first = true;
	size_t n;
	int r;

	do {
		n = strcspn(text, ",");
		if (n >= sizeof(word)) {
			snprintf(err, len, "'%.*s' is too long", (int)n, text);
			return -EINVAL;
		}
		snprintf(word, sizeof(word), "%.*s", (int)n, text);
		r = take(gen, word, first, err, len);
		if (r)
			return r;
		first = false;
		text += n;
	} while (*text++ == ',');
	return 0;
}
