// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * board - see board.h. A fluid model: a unit's time is the sum of a compute
 * part, which follows the engine's clock, and a memory part, which follows the
 * EMC clock and grows while other engines use the DRAM. Whenever a condition
 * changes, what is left of each running unit is restated in nanoseconds under
 * the new conditions; between two changes time simply runs down.
 */
#ifdef __KERNEL__
#include <linux/errno.h>
#include <linux/string.h>
#else
#include <errno.h>
#include <string.h>
#endif

#include "sim/board_cost.h"
#include "sim/board_state.h"

static struct unit *first(struct client *c)
{
	return &c->queue[c->head];
}

static u32 slot_khz(const struct board *b, u32 slot)
{
	if (slot == SLOT_GPU)
		return b->gpu_khz;
	if (slot < SLOT_CPU)
		return b->dla_khz[slot - SLOT_DLA];
	return b->cpu_khz[(slot - SLOT_CPU) / CORES];
}

static enum orin_sim_engine slot_engine(u32 slot)
{
	if (slot == SLOT_GPU)
		return ORIN_SIM_GPU;
	if (slot < SLOT_CPU)
		return ORIN_SIM_DLA0 + (slot - SLOT_DLA);
	return ORIN_SIM_CPU;
}

/* Draws power and counts as busy: a client is there and the clock runs. */
static bool active(const struct board *b, u32 slot)
{
	return b->on[slot] != NOBODY && slot_khz(b, slot) && b->emc_khz;
}

/* Its unit makes progress. */
static bool running(const struct board *b, u32 slot)
{
	return active(b, slot) && !(slot == SLOT_GPU && b->switch_left);
}

static void gpu_dispatch(struct board *b)
{
	s32 n = board_runlist_next(b);

	b->on[SLOT_GPU] = n;
	if (n == NOBODY)
		return;
	b->slice_left = b->clients[n].slice_ns;
	b->switch_left = b->gpu_last != NOBODY && b->gpu_last != n ? b->switch_ns : 0;
	b->gpu_last = n;
}

/* In the order of submission; a client is on one core at a time. */
static s32 fifo_next(struct board *b, enum orin_sim_engine engine, u32 cluster)
{
	s32 best = NOBODY;
	u32 i;

	for (i = 0; i < BOARD_CLIENTS; i++) {
		struct client *c = &b->clients[i];

		if (!c->count || c->started || c->engine != engine)
			continue;
		if (engine == ORIN_SIM_CPU && first(c)->cluster != cluster)
			continue;
		if (best == NOBODY || first(c)->seq < first(&b->clients[best])->seq)
			best = (s32)i;
	}
	return best;
}

/* Fills idle slots @from .. @to - 1, which serve one queue. */
static void fifo_dispatch(struct board *b, u32 from, u32 to)
{
	u32 slot;

	for (slot = from; slot < to; slot++) {
		if (b->on[slot] != NOBODY)
			continue;
		b->on[slot] = fifo_next(b, slot_engine(slot), (from - SLOT_CPU) / CORES);
		if (b->on[slot] == NOBODY)
			return;
		b->clients[b->on[slot]].started = true;
	}
}

static void dispatch(struct board *b)
{
	u32 slot, i;

	if (b->on[SLOT_GPU] == NOBODY)
		gpu_dispatch(b);
	for (slot = SLOT_DLA; slot < SLOT_DLA + b->silicon->dlas; slot++)
		fifo_dispatch(b, slot, slot + 1);
	for (i = 0, slot = SLOT_CPU; i < b->silicon->clusters; i++, slot += CORES)
		fifo_dispatch(b, slot, slot + b->silicon->cores[i]);
}

/* The parts of the unit's time at the present clocks; returns its share of the DRAM. */
static u32 price_alone(struct board *b, u32 slot)
{
	struct unit *u = first(&b->clients[b->on[slot]]);
	u32 khz = slot_khz(b, slot);

	if (u->khz != khz || u->emc_khz != b->emc_khz) {
		u->core_ns = board_core_ns(b->silicon, slot_engine(slot), &u->cmd, khz);
		u->mem_ns = board_mem_ns(b->silicon, slot_engine(slot), &u->cmd, b->emc_khz);
		u->traffic = board_traffic(b->silicon, &u->cmd, u->core_ns + u->mem_ns);
		u->khz = khz;
		u->emc_khz = b->emc_khz;
	}
	return u->traffic;
}

/* Restate what is left of the unit, given the traffic of all others. */
static void price(struct board *b, u32 slot, u64 others)
{
	struct client *c = &b->clients[b->on[slot]];
	struct unit *u = first(c);
	u64 full = u->core_ns + u->mem_ns + board_contended_ns(b->silicon, u->mem_ns, others);

	if (!u->full_ns) {
		u->left_ns = full;
		u->start_ns = b->now;
		c->started = true;
	} else if (u->full_ns != full) {
		u->left_ns = board_mul_div(u->left_ns, full, u->full_ns);
	}
	u->full_ns = full;
}

