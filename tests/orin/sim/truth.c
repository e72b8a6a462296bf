// SPDX-License-Identifier: GPL-2.0-only
/*
 * The truth, kept beside what the sensor shows: debugfs orin_sim/.
 *
 * truth      one line for each 10 ms of model time since the last reset, with
 *            the true mean power of each rail over that time, from energies
 * energy_uj  microjoule since then: vdd_in, cpu_gpu_cv, soc
 * reset      any write starts anew
 * restarts   ORIN_SIM_WAITs that a signal or a freezer has interrupted since the load
 *
 * model_ns, the end of a line's 10 ms, times `scale` is CLOCK_MONOTONIC. The other
 * columns but power and the GPU's busy share are what was so at that moment.
 * Equal lines that follow each other are one entry with a count, so that an
 * idle board takes no room: the ring holds 655 s at the least.
 */
#include <linux/debugfs.h>
#include <linux/math64.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/vmalloc.h>

#include "sim.h"

#define ENTRIES		65536
#define LOAD_TICKS	5	/* `load` of the GPU is a mean over 50 ms */

static const enum sim_clk truth_clk[] = { SIM_GPU, SIM_CPU0, SIM_CPU1, SIM_DLA0, SIM_DLA1 };
static const enum orin_sim_engine truth_engine[] = { ORIN_SIM_GPU, ORIN_SIM_DLA0, ORIN_SIM_DLA1 };

struct line {
	u32 mw[SIM_RAILS];
	u32 sensor_mw;
	u32 khz[ARRAY_SIZE(truth_clk)];
	u32 pid[ARRAY_SIZE(truth_engine)];
	u32 gpu_permille;
};

struct entry {
	u64 first;	/* when the first of its lines ends */
	u32 count;
	struct line line;
};

/* Guarded by sim_lock. */
static struct {
	struct entry *ring;
	u64 head;	/* entries since the reset; the last ENTRIES of them are there */
	u64 resets;
	u64 last;	/* end of the last line */
	u64 energy[SIM_RAILS];
	u64 gpu_busy;
	u64 base[SIM_RAILS];
} truth;

static struct dentry *truth_dir;

static struct entry *newest(void)
{
	return truth.head ? &truth.ring[(truth.head - 1) % ENTRIES] : NULL;
}

u64 sim_truth_next(void)
{
	return truth.last + SIM_TICK;
}

/* The next line would equal the last one, as long as nothing changes. */
bool sim_truth_quiet(void)
{
	struct entry *e = newest();

	return e && truth.last >= sim_changed + SIM_TICK &&
	       e->line.sensor_mw == sim_chip_vdd_in_mw();
}

static void push(const struct line *line, u64 first, u32 count)
{
	struct entry *e = newest();

	if (e && !memcmp(&e->line, line, sizeof(*line)) && e->count + count > count) {
		e->count += count;
		return;
	}
	truth.head++;
	e = newest();
	e->first = first;
	e->count = count;
	e->line = *line;
}

/* Note @ticks equal lines; the board stands at the end of the last one. */
void sim_truth_sample(u64 ticks)
{
	u64 energy[SIM_RAILS], busy;
	struct line line = {};
	unsigned int i;

	lockdep_assert_held(&sim_lock);
	board_energy_uj(sim_board, energy);
	busy = board_busy_ns(sim_board, ORIN_SIM_GPU);
	for (i = 0; i < SIM_RAILS; i++) {
		u64 uj = energy[i] - truth.energy[i];

		/* microjoule in 10 ms, by ten, are milliwatts */
		line.mw[i] = div64_u64(uj + 5 * ticks, 10 * ticks);
		truth.energy[i] = energy[i];
	}
	line.gpu_permille = div64_u64((busy - truth.gpu_busy) * 1000, SIM_TICK * ticks);
	truth.gpu_busy = busy;
	line.sensor_mw = sim_chip_vdd_in_mw();
	for (i = 0; i < ARRAY_SIZE(truth_clk); i++)
		line.khz[i] = sim_clock_khz(truth_clk[i]);
	for (i = 0; i < ARRAY_SIZE(truth_engine); i++)
		line.pid[i] = sim_engine_pid(truth_engine[i]);
	push(&line, truth.last + SIM_TICK, ticks);
	truth.last += ticks * SIM_TICK;
	sim_oc_average(line.mw[0], ticks);
	sim_thermal_step(line.mw[0], ticks);
}

/* Share of the last 50 ms in which the GPU was busy, in permille. */
u32 sim_truth_gpu_load(void)
{
	u32 sum = 0, left = LOAD_TICKS, n;
	u64 i;

	lockdep_assert_held(&sim_lock);
	for (i = 0; left && i < min_t(u64, truth.head, LOAD_TICKS); i++) {
		struct entry *e = &truth.ring[(truth.head - 1 - i) % ENTRIES];

		n = min(left, e->count);
		sum += n * e->line.gpu_permille;
		left -= n;
	}
	return left == LOAD_TICKS ? 0 : sum / (LOAD_TICKS - left);
}

