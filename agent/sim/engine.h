/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note OR BSD-3-Clause */
/* engine - what works on a board, and what kinds of work there are. */
#ifndef TWILL_SIM_ENGINE_H
#define TWILL_SIM_ENGINE_H

enum orin_sim_engine {
	ORIN_SIM_CPU,	/* one CPU core: a pre- or post-processing stage */
	ORIN_SIM_GPU,
	ORIN_SIM_DLA0,
	ORIN_SIM_DLA1,
	ORIN_SIM_ENGINES,
};

/* What a unit computes: decides how well it uses an engine. */
enum orin_sim_kind {
	ORIN_SIM_CONV,		/* convolutional network */
	ORIN_SIM_GEMM,		/* attention encoder, prefill: large matrix products */
	ORIN_SIM_GEMV,		/* token generation: reads every weight once */
	ORIN_SIM_SCALAR,	/* CPU stage */
	ORIN_SIM_KINDS,
};

#endif
