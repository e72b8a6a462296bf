// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/orin_sim: a file is a context on one engine (orin_sim.h).
 *
 * Submitting and completing allocate nothing: a context holds its last 64
 * results. It is the file's; a call in progress holds the file, so that no one
 * waits in a context that is released.
 */
#include <linux/fs.h>
#include <linux/math64.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "sim.h"

atomic_t sim_restarts = ATOMIC_INIT(0);	/* waits that a signal has interrupted */

static struct sim_slot *slot_of(struct sim_ctx *ctx, u64 seq)
{
	return &ctx->slot[seq % SIM_SLOTS];
}

/* A unit has ended. Called with sim_lock held, from anywhere. */
void sim_engine_done(const struct board_done *done)
{
	struct sim_ctx *ctx = sim_ctx[done->client];
	struct sim_slot *slot;

	lockdep_assert_held(&sim_lock);
	if (!ctx)
		return;
	slot = slot_of(ctx, done->cookie);
	slot->start = done->start_ns;
	slot->end = done->end_ns;
	slot->done = true;
	wake_up_all(&ctx->wait);
}

static long ctx_open(struct sim_ctx *ctx, u32 engine)
{
	unsigned long flags;
	s32 client;

	if (engine >= ORIN_SIM_ENGINES)
		return -EINVAL;
	flags = sim_begin();
	client = ctx->client < 0 ? board_open(sim_board, engine, task_tgid_nr(current)) : -EBUSY;
	if (client >= 0) {
		ctx->client = client;
		ctx->engine = engine;
		ctx->pid = task_tgid_nr(current);
		sim_ctx[client] = ctx;
		sim_pid[client] = ctx->pid;
		if (engine == ORIN_SIM_GPU)
			sim_sched_opened(ctx);
		sim_touch();
	}
	sim_end(flags);
	return min(client, 0);
}

static long ctx_submit(struct sim_ctx *ctx, struct orin_sim_cmd __user *arg)
{
	struct orin_sim_cmd cmd;
	struct board_cmd unit;
	struct sim_slot *slot;
	unsigned long flags;
	int err;

	if (copy_from_user(&cmd, arg, sizeof(cmd)))
		return -EFAULT;
	if (cmd.flags || cmd.kind >= ORIN_SIM_KINDS)
		return -EINVAL;
	flags = sim_begin();
	err = -EINVAL;
	if (ctx->client < 0)
		goto out;
	cmd.seq = ctx->last + 1;
	slot = slot_of(ctx, cmd.seq);
	err = -EAGAIN;
	if (slot->seq && !slot->done)
		goto out;
	if (ctx->engine == ORIN_SIM_CPU)
		board_bind(sim_board, ctx->client, sim_cpu_cluster(raw_smp_processor_id()));
	unit = (struct board_cmd){
		.kind = cmd.kind,
		.macs = cmd.macs,
		.bytes = cmd.bytes,
		.cookie = cmd.seq,
	};
	err = board_submit(sim_board, ctx->client, &unit);
	if (err) {
		err = err == -ENOSPC ? -EAGAIN : err;
		goto out;
	}
	*slot = (struct sim_slot){ .seq = cmd.seq };
	ctx->last = cmd.seq;
	sim_touch();
out:
	sim_end(flags);
	if (!err && put_user(cmd.seq, &arg->seq))
		err = -EFAULT;
	return err;
}

/* 1: it has ended, @wait is filled in; 0: not yet; -EINVAL, -ENOENT. */
static int ctx_result(struct sim_ctx *ctx, struct orin_sim_wait *wait)
{
	struct sim_slot *slot = slot_of(ctx, wait->seq);
	unsigned long flags;
	int ret;

	spin_lock_irqsave(&sim_lock, flags);
	if (!wait->seq || wait->seq > ctx->last) {
		ret = -EINVAL;
	} else if (slot->seq != wait->seq) {
		ret = -ENOENT;
	} else {
		ret = slot->done;
		wait->start_ns = slot->start * sim_scale;
		wait->end_ns = slot->end * sim_scale;
	}
	spin_unlock_irqrestore(&sim_lock, flags);
	return ret;
}

static long ctx_wait(struct sim_ctx *ctx, struct orin_sim_wait __user *arg)
{
	struct orin_sim_wait wait;
	int ret, err;

	if (copy_from_user(&wait, arg, sizeof(wait)))
		return -EFAULT;
	err = wait_event_interruptible(ctx->wait, (ret = ctx_result(ctx, &wait)));
	if (err) {
		atomic_inc(&sim_restarts);
		return err;
	}
	if (ret < 0)
		return ret;
	return copy_to_user(arg, &wait, sizeof(wait)) ? -EFAULT : 0;
}

static long engine_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct sim_ctx *ctx = file->private_data;
	u32 __user *word = (u32 __user *)arg;
	u32 engine;

	switch (cmd) {
	case ORIN_SIM_OPEN:
		return get_user(engine, word) ?: ctx_open(ctx, engine);
	case ORIN_SIM_SUBMIT:
		return ctx_submit(ctx, (void __user *)arg);
	case ORIN_SIM_WAIT:
		return ctx_wait(ctx, (void __user *)arg);
	case ORIN_SIM_SCALE:
		return put_user(sim_scale, word);
	}
	return -ENOTTY;
}

static int engine_open(struct inode *inode, struct file *file)
{
	struct sim_ctx *ctx = kzalloc(sizeof(*ctx), GFP_KERNEL_ACCOUNT);

	if (!ctx)
		return -ENOMEM;
	ctx->client = -1;
	init_waitqueue_head(&ctx->wait);
	file->private_data = ctx;
	return stream_open(inode, file);
}

static int engine_release(struct inode *inode, struct file *file)
{
	struct sim_ctx *ctx = file->private_data;
	unsigned long flags = sim_begin();

	if (ctx->client >= 0) {
		if (ctx->engine == ORIN_SIM_GPU)
			sim_sched_closed(ctx);
		board_close(sim_board, ctx->client);
		sim_ctx[ctx->client] = NULL;
		sim_touch();
	}
	sim_end(flags);
	kfree(ctx);
	return 0;
}

static const struct file_operations engine_fops = {
	.owner = THIS_MODULE,
	.open = engine_open,
	.release = engine_release,
	.unlocked_ioctl = engine_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice engine_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "orin_sim",
	.fops = &engine_fops,
	.mode = 0666,
};

int sim_engine_init(void)
{
	return misc_register(&engine_device);
}

void sim_engine_exit(void)
{
	misc_deregister(&engine_device);
}
