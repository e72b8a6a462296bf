// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * board_test - laws that the virtual board keeps whatever its constants are.
 * Each test says which change to the board would break it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/board.h"
#include "sim/board_caps.h"
#include "sim/board_cost.h"
#include "sim/run.h"
#include "sim/board_table.h"
#include "sim/profile.h"
#include "tap.h"

#define MS		1000000ULL
#define CLIENTS		8

static const struct silicon *const si = &silicon_orin_nx_16gb;

/* No memory part: its time is its clock's alone. Tens of milliseconds on the GPU. */
static const struct board_cmd pure = { .kind = ORIN_SIM_CONV, .macs = 400000000000ULL };
/* Of about equal parts. */
static const struct board_cmd mixed = { .kind = ORIN_SIM_CONV, .macs = 8000000000ULL,
					.bytes = 80000000 };

static struct board *fresh(s64 switch_ns)
{
	struct board *b = malloc(board_size());

	if (!b)
		abort();
	board_init(b, si, switch_ns);
	return b;
}

static bool near(u64 a, u64 b, u64 slack)
{
	return a > b ? a - b <= slack : b - a <= slack;
}

/* To @until, stopping at every event like the kernel's timer does. */
static void step_to(struct board *b, u64 *now, u64 until)
{
	while (*now < until) {
		*now = board_next(b) < until ? board_next(b) : until;
		board_advance(b, *now);
	}
}

static u64 last_end(struct board *b, u32 *count)
{
	struct board_done d;
	u64 last = 0;

	while (board_pop(b, &d)) {
		last = d.end_ns > last ? d.end_ns : last;
		*count += 1;
	}
	return last;
}

/* Breaks if: board.c's unit costs and the closed form part ways. */
static void test_alone(void)
{
	const enum orin_sim_engine on[] = { ORIN_SIM_CPU, ORIN_SIM_GPU, ORIN_SIM_DLA0 };
	const u32 khz[] = { BOARD_CPU_MAX_KHZ, BOARD_GPU_MAX_KHZ, BOARD_DLA_MAX_KHZ };
	u32 i;

	for (i = 0; i < 3; i++) {
		struct board *b = fresh(-1);
		u64 want = board_alone_ns(si, on[i], &mixed, khz[i]), now = 0;
		u32 n = 0;

		board_submit(b, (u32)board_open(b, on[i], 1), &mixed);
		step_to(b, &now, want - 1);
		ok(last_end(b, &n) == 0, "engine %d: not done a nanosecond early", on[i]);
		step_to(b, &now, want);
		ok(last_end(b, &n) == want, "engine %d: done when the closed form says", on[i]);
		free(b);
	}
}

/* k clients with the GPU always wanted: time until all have completed one unit. */
static u64 sliced(u32 k, s64 switch_ns)
{
	struct board *b = fresh(switch_ns);
	u64 now = 0, end;
	u32 i, n = 0;

	for (i = 0; i < k; i++)
		board_submit(b, (u32)board_open(b, ORIN_SIM_GPU, i), &pure);
	step_to(b, &now, 10000 * MS);
	end = last_end(b, &n);
	free(b);
	return n == k ? end : 0;
}

/*
 * Breaks if: a lone client pays for switches; the switch is charged other than
 * once a slice; a slice does not last a millisecond.
 */
static void test_slicing(void)
{
	u64 one = board_alone_ns(si, ORIN_SIM_GPU, &pure, BOARD_GPU_MAX_KHZ);
	u64 slices = (one + BOARD_SLICE_NS - 1) / BOARD_SLICE_NS;
	u32 k;

	ok(sliced(1, -1) == one, "a lone client pays nothing");
	for (k = 2; k <= CLIENTS; k *= 2) {
		u64 took = sliced(k, -1);

		ok(near(took, k * one + (k * slices - 1) * BOARD_SWITCH_NS, 16),
		   "%u equal clients pay a switch a slice", k);
		ok(near(took * 100 / (k * one), 122, 2), "that is %.3f times their work",
		   (double)took / (double)(k * one));
		ok(near(sliced(k, 0), k * one, 16), "without switches %u take %u times one", k, k);
	}
}

