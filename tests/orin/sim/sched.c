// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/nvgpu/igpu0/sched: lists the GPU's contexts by process and sets their
 * time slice and runlist interleave, as nvgpu's node of that name does.
 *
 * A TSG's number is its context's number on the board. The node can be open
 * once. A reference taken with GET_TSG is only kept book of: where nvgpu would
 * keep a TSG whose process has gone, here it goes with the process.
 */
#include <linux/bitmap.h>
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/nospec.h>
#include <linux/poll.h>
#include <linux/uaccess.h>

#include "nvgpu_sched.h"
#include "sim.h"

#define TSGS		512	/* channels of a ga10b: the size of the bitmaps */
#define SLICE_DEFAULT	1024
#define SLICE_MIN	1000
#define SLICE_MAX	50000
#define INTERLEAVE_HIGH	2
#define COMPUTE_CTA	BIT(1)	/* NVGPU_COMPUTE_PREEMPTION_MODE_CTA, ga10b's default */

/* Guarded by sim_lock. */
static struct {
	DECLARE_BITMAP(active, TSGS);
	DECLARE_BITMAP(recent, TSGS);
	DECLARE_BITMAP(held, TSGS);
	u64 status;
	bool locked;
} sched;

static DECLARE_WAIT_QUEUE_HEAD(sched_wait);
static unsigned long sched_busy;

/* A GPU context is there. */
void sim_sched_opened(struct sim_ctx *ctx)
{
	lockdep_assert_held(&sim_lock);
	ctx->timeslice_us = SLICE_DEFAULT;
	ctx->interleave = 0;
	board_set_timeslice(sim_board, ctx->client, SLICE_DEFAULT);
	__set_bit(ctx->client, sched.active);
	__set_bit(ctx->client, sched.recent);
	sched.status |= NVGPU_SCHED_STATUS_TSG_OPEN;
	wake_up_all(&sched_wait);
}

void sim_sched_closed(struct sim_ctx *ctx)
{
	lockdep_assert_held(&sim_lock);
	__clear_bit(ctx->client, sched.active);
	__clear_bit(ctx->client, sched.recent);
	__clear_bit(ctx->client, sched.held);
}

/* The context of a TSG; with sim_lock held. */
static struct sim_ctx *tsg_ctx(u32 tsgid)
{
	if (tsgid >= TSGS)
		return ERR_PTR(-EINVAL);
	tsgid = array_index_nospec(tsgid, TSGS);
	if (!test_bit(tsgid, sched.active))
		return ERR_PTR(-ENXIO);
	return sim_ctx[tsgid];
}

static int put_bitmap(u64 buffer, u32 *size, const unsigned long *map)
{
	if (*size < TSGS / 8 || !buffer) {
		*size = TSGS / 8;
		return -ENOSPC;
	}
	return copy_to_user(u64_to_user_ptr(buffer), map, TSGS / 8) ? -EFAULT : 0;
}

static int get_tsgs(struct nvgpu_sched_get_tsgs_args *arg, unsigned long *from, bool clear)
{
	DECLARE_BITMAP(map, TSGS);
	unsigned long flags;
	int err;

	spin_lock_irqsave(&sim_lock, flags);
	bitmap_copy(map, from, TSGS);
	spin_unlock_irqrestore(&sim_lock, flags);
	err = put_bitmap(arg->buffer, &arg->size, map);
	if (err || !clear)
		return err;
	/* Only what was told: one opened meanwhile stays recent. */
	spin_lock_irqsave(&sim_lock, flags);
	bitmap_andnot(from, from, map, TSGS);
	spin_unlock_irqrestore(&sim_lock, flags);
	return 0;
}