static void restart(void)
{
	truth.head = 0;
	truth.resets++;
	truth.last = sim_now;
	board_energy_uj(sim_board, truth.energy);
	memcpy(truth.base, truth.energy, sizeof(truth.base));
	truth.gpu_busy = board_busy_ns(sim_board, ORIN_SIM_GPU);
}

/* Where a reader is: a line of an entry, and that line's number in the file. */
struct cursor {
	u64 resets;
	u64 entry;
	u32 offset;
	loff_t pos;
	struct entry copy;
};

/* Copy the line at the cursor, stepping over what the ring has dropped; NULL at the end. */
static struct cursor *fetch(struct cursor *c)
{
	bool found = false;
	unsigned long flags;

	spin_lock_irqsave(&sim_lock, flags);
	while (c->resets == truth.resets && c->entry < truth.head) {
		if (c->entry + ENTRIES < truth.head) {
			c->entry = truth.head - ENTRIES;
			c->offset = 0;
		}
		c->copy = truth.ring[c->entry % ENTRIES];
		found = c->offset < c->copy.count;
		if (found)
			break;
		c->entry++;
		c->offset = 0;
	}
	spin_unlock_irqrestore(&sim_lock, flags);
	return found ? c : NULL;
}

static void *truth_start(struct seq_file *m, loff_t *pos)
{
	struct cursor *c = m->private;

	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos < c->pos) {
		c->entry = 0;
		c->offset = 0;
		c->pos = 1;
	}
	while (c->pos < *pos && fetch(c)) {
		c->offset++;
		c->pos++;
	}
	return fetch(c);
}

static void *truth_step(struct seq_file *m, void *v, loff_t *pos)
{
	struct cursor *c = m->private;

	++*pos;
	if (v != SEQ_START_TOKEN) {
		c->offset++;
		c->pos++;
	}
	return fetch(c);
}

static void truth_stop(struct seq_file *m, void *v)
{
}

static int truth_line(struct seq_file *m, void *v)
{
	struct cursor *c = v;
	const struct line *l;

	if (v == SEQ_START_TOKEN) {
		seq_puts(m, "model_ns vdd_in_mw cpu_gpu_cv_mw soc_mw sensor_vdd_in_mw gpu_khz cpu0_khz ");
		seq_puts(m, "cpu1_khz dla0_khz dla1_khz gpu_pid dla0_pid dla1_pid gpu_busy_permille\n");
		return 0;
	}
	l = &c->copy.line;
	seq_printf(m, "%llu %u %u %u %u %u %u %u %u %u %u %u %u %u\n",
		   c->copy.first + c->offset * SIM_TICK, l->mw[0], l->mw[1], l->mw[2], l->sensor_mw,
		   l->khz[0], l->khz[1], l->khz[2], l->khz[3], l->khz[4],
		   l->pid[0], l->pid[1], l->pid[2], l->gpu_permille);
	return 0;
}

static const struct seq_operations truth_ops = {
	.start = truth_start,
	.next = truth_step,
	.stop = truth_stop,
	.show = truth_line,
};

static int truth_open(struct inode *inode, struct file *file)
{
	struct cursor *c = __seq_open_private(file, &truth_ops, sizeof(*c));
	unsigned long flags;

	if (!c)
		return -ENOMEM;
	flags = sim_begin();
	c->resets = truth.resets;
	c->pos = 1;
	sim_end(flags);
	return 0;
}

static const struct file_operations truth_fops = {
	.owner = THIS_MODULE,
	.open = truth_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

static int energy_uj_show(struct seq_file *m, void *v)
{
	u64 energy[SIM_RAILS];
	unsigned int i;
	unsigned long flags = sim_begin();

	board_energy_uj(sim_board, energy);
	for (i = 0; i < SIM_RAILS; i++)
		energy[i] -= truth.base[i];
	sim_end(flags);
	seq_printf(m, "%llu %llu %llu\n", energy[0], energy[1], energy[2]);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(energy_uj);

static ssize_t reset_write(struct file *file, const char __user *buf, size_t len, loff_t *pos)
{
	unsigned long flags = sim_begin();

	restart();
	sim_end(flags);
	return len;
}

static const struct file_operations reset_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = reset_write,
};

int sim_truth_init(void)
{
	truth.ring = vcalloc(ENTRIES, sizeof(*truth.ring));
	if (!truth.ring)
		return -ENOMEM;
	spin_lock_irq(&sim_lock);
	restart();
	spin_unlock_irq(&sim_lock);
	truth_dir = debugfs_create_dir("orin_sim", NULL);
	debugfs_create_file("truth", 0400, truth_dir, NULL, &truth_fops);
	debugfs_create_file("energy_uj", 0400, truth_dir, NULL, &energy_uj_fops);
	debugfs_create_file("reset", 0200, truth_dir, NULL, &reset_fops);
	debugfs_create_atomic_t("restarts", 0400, truth_dir, &sim_restarts);
	return 0;
}

void sim_truth_exit(void)
{
	debugfs_remove_recursive(truth_dir);
	sim_core_stop();
	vfree(truth.ring);
}
