// SPDX-License-Identifier: GPL-2.0-or-later
/* scx - see scx.h */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "sched/scx.h"
#include "twill.skel.h"

struct scx {
	struct twill_bpf *bpf;
	struct bpf_link *link;
};

/* What libbpf said first: of a refusal, its reason. What comes after follows from it. */
static char said[256];

static int say(enum libbpf_print_level level, const char *fmt, va_list args)
{
	if (level != LIBBPF_WARN || *said)
		return 0;
	vsnprintf(said, sizeof(said), fmt, args);
	said[strcspn(said, "\n")] = 0;
	return 0;
}

static int refuse(int err, const char *what, char *why, size_t n)
{
	snprintf(why, n, "%s: %s%s%s", what, strerror(-err), *said ? ": " : "", said);
	return err;
}

static int fit(const struct scx_shape *shape)
{
	uint32_t i;

	if (!shape->cpus || shape->cpus > SCHED_CPUS || !shape->clusters ||
	    shape->clusters > SCHED_CLUSTERS)
		return -EINVAL;
	for (i = 0; i < shape->cpus; i++)
		if (shape->cluster_of[i] >= shape->clusters)
			return -EINVAL;
	return 0;
}

/* What the kernel and the module must have; libbpf would say it less clearly. */
static const char *lacks(void)
{
	if (access("/sys/kernel/sched_ext", F_OK))
		return "the kernel has no sched_ext";
	if (access("/sys/kernel/btf/vmlinux", F_OK))
		return "the kernel has no BTF";
	if (access("/sys/module/twill", F_OK))
		return "twill.ko is not loaded";
	if (access("/sys/kernel/btf/twill", F_OK))
		return "twill.ko was built without BTF: copy /sys/kernel/btf/vmlinux to where "
		       "the kernel's headers are, and build it again";
	return NULL;
}

static void set_up(struct twill_bpf *bpf, const struct scx_shape *shape,
		   const struct scx_options *o)
{
	bpf->rodata->cpus = shape->cpus;
	bpf->rodata->clusters = shape->clusters;
	memcpy((void *)bpf->rodata->cluster_of, shape->cluster_of, sizeof(shape->cluster_of));
	if (!o)
		return;
	bpf->rodata->stall = o->stall;
	if (o->timeout_ms)
		bpf->struct_ops.twill_ops->timeout_ms = o->timeout_ms;
}

int scx_open(struct scx **to, const struct scx_shape *shape, const struct scx_options *o,
	     char *why, size_t n)
{
	const char *missing = lacks();
	struct scx *s;
	int err;

	*said = 0;
	*to = NULL;
	if (missing) {
		snprintf(why, n, "%s", missing);
		return -EOPNOTSUPP;
	}
	if (fit(shape))
		return refuse(-EINVAL, "the policy is for at most 64 CPUs in 8 clusters", why, n);
	s = calloc(1, sizeof(*s));
	if (!s)
		return refuse(-ENOMEM, "the policy", why, n);
	libbpf_set_print(say);
	s->bpf = twill_bpf__open();
	if (!s->bpf) {
		err = refuse(-errno, "the policy cannot be opened", why, n);
		goto close;
	}
	set_up(s->bpf, shape, o);
	err = twill_bpf__load(s->bpf);
	if (err) {
		err = refuse(err, "the kernel refuses the policy", why, n);
		goto close;
	}
	*to = s;
	return 0;
close:
	scx_close(s);
	return err;
}

struct scx *scx_close(struct scx *s)
{
	if (!s)
		return NULL;
	scx_detach(s);
	twill_bpf__destroy(s->bpf);
	free(s);
	return NULL;
}

int scx_attach(struct scx *s, char *why, size_t n)
{
	int err;

	*said = 0;
	memset(s->bpf->bss, 0, sizeof(*s->bpf->bss));
	s->link = bpf_map__attach_struct_ops(s->bpf->maps.twill_ops);
	if (s->link)
		return 0;
	err = -errno;
	return refuse(err, err == -EBUSY ? "another sched_ext scheduler is attached"
					 : "the policy does not start", why, n);
}

void scx_detach(struct scx *s)
{
	bpf_link__destroy(s->link);
	s->link = NULL;
}

bool scx_ended(const struct scx *s, struct scx_end *end)
{
	/* Written last by the policy. */
	end->kind = __atomic_load_n(&s->bpf->bss->exit_kind, __ATOMIC_ACQUIRE);
	if (!end->kind)
		return false;
	snprintf(end->reason, sizeof(end->reason), "%s", s->bpf->bss->exit_reason);
	snprintf(end->message, sizeof(end->message), "%s", s->bpf->bss->exit_message);
	return true;
}

const char *scx_dump(const struct scx *s)
{
	return s->bpf->bss->exit_dump;
}

struct sched_count scx_count(const struct scx *s, enum sched_band band)
{
	struct sched_count sum = { 0 };
	int cpu;

	for (cpu = 0; cpu < SCHED_CPUS; cpu++) {
		const struct sched_count *c = &s->bpf->bss->count[cpu][band];

		sum.picked += c->picked;
		sum.queued += c->queued;
		sum.ran_ns += c->ran_ns;
	}
	return sum;
}

uint32_t scx_cost(const struct scx *s, uint32_t i, const char **name)
{
	struct bpf_prog_info info = { 0 };
	struct bpf_program *prog;
	uint32_t len = sizeof(info);

	bpf_object__for_each_program(prog, s->bpf->obj) {
		if (i--)
			continue;
		*name = bpf_program__name(prog);
		if (bpf_obj_get_info_by_fd(bpf_program__fd(prog), &info, &len))
			return 0;
		return info.verified_insns;
	}
	return 0;
}