static void weigh(struct board *b)
{
	struct board_load load = { .gpu_khz = b->gpu_khz, .emc_khz = b->emc_khz };
	u32 slot;

	memcpy(load.cpu_khz, b->cpu_khz, sizeof(load.cpu_khz));
	if (active(b, SLOT_GPU)) {
		load.gpu_busy = true;
		load.gpu_kind = first(&b->clients[b->on[SLOT_GPU]])->cmd.kind;
	}
	for (slot = SLOT_DLA; slot < SLOT_CPU; slot++)
		if (active(b, slot))
			load.dla_khz[slot - SLOT_DLA] = slot_khz(b, slot);
	for (slot = SLOT_CPU; slot < SLOTS; slot++)
		load.cores[(slot - SLOT_CPU) / CORES] += active(b, slot);
	board_draw(b->silicon, &load, &b->power);
}

/* After any change: who runs, at which rate, drawing what. */
static void settle(struct board *b)
{
	u32 share[SLOTS] = { 0 };
	u64 total = 0;
	u32 slot;

	dispatch(b);
	for (slot = 0; slot < SLOTS; slot++) {
		if (!running(b, slot))
			continue;
		share[slot] = price_alone(b, slot);
		total += share[slot];
	}
	for (slot = 0; slot < SLOTS; slot++)
		if (running(b, slot))
			price(b, slot, total - share[slot]);
	weigh(b);
}

static void drop_first(struct client *c)
{
	c->head = (c->head + 1) % BOARD_QUEUE;
	c->count--;
	c->started = false;
}

static void complete(struct board *b, u32 slot)
{
	u32 n = (u32)b->on[slot];
	struct client *c = &b->clients[n];
	struct board_done *d;

	if (c->open) {
		d = &b->done[(b->done_head + b->done_count++) % DONE_MAX];
		d->client = n;
		d->cookie = first(c)->cmd.cookie;
		d->start_ns = first(c)->start_ns;
		d->end_ns = b->now;
		c->unread++;
	}
	drop_first(c);
	/* The GPU stays with a client that has more queued, until its slice ends. */
	if (slot != SLOT_GPU || !c->count || !b->slice_left)
		b->on[slot] = NOBODY;
}

/* What falls due at this very moment. */
static void expire(struct board *b)
{
	u32 slot;

	for (slot = 0; slot < SLOTS; slot++) {
		struct unit *u;

		if (!running(b, slot))
			continue;
		u = first(&b->clients[b->on[slot]]);
		if (u->full_ns && !u->left_ns)
			complete(b, slot);
		else if (slot == SLOT_GPU && !b->slice_left)
			b->on[slot] = NOBODY;
	}
}

/* Time runs down for @ns, in which nothing changes. */
static void run(struct board *b, u64 ns)
{
	const u32 mw[3] = { b->power.vdd_in_mw, b->power.vdd_cpu_gpu_cv_mw, b->power.vdd_soc_mw };
	u64 left = ns, part;
	u32 i;

	for (i = 0; i < SLOTS; i++) {
		if (active(b, i))
			b->busy_ns[slot_engine(i)] += ns;
		if (running(b, i))
			first(&b->clients[b->on[i]])->left_ns -= ns;
	}
	if (running(b, SLOT_GPU))
		b->slice_left -= ns;
	else if (active(b, SLOT_GPU))
		b->switch_left -= ns;
	/* In pieces of at most an hour, so that mW * ns fits. */
	for (; left; left -= part) {
		part = left < 3600000000000ULL ? left : 3600000000000ULL;
		for (i = 0; i < 3; i++) {
			u64 pj = mw[i] * part + b->energy_pj[i];
			u64 uj = board_divide(pj, 1000000);

			b->energy_uj[i] += uj;
			b->energy_pj[i] = (u32)(pj - uj * 1000000);
		}
	}
	b->now += ns;
}

u32 board_size(void)
{
	return sizeof(struct board);
}

void board_init(struct board *b, const struct silicon *silicon, s64 switch_ns)
{
	u32 i;

	memset(b, 0, sizeof(*b));
	b->silicon = silicon;
	b->switch_ns = switch_ns < 0 ? silicon->switch_ns : (u64)switch_ns;
	b->gpu_khz = silicon_top(&silicon->gpu);
	for (i = 0; i < silicon->dlas; i++)
		b->dla_khz[i] = silicon_top(&silicon->dla);
	for (i = 0; i < silicon->clusters; i++)
		b->cpu_khz[i] = silicon_top(&silicon->cpu);
	b->emc_khz = silicon->emc_khz;
	for (i = 0; i < SLOTS; i++)
		b->on[i] = NOBODY;
	b->gpu_last = NOBODY;
	settle(b);
}

const struct silicon *board_silicon(const struct board *b)
{
	return b->silicon;
}

void board_set_gpu_khz(struct board *b, u32 khz)
{
	b->gpu_khz = khz;
	settle(b);
}

void board_set_dla_khz(struct board *b, u32 core, u32 khz)
{
	if (core < b->silicon->dlas)
		b->dla_khz[core] = khz;
	settle(b);
}

void board_set_cpu_khz(struct board *b, u32 cluster, u32 khz)
{
	if (cluster < b->silicon->clusters)
		b->cpu_khz[cluster] = khz;
	settle(b);
}

