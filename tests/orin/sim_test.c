// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sim_test - does the virtual board behave as its parts are known to?
 *
 * Runs as root in a guest with orin_sim.ko and the kernel's ina3221.ko loaded.
 * All durations are the engines' own (model time), so that a slow emulation
 * changes nothing. "sim_test overcurrent" is for a module loaded with a low
 * oc_limit_mw and scale=1.
 */
#include "sim_test.h"

static void test_names(void)
{
	char link[256] = "";

	ok(!strcmp(slurp(HWMON "name"), "ina3221"), "hwmon name is ina3221");
	if (readlink("/sys/bus/i2c/drivers/ina3221/module", link, sizeof(link) - 1) < 0)
		link[0] = 0;
	ok(strstr(link, "/module/ina3221") &&
		   !access("/sys/module/ina3221/drivers/i2c:ina3221", F_OK),
	   "the kernel's own ina3221 module serves it");
	ok(!strcmp(slurp(HWMON "in1_label"), "VDD_IN") &&
		   !strcmp(slurp(HWMON "in3_label"), "VDD_SOC") &&
		   !strcmp(slurp(HWMON "in2_label"), "VDD_CPU_GPU_CV"),
	   "rails have an Orin NX's labels");
	ok(number(HWMON "shunt1_resistor") == 5000 && number(HWMON "curr1_crit") == 7784,
	   "shunt is 5 mOhm, critical current 7784 mA");
	ok(!strcmp(slurp(DEVFREQ "available_frequencies"),
		   "306000000 408000000 510000000 612000000 714000000 816000000 918000000 "
		   "1020000000 1122000000 1173000000"),
	   "devfreq has the NX's table");
	ok(!strncmp(slurp("/proc/device-tree/model"), "NVIDIA Jetson Orin NX", 21),
	   "model is an Orin NX");
	ok(!strcmp(slurp(CPUFREQ "policy0/related_cpus"), "0 1 2 3") &&
		   !strcmp(slurp(CPUFREQ "policy4/related_cpus"), "4 5 6 7"),
	   "one cpufreq policy for each cluster");
	ok(!strcmp(slurp(CPUFREQ "policy0/scaling_driver"), "tegra194") &&
		   number(CPUFREQ "policy4/cpuinfo_max_freq") == 1984000 &&
		   number(CPUFREQ "policy4/cpuinfo_min_freq") == 115200 &&
		   number(CPUFREQ "policy4/cpuinfo_transition_latency") == 300000 &&
		   strstr(slurp(CPUFREQ "policy0/scaling_available_frequencies"),
			  " 729600 806400 "),
	   "cpufreq is tegra194 with Orin's table");
	ok(!strcmp(slurp(THERMAL "thermal_zone0/type"), "cpu-thermal") &&
		   !strcmp(slurp(THERMAL "thermal_zone8/type"), "tj-thermal") &&
		   number(THERMAL "thermal_zone8/temp") > 30000,
	   "thermal zones are an Orin's");
	ok(!strcmp(slurp(OC "name"), "soctherm_oc") && !strcmp(slurp(OC "oc3_throt_en"), "1"),
	   "over-current counters are there");
}

