// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The watt loop against a small board: true power every millisecond, a sensor
 * with lag, rounding and gain error before the loop, clocks that take 5 ms.
 * No sliding window of true power may exceed the budget after the first window
 * of load, whatever the load; and a load that wants it gets most of it.
 */
#include <stdlib.h>
#include <string.h>

#include "power/board.h"
#include "power/watt.h"
#include "tap.h"

#define PROFILE		"/agent/boards/orin-nx-16gb.ini"
#define WINDOW_MS	1000
#define PERIOD_MS	(WINDOW_MS / WATT_PERIODS)
#define PASS_MS		7
#define SETTLE_MS	5
#define DRAIN_MS	45	/* BERT-large at 306 MHz, the longest unit */
#define RUN_MS		30000

static struct board_profile board;
static struct platform platform;
static uint64_t seed;

static uint32_t rnd(uint32_t n)
{
	seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return (seed >> 33) % n;
}

/* What runs in this millisecond: shares of the worst, in percent. */
struct load {
	uint32_t gpu, cpu, dla0, dla1;
	uint32_t stranger;	/* on the GPU, and nobody's job */
};

typedef void (*load_fn)(uint32_t ms, struct load *l);

static void steady(uint32_t ms, struct load *l)
{
	(void)ms;
	l->gpu = 100;
	l->cpu = 100;
}

static void gpu_only(uint32_t ms, struct load *l)
{
	(void)ms;
	l->gpu = 100;
}

static void light(uint32_t ms, struct load *l)
{
	(void)ms;
	l->gpu = 60;
	l->cpu = 12;
}

static void all_parts(uint32_t ms, struct load *l)
{
	(void)ms;
	*l = (struct load){ 100, 100, 100, 100, 0 };
}

/* Jobs of 3 to 100 ms with pauses of up to as much. */
static void jobs(uint32_t ms, struct load *l)
{
	static uint32_t until, on;

	if (!ms)
		until = 0;
	if (ms >= until) {
		on = !on;
		until = ms + 3 + rnd(on ? 98 : 60);
		l->gpu = on ? 40 + rnd(61) : 0;
		l->cpu = rnd(4) * 12;
	}
}

/* Nothing, then everything, as long as it hurts most. */
static void ambush(uint32_t ms, struct load *l)
{
	uint32_t at = ms % 3700;

	*l = at < 1500 ? (struct load){ 0 } : (struct load){ 100, 100, 100, 100, 0 };
}

/* The same at any moment, for any time. */
static void random_ambush(uint32_t ms, struct load *l)
{
	static uint32_t until, on;

	if (!ms)
		until = 0;
	if (ms >= until) {
		on = !on;
		until = ms + 5 + rnd(on ? 2500 : 1500);
		*l = on ? (struct load){ 100, 100, 100, 100, 0 } : (struct load){ 0 };
	}
}

/* Light work that invites a step up, then heavy work. */
static void switching(uint32_t ms, struct load *l)
{
	static uint32_t until;

	if (!ms)
		until = 0;
	if (ms >= until) {
		until = ms + 50 + rnd(2000);
		l->gpu = rnd(2) ? 100 : 20 + rnd(40);
		l->cpu = rnd(3) ? 12 : 100;
		l->dla0 = rnd(2) * 100;
		l->dla1 = rnd(2) * 100;
	}
}

/* Marked jobs come and go beside a program that marks none, for seconds at a time. */
static void stranger(uint32_t ms, struct load *l)
{
	jobs(ms, l);
	l->stranger = ms % 9000 < 6000 ? 100 : 0;
}

static void lone_stranger(uint32_t ms, struct load *l)
{
	*l = (struct load){ .stranger = ms % 4000 < 2500 ? 100 : 0 };
}

struct plant {
	struct watt w;
	uint32_t budget;
	double gain;
	uint32_t step[SETTLE_MS + 1];	/* in effect, soonest first */
	uint32_t true_mw[RUN_MS];
	bool gpu_busy[RUN_MS];
	double joule, gpu_cycles;
	uint32_t over, worst, braked, brakes, eased, eases;
};

static uint32_t draw(const struct plant *p, const struct load *l)
{
	const struct watt_step *s = &p->w.step[p->step[0]];
	uint32_t cpus = s->base_mw - p->w.idle_mw;

	uint32_t gpu = l->gpu > l->stranger ? l->gpu : l->stranger;

	return p->w.idle_mw + gpu * s->gpu_mw / 100 + l->cpu * cpus / 100 +
	       (l->dla0 + l->dla1) * s->dla_mw / 100;
}

