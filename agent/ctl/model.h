/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What commands about a network have in common: the file, its sizes, the board. */
#ifndef TWILL_CTL_MODEL_H
#define TWILL_CTL_MODEL_H

#include <json-c/json.h>

#include "ctl/ctl.h"
#include "model/dla.h"
#include "model/model.h"

#define CTL_DIMS 32

/**
 * struct ctl_model - a network, and where it is to run
 * @jetpack: as it was named
 * @model, @verdict: filled in by ctl_model_open()
 */
struct ctl_model {
	const char *path, *jetpack;
	struct dim_binding dims[CTL_DIMS];
	uint32_t dims_n;
	const struct dla_board *board;
	const struct dla_release *release;
	struct model model;
	struct dla_verdict verdict;
};

#define CTL_MODEL_OPTIONS \
	{ "dim", required_argument, NULL, 'd' }, \
	{ "board", required_argument, NULL, 'B' }, \
	{ "jetpack", required_argument, NULL, 'J' },

/** ctl_model_option() - take one of them, or a common one; negative to go on, or an exit code */
int ctl_model_option(struct ctl *ctl, struct ctl_model *w, int c);
/** ctl_model_file() - take the file's name after all options, and set what none has set */
int ctl_model_file(struct ctl *ctl, struct ctl_model *w, int argc, char **argv);
/** ctl_model_open() - read and judge it; an exit code, said. model_close() it in any case */
int ctl_model_open(struct ctl *ctl, struct ctl_model *w);
/** ctl_model_text() - a name of the file's, as far as it can be printed; returns @to */
const char *ctl_model_text(struct text t, char *to, size_t len);

/* dla.c: the verdict */
struct json_object *ctl_dla_json(const struct ctl_model *w);
void ctl_dla_print(const struct ctl_model *w);

#endif