static void test_calls(void)
{
	struct orin_sim_wait w = { .seq = 1 };
	uint32_t engine = ORIN_SIM_GPU;
	int fd = open("/dev/orin_sim", O_RDWR), n = 0;
	uint64_t last, first;

	errno = 0;
	ok(!submit(fd, ORIN_SIM_CONV, 1) && errno == EINVAL,
	   "submitting before an engine is open is refused");
	ok(!ioctl(fd, ORIN_SIM_OPEN, &engine) && ioctl(fd, ORIN_SIM_OPEN, &engine) &&
		   errno == EBUSY,
	   "a second engine in one file is refused");
	ok(ioctl(fd, ORIN_SIM_WAIT, &w) && errno == EINVAL,
	   "waiting for what was not submitted is refused");
	ok(!submit(fd, ORIN_SIM_KINDS, 1) && errno == EINVAL && !submit(fd, ORIN_SIM_CONV, 0) &&
		   errno == EINVAL,
	   "a unit of no kind, and one of no work, are refused");
	first = submit(fd, ORIN_SIM_CONV, 20000000000);
	for (last = first; n < 100; n++) {
		uint64_t seq = submit(fd, ORIN_SIM_CONV, 1000);

		if (!seq)
			break;
		last = seq;
	}
	ok(errno == EAGAIN && n == 15, "a full queue says EAGAIN, after %d more units", n);
	ok(finish(fd, last).start >= finish(fd, first).end, "a context's units run in order");
	for (n = 0; n < 100; n++)
		last = submit(fd, ORIN_SIM_CONV, 1000), finish(fd, last);
	w.seq = first;
	ok(ioctl(fd, ORIN_SIM_WAIT, &w) && errno == ENOENT,
	   "a result of long ago is no longer kept");
	close(fd);
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void test_signals(void)
{
	struct itimerval soon = { .it_value.tv_usec = 20000 };
	struct sigaction sa = { .sa_handler = on_alarm };
	int fd = context(ORIN_SIM_GPU), ret;
	struct orin_sim_wait w = { 0 };

	w.seq = submit(fd, ORIN_SIM_CONV, work_of(ORIN_SIM_GPU, ORIN_SIM_CONV, 100));
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	ret = ioctl(fd, ORIN_SIM_WAIT, &w);
	ok(ret && errno == EINTR, "a signal ends a wait");
	sa.sa_flags = SA_RESTART;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	ok(!ioctl(fd, ORIN_SIM_WAIT, &w) && w.end_ns > w.start_ns,
	   "with SA_RESTART it goes on, to the unit's end");
	close(fd);
}

static void test_gpu_clock(void)
{
	uint64_t macs, seq[16];
	double full, before, after, change = 0, was, is = 0;
	int fd, i;

	pin_gpu("1173000000");
	macs = work_of(ORIN_SIM_GPU, ORIN_SIM_CONV, 50);
	full = unit_ms(ORIN_SIM_GPU, ORIN_SIM_CONV, macs);
	pin_gpu("612000000");
	ok(near(unit_ms(ORIN_SIM_GPU, ORIN_SIM_CONV, macs) / full, 1173.0 / 612, 0.005),
	   "max_freq of 612 MHz makes a compute-bound unit 1.917 times as long");
	pin_gpu("1173000000");
	fd = context(ORIN_SIM_GPU);
	for (i = 0; i < 16; i++)
		seq[i] = submit(fd, ORIN_SIM_CONV, macs / 50);
	before = monotonic();
	spit(DEVFREQ "max_freq", "306000000");
	after = monotonic();
	for (i = 0; i < 16; i++) {
		struct span s = finish(fd, seq[i]);

		was = is;
		is = s.end - s.start;
		/* The unit in which the clock changed: how far into it? */
		if (!change && i && is > was * 1.01)
			change = s.start + (is - was * 1173 / 306 - 50000) / (1 - 1173.0 / 306);
	}
	note("asked within %.2f ms, effect %.2f ms after the first moment", (after - before) / MS,
	     (change - before) / MS);
	ok(change > before + 4.9 * MS && change < after + 5.1 * MS,
	   "a new GPU clock has effect after 5 ms");
	close(fd);
	pin_gpu("1173000000");
}

static void test_gpu_load(void)
{
	int fd = context(ORIN_SIM_GPU);
	uint64_t seq = submit(fd, ORIN_SIM_CONV, work_of(ORIN_SIM_GPU, ORIN_SIM_CONV, 200));

	ok(shows(GPU "load", 1000), "load of a busy GPU is 1000");
	finish(fd, seq);
	close(fd);
	ok(shows(GPU "load", 0), "load of an idle GPU is 0");
}

static void test_cpu_clock(void)
{
	double near_full, far_full, ratio, other;

	spit(CPUFREQ "policy4/scaling_governor", "userspace");
	pin_thread(1);
	far_full = unit_ms(ORIN_SIM_CPU, ORIN_SIM_SCALAR, 20000000);
	pin_thread(5);
	near_full = unit_ms(ORIN_SIM_CPU, ORIN_SIM_SCALAR, 20000000);
	spit(CPUFREQ "policy4/scaling_setspeed", "729600");
	shows(CPUFREQ "policy4/cpuinfo_cur_freq", 729600);
	unit_ms(ORIN_SIM_CPU, ORIN_SIM_SCALAR, 5000000); /* outlasts the 1 ms */
	ratio = unit_ms(ORIN_SIM_CPU, ORIN_SIM_SCALAR, 20000000) / near_full;
	pin_thread(1);
	other = unit_ms(ORIN_SIM_CPU, ORIN_SIM_SCALAR, 20000000) / far_full;
	ok(near(ratio, 1984.0 / 729.6, 0.005),
	   "729.6 MHz in its cluster makes a stage %.3f times as long", ratio);
	ok(near(other, 1, 0.001), "and in the other cluster changes nothing");
	spit(CPUFREQ "policy4/scaling_governor", "performance");
}

static void test_dla_clock(void)
{
	double full;
	uint64_t macs = work_of(ORIN_SIM_DLA0, ORIN_SIM_CONV, 40);

	ok(number(DLA0 "dla0_core") == 614400000, "DLA clocks begin at 614.4 MHz");
	full = unit_ms(ORIN_SIM_DLA0, ORIN_SIM_CONV, macs);
	spit(DLA0 "dla0_core", "160000000");
	ok(number(DLA0 "dla0_core") == 153600000, "160 MHz written to clk_cap reads 153.6");
	unit_ms(ORIN_SIM_DLA0, ORIN_SIM_CONV, macs); /* outlasts the 5 ms */
	ok(near(unit_ms(ORIN_SIM_DLA0, ORIN_SIM_CONV, macs) / full, 4, 0.005),
	   "and makes a unit 4 times as long");
	ok(near(unit_ms(ORIN_SIM_DLA1, ORIN_SIM_CONV, macs) / full, 1, 0.005),
	   "but not the other DLA's");
	ok(spit(DLA0 "dla0_core", "fast") == EINVAL && number(DLA0 "dla0_core") == 153600000,
	   "what is no number is refused, and changes nothing");
	spit(DLA0 "dla0_core", "614400000");
	unit_ms(ORIN_SIM_DLA0, ORIN_SIM_CONV, macs);
}

static void test_memory_clock(void)
{
	struct orin_sim_cmd cmd = { .kind = ORIN_SIM_GEMV, .bytes = 20000000000 };
	int fd = context(ORIN_SIM_GPU);
	struct span full, half;

	ok(number(EMC) == 3199000000, "memory runs at 3199 MHz");
	ioctl(fd, ORIN_SIM_SUBMIT, &cmd);
	full = finish(fd, cmd.seq);
	spit(EMC, "2200000000");
	ok(number(EMC) == 2133000000, "a cap of 2200 MHz reads 2133");
	/* The first outlasts the 8 ms. */
	ioctl(fd, ORIN_SIM_SUBMIT, &cmd);
	finish(fd, cmd.seq);
	ioctl(fd, ORIN_SIM_SUBMIT, &cmd);
	half = finish(fd, cmd.seq);
	ok(near((half.end - half.start) / (full.end - full.start), 3199.0 / 2133, 0.005),
	   "and makes a memory-bound unit 1.5 times as long");
	spit(EMC, "0");
	ok(number(EMC) == 3199000000, "zero is no cap");
	close(fd);
}

static void test_sharing(void)
{
	struct rival *r = rivals_new(2);
	uint64_t macs = work_of(ORIN_SIM_GPU, ORIN_SIM_CONV, 200);
	double begin, end;

	r[0] = r[1] = (struct rival){ .engine = ORIN_SIM_GPU, .macs = macs };
	rivals_run(r, 2, rivals_open(r, 2));
	begin = r[0].span.start < r[1].span.start ? r[0].span.start : r[1].span.start;
	end = r[0].span.end > r[1].span.end ? r[0].span.end : r[1].span.end;
	note("two on the GPU: %.3f times as long", (end - begin) / (200 * MS));
	ok(near((end - begin) / (200 * MS), 2.43, 0.04),
	   "two processes on the GPU take 1.22 x 2 as long");

	macs = work_of(ORIN_SIM_DLA0, ORIN_SIM_CONV, 100);
	r[0] = r[1] = (struct rival){ .engine = ORIN_SIM_DLA0, .macs = macs };
	rivals_run(r, 2, rivals_open(r, 2));
	ok((r[0].span.start >= r[1].span.end || r[1].span.start >= r[0].span.end) &&
		   near(r[0].span.end - r[0].span.start, 100 * MS, 0.005),
	   "one DLA runs one unit after another");
	r[1].engine = ORIN_SIM_DLA1;
	rivals_run(r, 2, rivals_open(r, 2));
	ok(r[0].span.start < r[1].span.end && r[1].span.start < r[0].span.end,
	   "two DLAs run at the same time");
	munmap(r, 2 * sizeof(*r));
}

static void test_close(void)
{
	struct rival *r = rivals_new(1);
	int fd, go;
	struct span s;

	*r = (struct rival){ .engine = ORIN_SIM_GPU,
			     .macs = work_of(ORIN_SIM_GPU, ORIN_SIM_CONV, 300) };
	go = rivals_open(r, 1);
	close(go);
	ok(shows(GPU "load", 1000), "a process is on the GPU");
	kill(r->pid, SIGKILL);
	waitpid(r->pid, NULL, 0);
	fd = context(ORIN_SIM_GPU);
	s = finish(fd, submit(fd, ORIN_SIM_CONV, work_of(ORIN_SIM_GPU, ORIN_SIM_CONV, 10)));
	ok(s.end > s.start, "a process killed on the GPU leaves it to others");
	close(fd);
	ok(shows(GPU "load", 0), "once its last unit has run to its end");
	munmap(r, sizeof(*r));
}

static int tsg_of(int sched, pid_t pid, uint64_t *map)
{
	struct nvgpu_sched_get_tsgs_by_pid_args by = {
		.pid = pid,
		.size = 64,
		.buffer = (uintptr_t)map,
	};

	memset(map, 0, 64);
	if (ioctl(sched, NVGPU_SCHED_IOCTL_GET_TSGS_BY_PID, &by))
		return -1;
	for (int i = 0; i < 512; i++)
		if (map[i / 64] >> (i % 64) & 1)
			return i;
	return -1;
}

static void test_sched_lists(int sched, struct rival *r, uint64_t *map)
{
	struct nvgpu_sched_get_tsgs_args all = { 0 };
	struct nvgpu_sched_tsg_get_params_args p = { 0 };
	struct nvgpu_sched_event_arg event = { 0 };
	int a = tsg_of(sched, r[0].pid, map), b = tsg_of(sched, r[1].pid, map);

	ok(a >= 0 && b >= 0 && a != b, "each process's TSG is found by its pid");
	ok(tsg_of(sched, getpid(), map) < 0, "a process without a context has none");
	ok(ioctl(sched, NVGPU_SCHED_IOCTL_GET_TSGS, &all) && errno == ENOSPC && all.size == 64,
	   "no buffer: ENOSPC and the size");
	all = (struct nvgpu_sched_get_tsgs_args){ .size = 64, .buffer = (uintptr_t)map };
	ok(!ioctl(sched, NVGPU_SCHED_IOCTL_GET_TSGS, &all) && map[0] == (1ULL << a | 1ULL << b),
	   "all TSGs are listed");
	ok(!ioctl(sched, NVGPU_SCHED_IOCTL_GET_RECENT_TSGS, &all) &&
		   map[0] == (1ULL << a | 1ULL << b) &&
		   !ioctl(sched, NVGPU_SCHED_IOCTL_GET_RECENT_TSGS, &all) && !map[0],
	   "recent ones are listed once");
	ok(read(sched, &event, sizeof(event)) == sizeof(event) &&
		   event.status == NVGPU_SCHED_STATUS_TSG_OPEN &&
		   read(sched, &event, sizeof(event)) < 0 && errno == EAGAIN,
	   "read tells once that TSGs were opened");
	p.tsgid = a;
	ok(!ioctl(sched, NVGPU_SCHED_IOCTL_TSG_GET_PARAMS, &p) && p.timeslice == 1024 &&
		   p.runlist_interleave == 0 && p.pid == (uint64_t)r[0].pid,
	   "a TSG begins with 1024 us, low interleave");
	p.tsgid = 500;
	ok(ioctl(sched, NVGPU_SCHED_IOCTL_TSG_GET_PARAMS, &p) && errno == ENXIO,
	   "a TSG that is not there: ENXIO");
	p.tsgid = 512;
	ok(ioctl(sched, NVGPU_SCHED_IOCTL_TSG_GET_PARAMS, &p) && errno == EINVAL,
	   "one that cannot be: EINVAL");
}

static void test_sched(void)
{
	struct rival *r = rivals_new(2);
	uint64_t map[8];
	struct nvgpu_sched_tsg_timeslice_args slice = { .timeslice = 500 };
	struct nvgpu_sched_tsg_runlist_interleave_args level = { .runlist_interleave = 3 };
	struct nvgpu_sched_api_version_args version = { 0 };
	int go, sched = open("/dev/nvgpu/igpu0/sched", O_RDWR | O_NONBLOCK);
	double ms;

	ok(!ioctl(sched, NVGPU_SCHED_IOCTL_GET_API_VERSION, &version) && version.version == 1,
	   "API version is 1");
	ok(open("/dev/nvgpu/igpu0/sched", O_RDWR) < 0 && errno == EBUSY, "the node opens once");
	r[0] = r[1] = (struct rival){ .engine = ORIN_SIM_GPU,
				      .macs = work_of(ORIN_SIM_GPU, ORIN_SIM_CONV, 200) };
	read(sched, map, sizeof(map));
	go = rivals_open(r, 2);
	test_sched_lists(sched, r, map);
	slice.tsgid = level.tsgid = tsg_of(sched, r[0].pid, map);
	ok(ioctl(sched, NVGPU_SCHED_IOCTL_TSG_SET_TIMESLICE, &slice) && errno == EINVAL,
	   "a slice of 500 us is refused");
	ok(ioctl(sched, NVGPU_SCHED_IOCTL_TSG_SET_RUNLIST_INTERLEAVE, &level) && errno == EINVAL,
	   "a level above high is refused");
	slice.timeslice = 5200;
	ok(!ioctl(sched, NVGPU_SCHED_IOCTL_TSG_SET_TIMESLICE, &slice),
	   "a slice of 5.2 ms is taken");
	rivals_run(r, 2, go);
	ms = (r[0].span.end - r[0].span.start) / MS;
	/* 5.2 of each 5.2 + 1.024 + 2 x 0.22 ms */
	ok(near(ms, 200 * (5.2 + 1.024 + 0.44) / 5.2, 0.05),
	   "its share grows with it: 200 ms take %.0f, not 486", ms);
	ok(tsg_of(sched, r[0].pid, map) < 0, "a TSG goes with its process");
	close(sched);
	munmap(r, 2 * sizeof(*r));
}

static void test_interleave(void)
{
	struct nvgpu_sched_tsg_runlist_interleave_args level = { .runlist_interleave = 2 };
	struct rival *r = rivals_new(3);
	uint64_t map[8], macs = work_of(ORIN_SIM_GPU, ORIN_SIM_CONV, 100);
	int go, sched = open("/dev/nvgpu/igpu0/sched", O_RDWR);
	double ms;

	for (int i = 0; i < 3; i++)
		r[i] = (struct rival){ .engine = ORIN_SIM_GPU, .macs = macs };
	go = rivals_open(r, 3);
	level.tsgid = tsg_of(sched, r[0].pid, map);
	ok(!ioctl(sched, NVGPU_SCHED_IOCTL_TSG_SET_RUNLIST_INTERLEAVE, &level),
	   "interleave can be set to high");
	rivals_run(r, 3, go);
	ms = (r[0].span.end - r[0].span.start) / MS;
	/* Every second slice instead of every third. */
	ok(near(ms, 100 * 2 * (1.024 + 0.22) / 1.024, 0.05),
	   "with two others 100 ms take %.0f, not 364", ms);
	close(sched);
	munmap(r, 3 * sizeof(*r));
}

struct log_line {
	double ns, mw, sensor, load;
};

/* Lines of the truth log into @out; their number. */
static int truth(struct log_line *out, int max)
{
	FILE *f = fopen(DEBUGFS "truth", "r");
	char line[256];
	int n = 0;

	if (!f || !fgets(line, sizeof(line), f))
		die(DEBUGFS "truth");
	while (n < max && fgets(line, sizeof(line), f)) {
		struct log_line *l = &out[n++];

		if (sscanf(line, "%lf %lf %*u %*u %lf %*u %*u %*u %*u %*u %*u %*u %*u %lf", &l->ns,
			   &l->mw, &l->sensor, &l->load) != 4)
			die("a line of the truth log");
	}
	fclose(f);
	return n;
}

static double measured_mw(void)
{
	return number(HWMON "in1_input") * number(HWMON "curr1_input") / 1000.0;
}

/* From rest, one unit; the energy it took in microjoule, and the log of it. */
static double busy_and_truth(uint64_t macs, double idle_mw, struct log_line *log, int max,
			     int *lines)
{
	double uj, end = monotonic() + 3e10 / scale;
	int fd = context(ORIN_SIM_GPU);
	uint64_t seq;

	while ((number(GPU "load") || measured_mw() > idle_mw + 200) && monotonic() < end)
		poll(NULL, 0, 5);
	spit(DEBUGFS "reset", "1");
	seq = submit(fd, ORIN_SIM_GEMM, macs);
	finish(fd, seq);
	close(fd);
	uj = strtod(slurp(DEBUGFS "energy_uj"), NULL);
	*lines = truth(log, max);
	return uj;
}

/* Ticks from the first that was busy throughout until the sensor shows 95 % of it. */
static int lag(const struct log_line *log, int n)
{
	for (int i = 1; i < n; i++)
		for (int j = i; log[i].load == 1000 && j < n; j++)
			if (log[j].sensor > log[i].mw * 0.92)
				return j - i;
	return n;
}

static void test_power(void)
{
	static struct log_line log[4000];
	double uj, sum = 0, idle, peak = 0, sensor = 0;
	bool steps = true;
	uint64_t per_ms;
	int n, quick, slow;

	per_ms = work_of(ORIN_SIM_GPU, ORIN_SIM_GEMM, 1);
	ok(shows(GPU "load", 0), "the GPU is idle");
	idle = measured_mw();
	uj = busy_and_truth(300 * per_ms, idle, log, 4000, &n);
	for (int i = 0; i < n; i++) {
		sum += log[i].mw * 10;
		steps &= !i || log[i].ns - log[i - 1].ns == 10 * MS;
		if (log[i].mw >= peak) {
			peak = log[i].mw;
			sensor = log[i].sensor;
		}
	}
	ok(n > 25 && steps, "the truth has a line for each 10 ms, %d of them", n);
	ok(near(sum, uj, 0.05), "its lines add up to the energy drawn");
	note("idle %.0f mW, busy %.0f mW, the sensor says %.0f", idle, peak, sensor);
	ok(idle > 3000 && idle < 7000 && peak > idle + 3000, "VDD_IN follows the load");
	ok(near(sensor, peak, 0.035) && (int)sensor != (int)peak,
	   "the sensor is within its gain error of the truth");
	quick = lag(log, n);
	spit(HWMON "samples", "64");
	busy_and_truth(1500 * per_ms, idle, log, 4000, &n);
	slow = lag(log, n);
	note("the sensor lags by %d ticks, with 64 samples by %d", quick, slow);
	ok(quick <= 2 && slow > 30 && slow < 90, "averaging of 64 samples (0.42 s) is lag");
	spit(HWMON "samples", "1");
}

static void test_hotplug(void)
{
	spit("/sys/devices/system/cpu/cpu7/online", "0");
	ok(!strcmp(slurp(CPUFREQ "policy4/affected_cpus"), "4 5 6"),
	   "a CPU that goes leaves its policy");
	spit("/sys/devices/system/cpu/cpu7/online", "1");
	ok(!strcmp(slurp(CPUFREQ "policy4/affected_cpus"), "4 5 6 7"), "and returns to it");
}

/* A long rest is passed over at one go, and is as exact. */
static void test_rest(void)
{
	static struct log_line log[4000];
	double begin, uj, sum = 0;
	bool same = true;
	int n;

	ok(shows(GPU "load", 0), "the GPU is idle");
	spit(DEBUGFS "reset", "1");
	for (begin = monotonic(); monotonic() < begin + 1000 * MS;)
		poll(NULL, 0, 100);
	uj = strtod(slurp(DEBUGFS "energy_uj"), NULL);
	n = truth(log, 4000);
	for (int i = 0; i < n; i++) {
		sum += log[i].mw * 10;
		same &= !i || log[i].ns - log[i - 1].ns == 10 * MS;
	}
	ok(n >= 99 && same, "a second of rest has %d lines", n);
	ok(near(sum, uj, 0.03), "which add up to its energy");
}

/* With a limit below what a busy GPU draws. */
static int overcurrent(void)
{
	const char *count = OC "oc3_event_cnt";
	uint64_t macs;
	int fd = context(ORIN_SIM_GPU);
	double cold = number(THERMAL "thermal_zone8/temp"), end = monotonic() + 2e10;

	ok(number(count) == 0, "no over-current before a load");
	macs = work_of(ORIN_SIM_GPU, ORIN_SIM_CONV, 1);
	pin_gpu("1173000000");
	macs *= 500;
	while (number(count) == 0 && monotonic() < end)
		finish(fd, submit(fd, ORIN_SIM_CONV, macs));
	ok(number(count) > 0, "over-current events are counted: %ld", number(count));
	ok(number(THERMAL "thermal_zone8/temp") > cold, "tj rises under load");
	close(fd);
	test_rest();
	return tap_done();
}

int main(int argc, char **argv)
{
	int fd = open("/dev/orin_sim", O_RDWR);

	if (fd < 0 || ioctl(fd, ORIN_SIM_SCALE, &scale))
		die("/dev/orin_sim");
	close(fd);
	if (argc > 1 && !strcmp(argv[1], "overcurrent"))
		return overcurrent();
	test_names();
	test_calls();
	pin_gpu("1173000000");
	test_signals();
	test_gpu_clock();
	test_gpu_load();
	test_cpu_clock();
	test_dla_clock();
	test_memory_clock();
	test_sharing();
	test_close();
	test_sched();
	test_interleave();
	test_power();
	test_hotplug();
	return tap_done();
}
