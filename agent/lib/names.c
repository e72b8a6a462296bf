// SPDX-License-Identifier: LGPL-2.1-or-later
/* Names of accelerators and classes, as in the spec. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "twill.h"

static const char *const accelerators[] = {
	[TWILL_ACCELERATOR_NONE] = "none",
	[TWILL_ACCELERATOR_CPU] = "cpu",
	[TWILL_ACCELERATOR_GPU] = "gpu",
	[TWILL_ACCELERATOR_DLA0] = "dla0",
	[TWILL_ACCELERATOR_DLA1] = "dla1",
};

static const char *const classes[] = {
	[TWILL_CLASS_OTHER] = "other",
	[TWILL_CLASS_DNN] = "dnn",
	[TWILL_CLASS_TRANSFORMER] = "transformer",
	[TWILL_CLASS_LLM] = "llm",
};

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static int find(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; name && i < n; i++)
		if (!strcmp(names[i], name))
			return (int)i;
	return -EINVAL;
}

const char *twill_accelerator_name(uint32_t accelerator)
{
	return accelerator < ARRAY_SIZE(accelerators) ? accelerators[accelerator] : NULL;
}

int twill_accelerator_parse(const char *name)
{
	return find(accelerators, ARRAY_SIZE(accelerators), name);
}

const char *twill_class_name(uint32_t cls)
{
	return cls < ARRAY_SIZE(classes) ? classes[cls] : NULL;
}

int twill_class_parse(const char *name)
{
	return find(classes, ARRAY_SIZE(classes), name);
}
