// SPDX-License-Identifier: GPL-2.0-or-later
/* twillctl simulate: what it writes */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "ctl/simulate.h"
#include "report/jobs.h"
#include "report/svg.h"

static FILE *open_file(struct ctl *ctl, const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		ctl_refuse(ctl, strerror(errno), NULL, "writing %s", path);
	return f;
}

static int close_file(struct ctl *ctl, const char *path, FILE *f)
{
	bool bad = ferror(f);

	if (fclose(f) || bad)
		return ctl_refuse(ctl, errno ? strerror(errno) : "an error", "It is not whole", "writing %s",
				  path);
	return CTL_OK;
}

static int write_jobs(struct ctl *ctl, const char *path, const struct sim_load *load)
{
	FILE *f = open_file(ctl, path);

	if (!f)
		return CTL_REFUSED;
	jobs_write(f, &silicon_orin_nx_16gb, load, (enum jobs_form)jobs_form(path));
	return close_file(ctl, path, f);
}

int simulate_write_run(struct ctl *ctl, const struct wanted *w, const struct sim_load *load,
		       const struct report_run *run)
{
	const struct svg_timeline t = {
		.record = &run->record, .load = load, .policy = run->policy,
		.budget_mw = (uint32_t)w->budget_mw,
	};
	char reason[64];
	FILE *f;
	int r;

	r = w->out ? write_jobs(ctl, w->out, load) : CTL_OK;
	if (r)
		return r;
	if ((w->svg || w->html) && run->record.to_ns <= run->record.from_ns) {
		snprintf(reason, sizeof(reason), "the run ends at %.3f s", (double)run->result.end_ns * 1e-9);
		return ctl_refuse(ctl, reason, "Give a --span within it", "timeline from %.3f s",
				  (double)w->from_ns * 1e-9);
	}
	if (!w->svg)
		return CTL_OK;
	f = open_file(ctl, w->svg);
	if (!f)
		return CTL_REFUSED;
	svg_timeline(f, &t);
	return close_file(ctl, w->svg, f);
}

int simulate_write_page(struct ctl *ctl, const struct wanted *w, const struct page *page)
{
	FILE *f;

	if (!w->html)
		return CTL_OK;
	f = open_file(ctl, w->html);
	if (!f)
		return CTL_REFUSED;
	page_write(f, page);
	return close_file(ctl, w->html, f);
}