/* Breaks if: set_timeslice is ignored, or bounds nothing. */
static void test_timeslice(void)
{
	u64 one = board_alone_ns(si, ORIN_SIM_GPU, &pure, BOARD_GPU_MAX_KHZ), now = 0, end, slices;
	struct board *b = fresh(-1);
	u32 i, n = 0;

	for (i = 0; i < 2; i++) {
		u32 c = (u32)board_open(b, ORIN_SIM_GPU, i);

		board_set_timeslice(b, c, i ? 4000000 : 50000);
		board_submit(b, c, &pure);
	}
	step_to(b, &now, 1000 * MS);
	end = last_end(b, &n);
	slices = (one + 50 * MS - 1) / (50 * MS);
	ok(near(end, 2 * one + (2 * slices - 1) * BOARD_SWITCH_NS, 4),
	   "a slice above 50 ms is one of 50 ms");
	free(b);
}

/* Breaks if: interleave levels have no effect, or starve the level below. */
static void test_interleave(void)
{
	u64 one = board_alone_ns(si, ORIN_SIM_GPU, &pure, BOARD_GPU_MAX_KHZ);
	struct board *b = fresh(0);
	u64 now = 0, done[3] = { 0 };
	struct board_done d;
	u32 i, c[3];

	for (i = 0; i < 3; i++) {
		c[i] = (u32)board_open(b, ORIN_SIM_GPU, i);
		board_submit(b, c[i], &pure);
	}
	board_set_interleave(b, c[2], 2);
	step_to(b, &now, 1000 * MS);
	while (board_pop(b, &d))
		done[d.client] = d.end_ns;
	ok(done[2] < done[0] && done[2] < done[1], "the highest level ends first");
	ok(near(done[2], 2 * one, 2 * MS), "it has every other slice");
	ok(done[0] && done[1], "the lowest level is served as well");
	free(b);
}

/* Breaks if: a DLA runs two commands at a time, or not in order of submission. */
static void test_dla(void)
{
	u64 one = board_alone_ns(si, ORIN_SIM_DLA0, &pure, BOARD_DLA_MAX_KHZ), now = 0;
	struct board *b = fresh(-1);
	struct board_done d;
	u32 i, n = 0, c[3];
	bool order = true;

	for (i = 0; i < 3; i++)
		c[i] = (u32)board_open(b, ORIN_SIM_DLA0, i);
	for (i = 3; i-- > 0;)
		board_submit(b, c[i], &(struct board_cmd){ .macs = pure.macs, .cookie = 2 - i });
	step_to(b, &now, 10000 * MS);
	while (board_pop(b, &d)) {
		order &= d.cookie == n && d.start_ns == n * one && d.end_ns == (n + 1) * one;
		n++;
	}
	ok(n == 3 && order, "three commands on a DLA run one after another, first come first");
	free(b);
}

/* Breaks if: a cluster has other than four cores, or stages ignore their cluster. */
static void test_cores(void)
{
	const struct board_cmd stage = { .kind = ORIN_SIM_SCALAR,
					 .macs = BOARD_CPU_MAX_KHZ * 10ULL };
	struct board *b = fresh(-1);
	u64 now = 0;
	u32 i, n = 0;

	for (i = 0; i < 10; i++) {
		u32 c = (u32)board_open(b, ORIN_SIM_CPU, i);

		board_bind(b, c, i < 3 ? 0 : 1);
		board_submit(b, c, &stage);
	}
	step_to(b, &now, 10 * MS);
	last_end(b, &n);
	ok(n == 7, "of three stages on one cluster and seven on the other, seven are done first");
	step_to(b, &now, 20 * MS);
	last_end(b, &n);
	ok(n == 10, "the rest follows");
	ok(board_busy_ns(b, ORIN_SIM_CPU) == 100 * MS, "100 ms of core time");
	free(b);
}

/* Breaks if: another engine's traffic speeds a unit up, leaves it alone, or touches its compute. */
static void test_contention(void)
{
	u64 alone = board_alone_ns(si, ORIN_SIM_GPU, &mixed, BOARD_GPU_MAX_KHZ), beside[3];
	u32 dlas, i;

	for (dlas = 0; dlas <= 2; dlas++) {
		struct board *b = fresh(-1);
		u64 now = 0;
		u32 n = 0;

		for (i = 0; i < dlas; i++)
			board_submit(b, (u32)board_open(b, ORIN_SIM_DLA0 + i, 7),
				     &(struct board_cmd){ .macs = pure.macs,
							  .bytes = 1000000000 });
		board_submit(b, (u32)board_open(b, ORIN_SIM_GPU, 1), &mixed);
		step_to(b, &now, 20 * MS);
		beside[dlas] = last_end(b, &n);
		free(b);
	}
	ok(beside[0] == alone, "alone it takes what it takes alone");
	ok(beside[1] > alone && beside[2] > beside[1], "a DLA slows it, a second one more");
	ok(beside[2] < 2 * alone, "but only its memory part");
}

