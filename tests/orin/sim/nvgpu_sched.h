/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nvgpu_sched.h - the ABI of nvgpu's scheduling node, /dev/nvgpu/igpu0/sched.
 *
 * Numbers and layouts are those of NVIDIA's include/uapi/linux/nvgpu.h (L4T
 * r36.4). A TSG is a time-slice group, one for each GPU context; lists of them
 * are bitmaps. A list asked for with too small a buffer gives ENOSPC and the
 * size that is needed.
 */
#ifndef ORIN_NVGPU_SCHED_H
#define ORIN_NVGPU_SCHED_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define NVGPU_SCHED_IOCTL_MAGIC	'S'

struct nvgpu_sched_get_tsgs_args {
	__u32 size;		/* bytes: in, of the buffer; out, of the bitmap */
	__u64 buffer;
};

struct nvgpu_sched_get_tsgs_by_pid_args {
	__u64 pid;
	__u32 size;
	__u64 buffer;
};

struct nvgpu_sched_tsg_get_params_args {
	__u32 tsgid;
	__u32 timeslice;	/* us */
	__u32 runlist_interleave;
	__u32 graphics_preempt_mode;
	__u32 compute_preempt_mode;
	__u64 pid;		/* thread group, initial namespace */
};

struct nvgpu_sched_tsg_timeslice_args {
	__u32 tsgid;
	__u32 timeslice;
};

struct nvgpu_sched_tsg_runlist_interleave_args {
	__u32 tsgid;
	__u32 runlist_interleave;
};

struct nvgpu_sched_api_version_args {
	__u32 version;
};

struct nvgpu_sched_tsg_refcount_args {
	__u32 tsgid;
};

/* What read() gives once TSGs have been opened. */
struct nvgpu_sched_event_arg {
	__u64 reserved;
	__u64 status;
};

#define NVGPU_SCHED_STATUS_TSG_OPEN	1ULL
#define NVGPU_SCHED_API_VERSION		1

#define NVGPU_SCHED_IOCTL_GET_TSGS \
	_IOWR(NVGPU_SCHED_IOCTL_MAGIC, 1, struct nvgpu_sched_get_tsgs_args)
#define NVGPU_SCHED_IOCTL_GET_RECENT_TSGS \
	_IOWR(NVGPU_SCHED_IOCTL_MAGIC, 2, struct nvgpu_sched_get_tsgs_args)
#define NVGPU_SCHED_IOCTL_GET_TSGS_BY_PID \
	_IOWR(NVGPU_SCHED_IOCTL_MAGIC, 3, struct nvgpu_sched_get_tsgs_by_pid_args)
#define NVGPU_SCHED_IOCTL_TSG_GET_PARAMS \
	_IOWR(NVGPU_SCHED_IOCTL_MAGIC, 4, struct nvgpu_sched_tsg_get_params_args)
#define NVGPU_SCHED_IOCTL_TSG_SET_TIMESLICE \
	_IOW(NVGPU_SCHED_IOCTL_MAGIC, 5, struct nvgpu_sched_tsg_timeslice_args)
#define NVGPU_SCHED_IOCTL_TSG_SET_RUNLIST_INTERLEAVE \
	_IOW(NVGPU_SCHED_IOCTL_MAGIC, 6, struct nvgpu_sched_tsg_runlist_interleave_args)
#define NVGPU_SCHED_IOCTL_LOCK_CONTROL		_IO(NVGPU_SCHED_IOCTL_MAGIC, 7)
#define NVGPU_SCHED_IOCTL_UNLOCK_CONTROL	_IO(NVGPU_SCHED_IOCTL_MAGIC, 8)
#define NVGPU_SCHED_IOCTL_GET_API_VERSION \
	_IOR(NVGPU_SCHED_IOCTL_MAGIC, 9, struct nvgpu_sched_api_version_args)
#define NVGPU_SCHED_IOCTL_GET_TSG \
	_IOW(NVGPU_SCHED_IOCTL_MAGIC, 10, struct nvgpu_sched_tsg_refcount_args)
#define NVGPU_SCHED_IOCTL_PUT_TSG \
	_IOW(NVGPU_SCHED_IOCTL_MAGIC, 11, struct nvgpu_sched_tsg_refcount_args)

#endif
