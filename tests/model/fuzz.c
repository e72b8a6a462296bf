// SPDX-License-Identifier: GPL-2.0-or-later
/* The Model Interpreter under libFuzzer: any bytes, little room. */
#include <stddef.h>
#include <stdint.h>

#include "model/dla.h"
#include "model/model.h"

#define ROOM ((size_t)8 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct dim_binding dims[] = { { .name = "batch", .size = 2 }, { .name = "x.0", .size = 3 } };
	struct dla_verdict v;
	struct model m = { 0 };

	/* A refusal without a reason is a fault too */
	if (!model_decode(&m, data, size, ROOM, dims, 2)) {
		if (!m.graph.error[0])
			__builtin_trap();
	} else if (!dla_judge(&m.graph, dla_board_find(DLA_BOARD), dla_release_find(DLA_JETPACK), &v) &&
		   !m.graph.error[0]) {
		__builtin_trap();
	}
	model_close(&m);
	return 0;
}