void board_set_emc_khz(struct board *b, u32 khz)
{
	b->emc_khz = khz;
	settle(b);
}

static struct client *open_client(struct board *b, u32 client)
{
	return client < BOARD_CLIENTS && b->clients[client].open ? &b->clients[client] : NULL;
}

s32 board_open(struct board *b, enum orin_sim_engine engine, u32 pid)
{
	u32 i;

	if ((u32)engine >= ORIN_SIM_DLA0 + b->silicon->dlas)
		return -EINVAL;
	for (i = 0; i < BOARD_CLIENTS; i++) {
		struct client *c = &b->clients[i];

		/* A closed one may still have its last unit on the engine. */
		if (c->open || c->count)
			continue;
		memset(c, 0, sizeof(*c));
		c->open = true;
		c->engine = engine;
		c->pid = pid;
		c->slice_ns = b->silicon->slice_ns;
		/* Another context than the one that had this number before. */
		if (b->gpu_last == (s32)i)
			b->gpu_last = BOARD_CLIENTS;
		return (s32)i;
	}
	return -ENOSPC;
}

static void drop_done(struct board *b, u32 client)
{
	u32 i, kept = 0;

	for (i = 0; i < b->done_count; i++) {
		struct board_done *d = &b->done[(b->done_head + i) % DONE_MAX];

		if (d->client != client)
			b->done[(b->done_head + kept++) % DONE_MAX] = *d;
	}
	b->done_count = kept;
}

void board_close(struct board *b, u32 client)
{
	struct client *c = open_client(b, client);

	if (!c)
		return;
	c->open = false;
	c->count = c->started ? 1 : 0;
	drop_done(b, client);
	/* Its context was being loaded, for nothing. */
	if (!c->count && b->on[SLOT_GPU] == (s32)client) {
		b->on[SLOT_GPU] = NOBODY;
		b->switch_left = 0;
	}
	settle(b);
}

void board_bind(struct board *b, u32 client, u32 cluster)
{
	struct client *c = open_client(b, client);

	if (c && cluster < b->silicon->clusters)
		c->cluster = cluster;
}

void board_set_timeslice(struct board *b, u32 client, u32 us)
{
	struct client *c = open_client(b, client);

	if (c)
		c->slice_ns = (us < 1000 ? 1000 : us > 50000 ? 50000 : us) * 1000ULL;
}

void board_set_interleave(struct board *b, u32 client, u32 level)
{
	struct client *c = open_client(b, client);

	if (c)
		c->level = level < LEVELS ? level : LEVELS - 1;
}

s32 board_submit(struct board *b, u32 client, const struct board_cmd *cmd)
{
	struct client *c = open_client(b, client);
	struct unit *u;

	if (!c || cmd->kind >= ORIN_SIM_KINDS || (!cmd->macs && !cmd->bytes))
		return -EINVAL;
	if (c->count + c->unread >= BOARD_QUEUE)
		return -ENOSPC;
	u = &c->queue[(c->head + c->count++) % BOARD_QUEUE];
	memset(u, 0, sizeof(*u));
	u->cmd = *cmd;
	u->cluster = c->cluster;
	u->seq = b->seq++;
	settle(b);
	return 0;
}

u64 board_next(const struct board *b)
{
	u64 soonest = BOARD_NEVER;
	u32 slot;

	if (active(b, SLOT_GPU))
		soonest = b->switch_left ? b->switch_left : b->slice_left;
	for (slot = 0; slot < SLOTS; slot++) {
		const struct client *c;

		if (!running(b, slot))
			continue;
		c = &b->clients[b->on[slot]];
		if (c->queue[c->head].left_ns < soonest)
			soonest = c->queue[c->head].left_ns;
	}
	return soonest < BOARD_NEVER - b->now ? b->now + soonest : BOARD_NEVER;
}

void board_advance(struct board *b, u64 now_ns)
{
	while (b->now < now_ns) {
		u64 next = board_next(b);

		run(b, (next < now_ns ? next : now_ns) - b->now);
		if (b->now == next) {
			expire(b);
			settle(b);
		}
	}
}

bool board_pop(struct board *b, struct board_done *done)
{
	if (!b->done_count)
		return false;
	*done = b->done[b->done_head];
	b->done_head = (b->done_head + 1) % DONE_MAX;
	b->done_count--;
	b->clients[done->client].unread--;
	return true;
}

void board_power(const struct board *b, struct board_power *p)
{
	*p = b->power;
}

void board_energy_uj(const struct board *b, u64 uj[3])
{
	memcpy(uj, b->energy_uj, sizeof(b->energy_uj));
}

u64 board_busy_ns(const struct board *b, enum orin_sim_engine engine)
{
	return (u32)engine < ORIN_SIM_ENGINES ? b->busy_ns[engine] : 0;
}

s32 board_current(const struct board *b, enum orin_sim_engine engine)
{
	u32 slot;

	for (slot = 0; slot < SLOTS; slot++)
		if (slot_engine(slot) == engine && b->on[slot] != NOBODY)
			return b->on[slot];
	return NOBODY;
}

