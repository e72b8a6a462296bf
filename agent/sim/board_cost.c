// SPDX-License-Identifier: GPL-2.0-or-later
/* board_cost - see board_cost.h */
#ifdef __KERNEL__
#include <linux/math64.h>
#endif

#include "sim/board_cost.h"

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

/* Straight lines between the points of a curve; flat beyond its end. */
static u32 curve(const struct silicon_point *p, u32 khz)
{
	u32 i;

	for (i = 1; i < SILICON_POINTS && p[i].khz > p[i - 1].khz; i++) {
		u64 span = p[i].khz - p[i - 1].khz;
		u64 part = khz - p[i - 1].khz;

		if (khz >= p[i].khz)
			continue;
		return (u32)board_divide(p[i - 1].mw * (span - part) + p[i].mw * part + span / 2,
					 span);
	}
	return p[i - 1].mw;
}

u64 board_core_ns(const struct silicon *si, enum orin_sim_engine engine,
		  const struct board_cmd *cmd, u32 khz)
{
	u64 rate = engine == ORIN_SIM_CPU ? 1000 :
		   engine == ORIN_SIM_GPU ? si->gpu_rate[cmd->kind] : si->dla_rate;

	return board_mul_div(cmd->macs, 1000000000ULL, rate * khz);
}

u64 board_mem_ns(const struct silicon *si, enum orin_sim_engine engine,
		 const struct board_cmd *cmd, u32 emc_khz)
{
	u64 mbps = engine == ORIN_SIM_GPU ? si->gpu_mbps[cmd->kind] :
		   engine == ORIN_SIM_CPU ? si->cpu_mbps : si->dla_mbps;

	return board_mul_div(cmd->bytes, 1000ULL * si->emc_khz, mbps * emc_khz);
}

u32 board_traffic(const struct silicon *si, const struct board_cmd *cmd, u64 ns)
{
	u64 ppm = board_mul_div(cmd->bytes, 1000ULL * BOARD_PPM, ns * si->dram_mbps);

	return ppm < BOARD_PPM ? (u32)ppm : BOARD_PPM;
}

u64 board_contended_ns(const struct silicon *si, u64 mem_ns, u64 ppm)
{
	return board_mul_div(mem_ns, ppm * si->contention_ppm, (u64)BOARD_PPM * BOARD_PPM);
}

void board_draw(const struct silicon *si, const struct board_load *load, struct board_power *p)
{
	u32 cv = si->cv_mw + curve(si->gpu_idle_mw, load->gpu_khz);
	u32 soc = si->soc_mw, other = si->other_mw;
	bool awake = load->gpu_busy;
	u32 i;

	if (load->gpu_busy) {
		cv += curve(si->gpu_busy_mw[load->gpu_kind], load->gpu_khz);
		soc += si->soc_gpu_mw;
		other += si->other_gpu_mw;
	}
	for (i = 0; i < si->clusters; i++) {
		cv += curve(si->cpu_idle_mw, load->cpu_khz[i]);
		cv += load->cores[i] * curve(si->cpu_busy_mw, load->cpu_khz[i]);
		awake |= load->cores[i];
	}
	for (i = 0; i < si->dlas; i++) {
		if (!load->dla_khz[i])
			continue;
		awake = true;
		cv += curve(si->dla_busy_mw, load->dla_khz[i]);
		soc += si->soc_dla_mw;
		other += si->other_dla_mw;
	}
	/* The memory's clock is governed: it is up while anybody works. */
	if (awake) {
		soc += (u32)board_divide((u64)si->soc_awake_mw * load->emc_khz, si->emc_khz);
		other += (u32)board_divide((u64)si->other_awake_mw * load->emc_khz, si->emc_khz);
	}
	p->vdd_cpu_gpu_cv_mw = cv;
	p->vdd_soc_mw = soc;
	p->vdd_in_mw = cv + soc + other;
}

u64 board_alone_ns(const struct silicon *si, enum orin_sim_engine engine,
		   const struct board_cmd *cmd, u32 khz)
{
	if (!khz || cmd->kind >= ORIN_SIM_KINDS || (u32)engine >= ORIN_SIM_DLA0 + si->dlas)
		return BOARD_NEVER;
	return board_core_ns(si, engine, cmd, khz) + board_mem_ns(si, engine, cmd, si->emc_khz);
}

u32 board_alone_mw(const struct silicon *si, enum orin_sim_engine engine, u32 kind, u32 khz)
{
	struct board_load load = {
		.gpu_khz = si->gpu.khz[0],
		.gpu_kind = kind,
		.emc_khz = si->emc_khz,
	};
	struct board_power p;
	u32 i;

	if (kind >= ORIN_SIM_KINDS || (u32)engine >= ORIN_SIM_DLA0 + si->dlas)
		return 0;
	for (i = 0; i < si->clusters; i++)
		load.cpu_khz[i] = si->cpu.khz[0];
	if (engine == ORIN_SIM_GPU) {
		load.gpu_khz = khz;
		load.gpu_busy = khz != 0;
	} else if (engine == ORIN_SIM_CPU) {
		load.cpu_khz[0] = khz;
		load.cores[0] = khz != 0;
	} else {
		load.dla_khz[0] = khz;
	}
	board_draw(si, &load, &p);
	return p.vdd_in_mw;
}
