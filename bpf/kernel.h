/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kernel.h - of the kernel's types, what the policy reads. libbpf finds the fields in
 * the running kernel by name (CO-RE), so one object serves all, and none has to be
 * at hand when it is built.
 */
#ifndef TWILL_BPF_KERNEL_H
#define TWILL_BPF_KERNEL_H

typedef unsigned char __u8;
typedef signed short __s16;
typedef unsigned short __u16;
typedef int __s32;
typedef unsigned int __u32;
typedef long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;
typedef __s32 s32;
typedef __u32 u32;
typedef __u64 u64;
typedef __s64 s64;
typedef _Bool bool;

enum { false, true };

enum { BPF_MAP_TYPE_ARRAY = 2 };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct cpumask {
	unsigned long bits[1];
};

struct sched_entity {
	u64 sum_exec_runtime;
};

struct sched_ext_entity {
	u32 flags;
	u32 weight;
	u64 dsq_vtime;
};

struct task_struct {
	unsigned int flags;
	struct sched_entity se;
	const struct cpumask *cpus_ptr;
	struct sched_ext_entity scx;
};

enum scx_exit_kind { SCX_EXIT_NONE };

struct scx_exit_info {
	enum scx_exit_kind kind;
	s64 exit_code;
	const char *reason;
	char *msg;
	char *dump;
};

#pragma clang attribute pop

/* Of the operations, those that the policy has; libbpf fills in the kernel's own by name. */
struct sched_ext_ops {
	s32 (*select_cpu)(struct task_struct *p, s32 prev_cpu, u64 wake_flags);
	void (*enqueue)(struct task_struct *p, u64 enq_flags);
	void (*dispatch)(s32 cpu, struct task_struct *prev);
	void (*running)(struct task_struct *p);
	void (*stopping)(struct task_struct *p, bool runnable);
	void (*cpu_online)(s32 cpu);
	void (*cpu_offline)(s32 cpu);
	void (*enable)(struct task_struct *p);
	s32 (*init)(void);
	void (*exit)(struct scx_exit_info *info);
	u64 flags;
	u32 timeout_ms;
	char name[128];
};

/* include/linux/sched.h, include/linux/sched/ext.h, kernel/sched/ext.c: the same since 6.12. */
#define PF_KTHREAD		0x00200000
#define SCX_DSQ_LOCAL		(1ULL << 63 | 2)
#define SCX_KICK_PREEMPT	(1ULL << 1)
#define SCX_ENQ_WAKEUP		(1ULL << 0)
#define SCX_ENQ_PREEMPT		(1ULL << 32)
#define SCX_TASK_QUEUED		(1U << 0)

struct bpf_iter_num {
	u64 __opaque[1];
} __attribute__((aligned(8)));

struct bpf_iter_scx_dsq {
	u64 __opaque[6];
} __attribute__((aligned(8)));

#endif