static int get_tsgs_by_pid(struct nvgpu_sched_get_tsgs_by_pid_args *arg)
{
	DECLARE_BITMAP(map, TSGS) = {};
	unsigned long flags;
	unsigned int i;

	spin_lock_irqsave(&sim_lock, flags);
	for_each_set_bit(i, sched.active, TSGS)
		if (sim_ctx[i]->pid == (pid_t)arg->pid)
			__set_bit(i, map);
	spin_unlock_irqrestore(&sim_lock, flags);
	return put_bitmap(arg->buffer, &arg->size, map);
}

static int get_params(struct nvgpu_sched_tsg_get_params_args *arg)
{
	unsigned long flags;
	struct sim_ctx *ctx;

	spin_lock_irqsave(&sim_lock, flags);
	ctx = tsg_ctx(arg->tsgid);
	if (!IS_ERR(ctx)) {
		arg->timeslice = ctx->timeslice_us;
		arg->runlist_interleave = ctx->interleave;
		arg->graphics_preempt_mode = 0;
		arg->compute_preempt_mode = COMPUTE_CTA;
		arg->pid = ctx->pid;
	}
	spin_unlock_irqrestore(&sim_lock, flags);
	return PTR_ERR_OR_ZERO(ctx);
}

static int set_timeslice(const struct nvgpu_sched_tsg_timeslice_args *arg)
{
	unsigned long flags = sim_begin();
	struct sim_ctx *ctx = tsg_ctx(arg->tsgid);
	int err = PTR_ERR_OR_ZERO(ctx);

	if (!err && (arg->timeslice < SLICE_MIN || arg->timeslice > SLICE_MAX))
		err = -EINVAL;
	if (!err) {
		ctx->timeslice_us = arg->timeslice;
		board_set_timeslice(sim_board, ctx->client, arg->timeslice);
		sim_touch();
	}
	sim_end(flags);
	return err;
}

static int set_interleave(const struct nvgpu_sched_tsg_runlist_interleave_args *arg)
{
	unsigned long flags = sim_begin();
	struct sim_ctx *ctx = tsg_ctx(arg->tsgid);
	int err = PTR_ERR_OR_ZERO(ctx);

	if (!err && arg->runlist_interleave > INTERLEAVE_HIGH)
		err = -EINVAL;
	if (!err) {
		ctx->interleave = arg->runlist_interleave;
		board_set_interleave(sim_board, ctx->client, arg->runlist_interleave);
		sim_touch();
	}
	sim_end(flags);
	return err;
}

static int hold_tsg(u32 tsgid, bool hold)
{
	unsigned long flags;
	struct sim_ctx *ctx;
	int err;

	spin_lock_irqsave(&sim_lock, flags);
	ctx = tsg_ctx(tsgid);
	err = PTR_ERR_OR_ZERO(ctx);
	if (!err && test_bit(tsgid, sched.held) == hold)
		err = -ENXIO;
	if (!err)
		__assign_bit(tsgid, sched.held, hold);
	spin_unlock_irqrestore(&sim_lock, flags);
	return err;
}

static int lock_control(bool lock)
{
	unsigned long flags;

	spin_lock_irqsave(&sim_lock, flags);
	sched.locked = lock;
	spin_unlock_irqrestore(&sim_lock, flags);
	return 0;
}

union sched_arg {
	struct nvgpu_sched_get_tsgs_args tsgs;
	struct nvgpu_sched_get_tsgs_by_pid_args by_pid;
	struct nvgpu_sched_tsg_get_params_args params;
	struct nvgpu_sched_tsg_timeslice_args timeslice;
	struct nvgpu_sched_tsg_runlist_interleave_args interleave;
	struct nvgpu_sched_api_version_args version;
	struct nvgpu_sched_tsg_refcount_args ref;
};

