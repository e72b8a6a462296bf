// SPDX-License-Identifier: GPL-2.0-or-later
/* board_cost - see board_cost.h */
#ifdef __KERNEL__
#include <linux/math64.h>
#endif

#define BOARD_WANTS_CURVES

#include "sim/board_cost.h"
#include "sim/board_table.h"

u64 board_divide(u64 a, u64 b)
{
#ifdef __KERNEL__
	return div64_u64(a, b);
#else
	return a / b;
#endif
}

/* a * b as two words. */
static u64 multiply(u64 a, u64 b, u64 *low)
{
	u64 al = (u32)a, ah = a >> 32, bl = (u32)b, bh = b >> 32;
	u64 mid = ah * bl + ((al * bl) >> 32);
	u64 mid2 = al * bh + (u32)mid;

	*low = (mid2 << 32) | (u32)(al * bl);
	return ah * bh + (mid >> 32) + (mid2 >> 32);
}

u64 board_mul_div(u64 a, u64 b, u64 c)
{
	u64 low, rem = multiply(a, b, &low), quot = 0;
	int i;

	if (!c || rem >= c)
		return BOARD_LONGEST;
	if (!rem) {
		quot = board_divide(low, c);
		rem = low - quot * c;
	} else {
		for (i = 63; i >= 0; i--) {
			bool carry = rem >> 63;

			rem = (rem << 1) | ((low >> i) & 1);
			quot <<= 1;
			if (carry || rem >= c) {
				rem -= c;
				quot |= 1;
			}
		}
	}
	if (quot >= BOARD_LONGEST)
		return BOARD_LONGEST;
	return quot + (rem ? 1 : 0);
}

/* Straight lines between the points of a generated curve; flat beyond its end. */
static u32 curve(const struct board_point *p, u32 khz)
{
	u32 i;

	for (i = 1; i < BOARD_CURVE_POINTS && p[i].khz > p[i - 1].khz; i++) {
		u64 span = p[i].khz - p[i - 1].khz;
		u64 part = khz - p[i - 1].khz;

		if (khz >= p[i].khz)
			continue;
		return (u32)board_divide(p[i - 1].mw * (span - part) + p[i].mw * part + span / 2,
					 span);
	}
	return p[i - 1].mw;
}

u64 board_core_ns(enum orin_sim_engine engine, const struct board_cmd *cmd, u32 khz)
{
	u64 rate = engine == ORIN_SIM_CPU ? 1000 :
		   engine == ORIN_SIM_GPU ? board_gpu_rate[cmd->kind] : board_dla_rate;

	return board_mul_div(cmd->macs, 1000000000ULL, rate * khz);
}

u64 board_mem_ns(enum orin_sim_engine engine, const struct board_cmd *cmd, u32 emc_khz)
{
	u64 mbps = engine == ORIN_SIM_GPU ? board_gpu_mbps[cmd->kind] :
		   engine == ORIN_SIM_CPU ? BOARD_CPU_MBPS : BOARD_DLA_MBPS;

	return board_mul_div(cmd->bytes, 1000ULL * BOARD_EMC_KHZ, mbps * emc_khz);
}

u32 board_traffic(const struct board_cmd *cmd, u64 ns)
{
	u64 ppm = board_mul_div(cmd->bytes, 1000ULL * BOARD_PPM, ns * BOARD_DRAM_MBPS);

	return ppm < BOARD_PPM ? (u32)ppm : BOARD_PPM;
}

u64 board_contended_ns(u64 mem_ns, u64 ppm)
{
	return board_mul_div(mem_ns, ppm * BOARD_CONTENTION_PPM, (u64)BOARD_PPM * BOARD_PPM);
}

void board_draw(const struct board_load *load, struct board_power *p)
{
	u32 cv = BOARD_CV_MW + curve(board_gpu_idle_mw, load->gpu_khz);
	u32 soc = BOARD_SOC_MW, other = BOARD_OTHER_MW;
	bool awake = load->gpu_busy;
	u32 i;

	if (load->gpu_busy) {
		cv += curve(board_gpu_busy_mw[load->gpu_kind], load->gpu_khz);
		soc += BOARD_SOC_GPU_MW;
		other += BOARD_OTHER_GPU_MW;
	}
	for (i = 0; i < 2; i++) {
		cv += curve(board_cpu_idle_mw, load->cpu_khz[i]);
		cv += load->cores[i] * curve(board_cpu_busy_mw, load->cpu_khz[i]);
		awake |= load->cores[i] || load->dla_khz[i];
		if (!load->dla_khz[i])
			continue;
		cv += curve(board_dla_busy_mw, load->dla_khz[i]);
		soc += BOARD_SOC_DLA_MW;
		other += BOARD_OTHER_DLA_MW;
	}
	/* The memory's clock is governed: it is up while anybody works. */
	if (awake) {
		soc += (u32)board_divide((u64)BOARD_SOC_AWAKE_MW * load->emc_khz, BOARD_EMC_KHZ);
		other += (u32)board_divide((u64)BOARD_OTHER_AWAKE_MW * load->emc_khz,
					   BOARD_EMC_KHZ);
	}
	p->vdd_cpu_gpu_cv_mw = cv;
	p->vdd_soc_mw = soc;
	p->vdd_in_mw = cv + soc + other;
}

u64 board_alone_ns(enum orin_sim_engine engine, const struct board_cmd *cmd, u32 khz)
{
	if (!khz || cmd->kind >= ORIN_SIM_KINDS || (u32)engine >= ORIN_SIM_ENGINES)
		return BOARD_NEVER;
	return board_core_ns(engine, cmd, khz) + board_mem_ns(engine, cmd, BOARD_EMC_KHZ);
}

u32 board_alone_mw(enum orin_sim_engine engine, u32 kind, u32 khz)
{
	struct board_load load = {
		.gpu_khz = BOARD_GPU_MIN_KHZ,
		.gpu_kind = kind,
		.cpu_khz = { BOARD_CPU_MIN_KHZ, BOARD_CPU_MIN_KHZ },
		.emc_khz = BOARD_EMC_KHZ,
	};
	struct board_power p;

	if (kind >= ORIN_SIM_KINDS || (u32)engine >= ORIN_SIM_ENGINES)
		return 0;
	if (engine == ORIN_SIM_GPU) {
		load.gpu_khz = khz;
		load.gpu_busy = khz != 0;
	} else if (engine == ORIN_SIM_CPU) {
		load.cpu_khz[0] = khz;
		load.cores[0] = khz != 0;
	} else {
		load.dla_khz[0] = khz;
	}
	board_draw(&load, &p);
	return p.vdd_in_mw;
}