static void busy_mix(struct board *b, u32 seed)
{
	u32 i, c, x = seed;

	for (i = 0; i < 24; i++) {
		c = (u32)board_open(b, (enum orin_sim_engine)(i % 4), i);
		x = x * 1664525 + 1013904223;
		board_bind(b, c, x & 1);
		board_submit(b, c, &(struct board_cmd){ .kind = x >> 30 & 1, .macs = x,
							.bytes = x % 50000000, .cookie = i });
	}
}

/*
 * Breaks if: energy is not power over time; rails do not add up; busy time is
 * not what units took.
 */
static void test_conservation(void)
{
	struct board *b = fresh(0);
	u64 now = 0, sum[3] = { 0 }, uj[3], took = 0, i;
	struct board_done d;
	bool rails = true;
	u32 n = 0;

	busy_mix(b, 1);
	while (board_next(b) != BOARD_NEVER) {
		u64 then = board_next(b);
		struct board_power p;

		board_power(b, &p);
		sum[0] += p.vdd_in_mw * (then - now);
		sum[1] += p.vdd_cpu_gpu_cv_mw * (then - now);
		sum[2] += p.vdd_soc_mw * (then - now);
		rails &= p.vdd_in_mw > p.vdd_cpu_gpu_cv_mw + p.vdd_soc_mw;
		now = then;
		board_advance(b, now);
		while (board_pop(b, &d)) {
			n++;
			took += d.client % 4 == ORIN_SIM_DLA0 ? d.end_ns - d.start_ns : 0;
		}
	}
	board_energy_uj(b, uj);
	ok(n == 24, "all of 24 units complete");
	for (i = 0; i < 3; i++)
		ok(near(uj[i], sum[i] / 1000000, 1), "rail %llu: energy is power over time",
		   (unsigned long long)i);
	ok(rails, "the total is more than two of its rails");
	ok(board_busy_ns(b, ORIN_SIM_DLA0) == took, "a DLA is busy for as long as its units take");
	free(b);
}

/* Breaks if: a result depends on how often somebody looks. */
static void test_steps(void)
{
	struct board *a = fresh(-1), *b = fresh(-1);
	struct board_done x, y;
	u64 now = 0, ua[3], ub[3];
	bool same = true;

	busy_mix(a, 7);
	busy_mix(b, 7);
	board_advance(a, 3000 * MS);
	while (now < 3000 * MS) {
		now += 777777;
		board_advance(b, now < 3000 * MS ? now : 3000 * MS);
	}
	while (board_pop(a, &x))
		same &= board_pop(b, &y) && x.client == y.client && x.cookie == y.cookie &&
			x.start_ns == y.start_ns && x.end_ns == y.end_ns;
	ok(same && !board_pop(b, &y), "one long step and many short ones give the same units");
	board_energy_uj(a, ua);
	board_energy_uj(b, ub);
	ok(!memcmp(ua, ub, sizeof(ua)), "and the same energy");
	free(a);
	free(b);
}

/* Breaks if: work done is lost or gained when a clock changes, or while it is gated. */
static void test_clocks(void)
{
	u64 fast = board_alone_ns(si, ORIN_SIM_GPU, &mixed, 1000000);
	u64 slow = board_alone_ns(si, ORIN_SIM_GPU, &mixed, 500000), now = 0, end;
	struct board *b = fresh(-1);
	u32 n = 0;

	board_set_gpu_khz(b, 1000000);
	board_submit(b, (u32)board_open(b, ORIN_SIM_GPU, 1), &mixed);
	step_to(b, &now, fast / 2);
	board_set_gpu_khz(b, 500000);
	end = fast / 2 + slow / 2;
	step_to(b, &now, end - 100);
	board_set_gpu_khz(b, 0);
	ok(board_next(b) == BOARD_NEVER, "without a clock nothing is due");
	step_to(b, &now, end - 100 + 5 * MS);
	board_set_gpu_khz(b, 500000);
	step_to(b, &now, end + 10 * MS);
	ok(near(last_end(b, &n), end + 5 * MS, 8),
	   "half at one clock and half at another, and a pause while gated");
	free(b);
}