static int sched_command(unsigned int cmd, union sched_arg *arg)
{
	switch (cmd) {
	case NVGPU_SCHED_IOCTL_GET_TSGS:
		return get_tsgs(&arg->tsgs, sched.active, false);
	case NVGPU_SCHED_IOCTL_GET_RECENT_TSGS:
		return get_tsgs(&arg->tsgs, sched.recent, true);
	case NVGPU_SCHED_IOCTL_GET_TSGS_BY_PID:
		return get_tsgs_by_pid(&arg->by_pid);
	case NVGPU_SCHED_IOCTL_TSG_GET_PARAMS:
		return get_params(&arg->params);
	case NVGPU_SCHED_IOCTL_TSG_SET_TIMESLICE:
		return set_timeslice(&arg->timeslice);
	case NVGPU_SCHED_IOCTL_TSG_SET_RUNLIST_INTERLEAVE:
		return set_interleave(&arg->interleave);
	case NVGPU_SCHED_IOCTL_LOCK_CONTROL:
		return lock_control(true);
	case NVGPU_SCHED_IOCTL_UNLOCK_CONTROL:
		return lock_control(false);
	case NVGPU_SCHED_IOCTL_GET_API_VERSION:
		arg->version.version = NVGPU_SCHED_API_VERSION;
		return 0;
	case NVGPU_SCHED_IOCTL_GET_TSG:
		return hold_tsg(arg->ref.tsgid, true);
	case NVGPU_SCHED_IOCTL_PUT_TSG:
		return hold_tsg(arg->ref.tsgid, false);
	}
	return -ENOTTY;
}

static long sched_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	size_t size = _IOC_SIZE(cmd);
	union sched_arg buf = {};
	int err;

	if (_IOC_TYPE(cmd) != NVGPU_SCHED_IOCTL_MAGIC || size > sizeof(buf))
		return -EINVAL;
	if (_IOC_DIR(cmd) & _IOC_WRITE && copy_from_user(&buf, user, size))
		return -EFAULT;
	err = sched_command(cmd, &buf);
	/* Too small a buffer is told the size that would do. */
	if ((!err || err == -ENOSPC) && _IOC_DIR(cmd) & _IOC_READ && copy_to_user(user, &buf, size))
		return -EFAULT;
	return err;
}

static bool sched_event(u64 *status)
{
	unsigned long flags;

	spin_lock_irqsave(&sim_lock, flags);
	*status = sched.status;
	sched.status = 0;
	spin_unlock_irqrestore(&sim_lock, flags);
	return *status;
}

static ssize_t sched_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	struct nvgpu_sched_event_arg event = {};
	int err;

	if (size < sizeof(event))
		return -EINVAL;
	if (!sched_event(&event.status)) {
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(sched_wait, sched_event(&event.status));
		if (err)
			return err;
	}
	return copy_to_user(buf, &event, sizeof(event)) ? -EFAULT : sizeof(event);
}

static __poll_t sched_poll(struct file *file, poll_table *wait)
{
	poll_wait(file, &sched_wait, wait);
	return READ_ONCE(sched.status) ? EPOLLIN | EPOLLRDNORM : 0;
}

static int sched_open(struct inode *inode, struct file *file)
{
	unsigned long flags;

	if (test_and_set_bit(0, &sched_busy))
		return -EBUSY;
	spin_lock_irqsave(&sim_lock, flags);
	bitmap_copy(sched.recent, sched.active, TSGS);
	bitmap_zero(sched.held, TSGS);
	spin_unlock_irqrestore(&sim_lock, flags);
	return stream_open(inode, file);
}

static int sched_release(struct inode *inode, struct file *file)
{
	lock_control(false);
	clear_bit_unlock(0, &sched_busy);
	return 0;
}

static const struct file_operations sched_fops = {
	.owner = THIS_MODULE,
	.open = sched_open,
	.release = sched_release,
	.read = sched_read,
	.poll = sched_poll,
	.unlocked_ioctl = sched_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};

static struct miscdevice sched_device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "nvgpu-igpu0-sched",
	.nodename = "nvgpu/igpu0/sched",
	.fops = &sched_fops,
	.mode = 0660,
};

int sim_sched_init(void)
{
	return misc_register(&sched_device);
}

void sim_sched_exit(void)
{
	misc_deregister(&sched_device);
}