/* Mean of the last whole pass, off by the gain, in whole steps. */
static uint32_t sense(const struct plant *p, uint32_t ms)
{
	uint32_t end = ms / PASS_MS * PASS_MS, i;
	double sum = 0;

	if (end < PASS_MS)
		return board.idle_mw;
	for (i = end - PASS_MS; i < end; i++)
		sum += p->true_mw[i];
	return (uint32_t)(sum / PASS_MS * p->gain) / WATT_ROUND_MW * WATT_ROUND_MW;
}

static uint32_t busy_of(const struct load *l)
{
	return (l->gpu ? WATT_BUSY_GPU : 0) | (l->dla0 ? WATT_BUSY_DLA(0) : 0) |
	       (l->dla1 ? WATT_BUSY_DLA(1) : 0);
}

/* As nvgpu shows it: of the last 50 ms, in permille. */
static uint32_t gpu_load(const struct plant *p, uint32_t ms)
{
	uint32_t i, n = 0;

	for (i = ms - 50; ms >= 50 && i < ms; i++)
		n += p->gpu_busy[i];
	return n * 20;
}

static void judge(struct plant *p)
{
	uint64_t sum = 0;
	uint32_t ms;

	for (ms = 0; ms < RUN_MS; ms++) {
		sum += p->true_mw[ms];
		p->joule += p->true_mw[ms] / 1e6;
		if (ms < WINDOW_MS)
			continue;
		sum -= p->true_mw[ms - WINDOW_MS];
		if (ms < 2 * WINDOW_MS || ms % 10)
			continue;
		if (sum > (uint64_t)p->budget * WINDOW_MS)
			p->over++;
		if (sum / WINDOW_MS > p->worst)
			p->worst = sum / WINDOW_MS;
	}
}

static void run(struct plant *p, load_fn fn, double gain, uint32_t budget, bool rest_first)
{
	struct watt_reading r = { .mw = board.idle_mw };
	struct load l = { 0 }, eff;
	uint32_t ms, busy = 0, now;

	memset(p, 0, sizeof(*p));
	p->budget = budget;
	p->gain = gain;
	watt_init(&p->w, &board, &platform);
	watt_rest_first(&p->w, rest_first);
	watt_set_budget(&p->w, budget, WINDOW_MS * 1000000ULL, PASS_MS);
	watt_start(&p->w, &r, 0);
	for (ms = 0; ms <= SETTLE_MS; ms++)
		p->step[ms] = p->w.at;
	for (ms = 0; ms < RUN_MS; ms++) {
		if (ms)
			fn(ms - 1, &l);
		now = busy_of(&l);
		if (now != busy)
			watt_busy(&p->w, now, ms * 1000000ULL);
		busy = now;
		if (ms && !(ms % PERIOD_MS)) {
			r.now_ns = ms * 1000000ULL;
			r.mw = sense(p, ms);
			r.gpu_load_pm = gpu_load(p, ms);
			watt_tick(&p->w, &r, busy);
		}
		memmove(p->step, p->step + 1, sizeof(p->step) - sizeof(p->step[0]));
		p->step[SETTLE_MS] = p->w.at;
		/* Braked, units in flight go on for a while; then the engines stand still. */
		p->braked = p->w.brake == WATT_REST_ALL ? p->braked + 1 : 0;
		p->brakes += p->braked == 1;
		p->eased = p->w.brake ? p->eased + 1 : 0;
		p->eases += p->eased == 1;
		eff = l;
		if (p->eased > DRAIN_MS)
			eff.gpu = 0;
		if (p->braked > DRAIN_MS)
			eff.dla0 = eff.dla1 = 0;
		p->true_mw[ms] = draw(p, &eff);
		p->gpu_busy[ms] = eff.gpu || eff.stranger;
		p->gpu_cycles += eff.gpu ? p->w.step[p->step[0]].gpu_khz : 0;
	}
	judge(p);
}

/*
 * What a stranger draws before it is found out, where jobs have used up what the
 * window had to spare, is over: by this much at most.
 */
#define AMBUSHED_PCT	2