/* Breaks if: an engine that works harder or faster draws less; pinning a clock is free. */
static void test_power(void)
{
	u32 kind, khz, last;
	bool up = true;

	for (kind = ORIN_SIM_CONV; kind <= ORIN_SIM_GEMV; kind++)
		for (khz = 300000, last = 0; khz <= BOARD_GPU_MAX_KHZ; khz += 1000) {
			u32 mw = board_alone_mw(si, ORIN_SIM_GPU, kind, khz);

			up &= mw >= last;
			last = mw;
		}
	ok(up, "power never falls as the GPU's clock rises");
	ok(board_alone_mw(si, ORIN_SIM_DLA0, ORIN_SIM_CONV, BOARD_DLA_MAX_KHZ) <
	   board_alone_mw(si, ORIN_SIM_GPU, ORIN_SIM_CONV, BOARD_GPU_MIN_KHZ), "a DLA draws less");
	ok(board_alone_mw(si, ORIN_SIM_GPU, ORIN_SIM_CONV, 0) <
	   board_alone_mw(si, ORIN_SIM_GPU, ORIN_SIM_CONV, BOARD_GPU_MIN_KHZ), "gated draws least");
}

/* Breaks if: arithmetic wraps. UBSan watches; results must stay ordered. */
static void test_extremes(void)
{
	const struct board_cmd huge = { .kind = ORIN_SIM_GEMV, .macs = ~0ULL, .bytes = ~0ULL };
	struct board *b = fresh(-1);
	u64 now = 0, uj[3];
	u32 i, n = 0;

	ok(board_mul_div(~0ULL, ~0ULL, ~0ULL) == BOARD_LONGEST &&
	   board_mul_div(~0ULL, 3, ~0ULL) == 3 &&
	   board_mul_div(1ULL << 40, 1ULL << 40, 1ULL << 50) == 1ULL << 30 &&
	   board_mul_div(7, 1, 2) == 4 && board_mul_div(5, 5, 0) == BOARD_LONGEST,
	   "a * b / c is exact, rounds up and has a top");
	for (i = 0; i < 4; i++)
		board_submit(b, (u32)board_open(b, (enum orin_sim_engine)i, 1), &huge);
	board_set_gpu_khz(b, 1);
	board_set_cpu_khz(b, 0, ~0U);
	board_set_dla_khz(b, 0, ~0U);
	board_set_emc_khz(b, 1);
	ok(board_next(b) > now, "time goes on");
	for (i = 0; i < 100; i++) {
		now += 10000 * MS;
		board_advance(b, now);
	}
	last_end(b, &n);
	board_energy_uj(b, uj);
	ok(!n && uj[0] / 1000000 > 1000, "endless units do not end, energy counts on");
	board_set_dla_khz(b, 5, 1);
	board_bind(b, 1000, 9);
	board_close(b, 1000);
	ok(board_open(b, (enum orin_sim_engine)9, 0) == -EINVAL &&
	   board_submit(b, 63, &pure) == -EINVAL, "nonsense is refused");
	free(b);
}

/* Breaks if: queues or clients have no end, or unread completions overwrite each other. */
static void test_limits(void)
{
	struct board *b = fresh(-1);
	struct board_cmd cmd = { .macs = 1000000 };
	struct board_done d;
	u32 i, n = 0;
	bool order = true;

	for (i = 0; i < BOARD_CLIENTS; i++)
		if (board_open(b, ORIN_SIM_GPU, i) != (s32)i)
			break;
	ok(i == BOARD_CLIENTS && board_open(b, ORIN_SIM_GPU, i) == -ENOSPC, "64 clients, no more");
	for (i = 0; i < BOARD_QUEUE; i++, cmd.cookie++)
		if (board_submit(b, 3, &cmd))
			break;
	ok(i == BOARD_QUEUE && board_submit(b, 3, &cmd) == -ENOSPC, "16 commands, no more");
	board_advance(b, 1000 * MS);
	ok(board_submit(b, 3, &cmd) == -ENOSPC, "completed but unread ones count");
	while (board_pop(b, &d))
		order &= d.cookie == n++;
	ok(n == BOARD_QUEUE && order, "completions come in order");
	ok(!board_submit(b, 3, &cmd), "once read there is room");
	free(b);
}