static const struct {
	const char *name;
	load_fn fn;
	uint32_t least_pct;	/* of the budget, at exact gain, 15 W; 0: not asked */
	uint32_t from_mw;	/* below, nothing that the loop can do is enough */
	bool ambush;
} load[] = {
	{ "all CPUs and the GPU, steady", steady, 85, 0, false },
	{ "GPU alone, steady", gpu_only, 85, 0, false },
	{ "light work", light, 85, 0, false },
	{ "every part", all_parts, 0, 0, false },
	{ "jobs and pauses", jobs, 0, 0, false },
	{ "ambush after a pause", ambush, 0, 0, false },
	{ "ambush at any moment", random_ambush, 0, 0, false },
	{ "switching", switching, 0, 0, false },
	{ "a stranger beside jobs", stranger, 0, 15000, true },
	{ "a stranger alone", lone_stranger, 0, 0, false },
};

static void test_budget_kept(uint32_t budget, bool rest_first)
{
	static const double gain[] = { 0.97, 1.0, 1.03 };
	static struct plant p;
	uint32_t i, g, k;

	for (i = 0; i < sizeof(load) / sizeof(load[0]); i++) {
		uint32_t over = 0, worst = 0, brakes = 0, eases = 0, runs = load[i].least_pct ? 1 : 10;
		double mean[3] = { 0 }, mhz[3] = { 0 };

		for (g = 0; g < 3; g++) {
			for (k = 0; k < runs; k++) {
				seed = k;
				run(&p, load[i].fn, gain[g], budget, rest_first);
				over += p.over;
				brakes += p.brakes;
				eases += p.eases;
				worst = p.worst > worst ? p.worst : worst;
				mean[g] += p.joule * 1e6 / RUN_MS / runs;
				mhz[g] += p.gpu_cycles / RUN_MS / 1000 / runs;
			}
		}
		if (budget < load[i].from_mw)
			continue;
		ok(!over || (load[i].ambush && worst * 100ULL <= budget * (100ULL + AMBUSHED_PCT)),
		   "%u mW, %s%s: worst window %u mW, %u over; mean %.0f/%.0f/%.0f mW, gpu %.0f MHz, %u rests, %u of all",
		   budget, load[i].name, rest_first ? ", the least rests first" : "", worst, over,
		   mean[0], mean[1], mean[2], mhz[1], eases,
		   brakes);
		if (load[i].least_pct && budget == 15000 && !rest_first)
			ok(mean[1] * 100 >= budget * load[i].least_pct, "and uses %.1f %% of it",
			   mean[1] * 100 / budget);
	}
}

static void made_up_board(void)
{
	static const uint32_t gpu[] = { 306000, 408000, 510000, 612000, 714000, 816000, 918000,
					1020000, 1122000, 1173000 };
	static const uint32_t cpu[] = { 115200, 268800, 422400, 576000, 729600, 883200, 1036800,
					1113600, 1190400, 1344000, 1497600, 1651200, 1804800,
					1958400, 1984000 };
	int i;

	memcpy(platform.gpu.khz, gpu, sizeof(gpu));
	platform.gpu.n = sizeof(gpu) / sizeof(gpu[0]);
	platform.clusters = 2;
	for (i = 0; i < 2; i++) {
		memcpy(platform.cpu[i].khz, cpu, sizeof(cpu));
		platform.cpu[i].n = sizeof(cpu) / sizeof(cpu[0]);
		platform.cpu[i].cpus = 4;
		strcpy(platform.dla[i].path, "/sys/dla");
	}
}

/* Breaks if: the step above which work costs least is not looked for in the profile. */
static void test_thrifty(void)
{
	static struct watt w;

	watt_init(&w, &board, &platform);
	ok(w.step[w.thrifty].gpu_khz == 816000 && w.step[w.thrifty - 1].gpu_khz == 714000,
	   "below 816 MHz a piece of work costs the GPU more: %u kHz", w.step[w.thrifty].gpu_khz);
}

int main(int argc, char **argv)
{
	char error[CONF_ERROR_MAX] = "", profile[PATH_MAX];

	snprintf(profile, sizeof(profile), "%s" PROFILE, argc > 1 ? argv[1] : ".");
	if (!ok(!board_read(&board, profile, error), "profile reads %s", error))
		return tap_done();
	made_up_board();
	test_thrifty();
	test_budget_kept(12000, false);
	test_budget_kept(15000, false);
	test_budget_kept(25000, false);
	test_budget_kept(12000, true);
	test_budget_kept(15000, true);
	test_budget_kept(25000, true);
	return tap_done();
}