/* Breaks if: a closed client's unit is recalled, its queue survives, or its completion is told. */
static void test_close(void)
{
	u64 one = board_alone_ns(si, ORIN_SIM_DLA0, &pure, BOARD_DLA_MAX_KHZ), now = 0;
	struct board *b = fresh(-1);
	struct board_done d;
	u32 gone = (u32)board_open(b, ORIN_SIM_DLA0, 1);
	u32 stays = (u32)board_open(b, ORIN_SIM_DLA0, 2);

	board_submit(b, gone, &pure);
	board_submit(b, gone, &pure);
	board_submit(b, stays, &pure);
	step_to(b, &now, one / 2);
	board_close(b, gone);
	step_to(b, &now, 5 * one);
	ok(board_pop(b, &d) && d.client == stays && d.start_ns == one,
	   "what is on the engine runs to its end, what is queued is dropped");
	ok(!board_pop(b, &d), "and nobody hears of it");
	ok(board_open(b, ORIN_SIM_GPU, 3) == (s32)gone, "its number is free again");
	free(b);
}

/* A model of its own, so that the profiles may change. */
static const struct profile model = {
	.name = "model", .accelerators = 1u << ORIN_SIM_GPU, .unit = PROFILE_ENGINE,
	.pre_cycles = 1000000, .post_cycles = 500000, .layers = 7,
	.engine = { ORIN_SIM_CONV, 4000000001ULL, 40000003 },
};

static const struct profile words = {
	.name = "words", .accelerators = 1u << ORIN_SIM_GPU, .unit = PROFILE_TOKEN,
	.batch_tokens = 128, .prefill = { ORIN_SIM_GEMM, 1000000, 5000 },
	.token = { ORIN_SIM_GEMV, 1000, 6000 }, .context_bytes = 10, .layers = 4,
};

/* Breaks if: dividing into layers loses work; prefill batches or tokens are miscounted. */
static void test_units(void)
{
	struct profile_request req = { .by_layer = true, .prompt = 300, .output = 5 };
	struct board_cmd cmd;
	u64 macs = 0, bytes = 0;
	u32 i;

	for (i = 0; !profile_unit(&model, &req, i, &cmd); i++) {
		macs += cmd.macs;
		bytes += cmd.bytes;
	}
	ok(i == 7 && macs == model.engine.macs && bytes == model.engine.bytes,
	   "seven layers add up to the engine");
	ok(profile_units(&words, &req) == (3 + 4) * 4, "batches and tokens have layers, too");
	for (i = 24, macs = 0, bytes = 0; !profile_unit(&words, &req, i, &cmd); i++) {
		macs += cmd.macs;
		bytes += cmd.bytes;
	}
	ok(i == 28 && macs == 1000 && bytes == 6000 + 303 * 10,
	   "four layers add up to the last token");
	req.by_layer = false;
	ok(profile_units(&words, &req) == 3 + 4, "300 tokens are three batches");
	ok(!profile_unit(&words, &req, 2, &cmd) && cmd.macs == 44 * 1000000ULL &&
	   cmd.bytes == 5000 + 256 * 10, "the last batch holds the rest and reads the cache");
	ok(!profile_unit(&words, &req, 6, &cmd) && cmd.kind == ORIN_SIM_GEMV &&
	   cmd.bytes == 6000 + 303 * 10, "the last token reads 303 earlier ones");
	req.output = 0;
	ok(!profile_units(&words, &req), "no tokens, no units");
}

static int try_profile(const char *change, struct profile *p, char *err, size_t len)
{
	char path[] = "/tmp/board_test_XXXXXX.ini", text[2048];
	const char *base = strrchr(path, '/') + 1;
	int fd = mkstemps(path, 4), ret;
	FILE *f;

	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f)
		abort();
	snprintf(text, sizeof(text),
		 "[model]\nname = %.*s\nclass = dnn\naccelerators = gpu dla0\nunit = engine\n"
		 "resident_bytes = 5\nresident_bytes_source = derived: x\n[cpu]\npre_cycles = 1\n"
		 "pre_cycles_source = a paper\npost_cycles = 1\npost_cycles_source = a paper\n"
		 "[engine]\nkind = conv\nmacs = 10\nmacs_source = a paper\nbytes = 10\n"
		 "layers = 2\nlayers_source = a paper\n%s\n", (int)strlen(base) - 4, base, change);
	fputs(text, f);
	fclose(f);
	ret = profile_load(path, p, err, len);
	unlink(path);
	return ret;
}

/* Breaks if: a malformed profile is taken, or changes what the caller had. */
static void test_profiles(void)
{
	static const struct { const char *change, *says; } bad[] = {
		{ "", "[engine] bytes: has no bytes_source" },
		{ "bytes_source = derived", "must name a publication" },
		{ "bytes_source = x\nbytes = 11", "[engine] bytes: is there twice" },
		{ "bytes_source = x\ncolour = red", "[engine] colour: unknown key" },
		{ "bytes_source = x\n[token]\nmacs = 5\nmacs_source = y", "has no meaning" },
		{ "bytes_source = x\n[token]\nmacs = -5", "'-5' is no whole number" },
		{ "bytes_source = x\n[token]\nmacs = 99999999999999999999", "is no whole number" },
		{ "bytes_source = x\n[token]\nmacs = 0", "outside 1 .." },
		{ "bytes_source = x\nnonsense", "no 'key = value'" },
	};
	struct profile p = model;
	char err[256];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int ret = try_profile(bad[i].change, &p, err, sizeof(err));

		ok(ret == -EINVAL && strstr(err, bad[i].says) && strstr(err, ".ini: "),
		   "refused: %s", strrchr(err, '/') ? strrchr(err, '/') : err);
	}
	ok(!memcmp(&p, &model, sizeof(p)), "and nothing was changed");
	ok(!try_profile("bytes_source = x", &p, err, sizeof(err)) && p.engine.bytes == 10 &&
	   p.accelerators == (1u << ORIN_SIM_GPU | 1u << ORIN_SIM_DLA0), "a good one is taken");
	ok(profile_load("/nonexistent/x.ini", &p, err, sizeof(err)) == -ENOENT, "no file: %s", err);
}

/* Breaks if: caps are not safe for a saturated mix, or not the highest that are. */
static void test_caps(void)
{
	struct profile models[3] = { model, model, model };
	struct sim_setup setup = { .models = models, .count = 3, .switch_ns = -1,
				   .horizon_ns = 5000 * MS };
	const struct profile_request req = { 0 };
	struct sim_result r;
	static struct sim_job jobs[9000];
	struct caps caps, more;
	u32 i;

	models[1].engine.kind = ORIN_SIM_GEMM;
	models[2].engine.macs *= 10;
	for (i = 0; i < 9000; i++)
		jobs[i] = (struct sim_job){ .model = i % 3, .request = req };
	ok(caps_find(si, models, 3, &req, 17000, &caps) && caps.draw_mw <= 17000, "17 W have caps");
	setup.gpu_khz = caps.gpu_khz;
	setup.cpu_khz = caps.cpu_khz;
	ok(!sim_run(&setup, jobs, 9000, &r) && r.unfinished,
	   "the mix saturates the board at them");
	ok(r.max_window_mw <= caps.draw_mw && r.max_window_mw > 16000,
	   "its worst second draws %u mW, predicted at most %u", r.max_window_mw, caps.draw_mw);
	ok(caps_find(si, models, 3, &req, 40000, &more) && more.gpu_khz == BOARD_GPU_MAX_KHZ &&
	   more.cpu_khz == BOARD_CPU_MAX_KHZ, "40 W allow all clocks");
	ok(!caps_find(si, models, 3, &req, 5000, &more) && more.least_mw > 5000, "5 W allow none");
}

/* Breaks if: requests are lost, overtake each other in one process, or begin before they arrive. */
static void test_run(void)
{
	struct profile models[2] = { model, words };
	struct sim_setup setup = { .models = models, .count = 2, .gpu_khz = 612000,
				   .cpu_khz = 1497600, .switch_ns = -1,
				   .horizon_ns = BOARD_NEVER };
	struct sim_job jobs[40];
	struct sim_result r;
	bool good = true;
	u64 last[2] = { 0 };
	u32 i;

	for (i = 0; i < 40; i++)
		jobs[i] = (struct sim_job){ .arrival_ns = i * MS, .model = i % 2,
			.request = { .prompt = 200, .output = 10 } };
	ok(!sim_run(&setup, jobs, 40, &r) && !r.unfinished, "all requests end");
	for (i = 0; i < 40; i++) {
		good &= jobs[i].begin_ns >= jobs[i].arrival_ns && jobs[i].begin_ns >= last[i % 2] &&
			jobs[i].end_ns > jobs[i].begin_ns;
		last[i % 2] = jobs[i].end_ns;
	}
	ok(good, "a process takes them one after another");
	jobs[3].request.output = 0;
	ok(sim_run(&setup, jobs, 40, &r) == -EINVAL, "an impossible request is refused");
}

int main(void)
{
	test_alone();
	test_slicing();
	test_timeslice();
	test_interleave();
	test_dla();
	test_cores();
	test_contention();
	test_conservation();
	test_steps();
	test_clocks();
	test_power();
	test_extremes();
	test_limits();
	test_close();
	test_units();
	test_profiles();
	test_caps();
	test_run();
	return tap_done();
}
