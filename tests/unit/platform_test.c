// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Discovery on made-up trees in the layouts of JetPack 5 and 6: by name and
 * label, whatever the numbers; what is missing stays missing; absurd readings
 * are refused.
 */
#include <stdint.h>

#include "platform.h"
#include "tap.h"
#include "tree.h"

#define JP6_DLA	"/sys/devices/platform/bus@0/13e00000.host1x/15880000.nvdla0/clk_cap/dla0_core"
#define JP5_DLA "/sys/devices/platform/13e40000.host1x/158c0000.nvdla1/acm/clk_cap/dla1_core"

static struct platform *p;

static void discover(void)
{
	p = platform_close(p);
	if (platform_open(tree_root, &p))
		exit(1);
}

static void board(void)
{
	static const char compatible[] = "nvidia,p3768-0000+p3767-0000\0nvidia,p3767-0000\0"
					 "nvidia,tegra234";
	static const char model[] = "NVIDIA Jetson Orin NX Engineering Reference Developer Kit";

	tree_put_raw("/proc/device-tree/compatible", compatible, sizeof(compatible));
	tree_put_raw("/proc/device-tree/model", model, sizeof(model));
}

static void sensor(int hwmon, int in, int cpu_gpu, int soc)
{
	char dir[64];
	const struct {
		int ch;
		const char *label, *mv, *ma;
	} rail[] = {
		{ in, "VDD_IN", "5024", "1200" },
		{ cpu_gpu, "VDD_CPU_GPU_CV", "5016", "400" },
		{ soc, "VDD_SOC", "5016", "304" },
	};
	int i;

	snprintf(dir, sizeof(dir), "/sys/class/hwmon/hwmon%d", hwmon);
	tree_put("ina3221", "%s/name", dir);
	tree_put("7", "%s/update_interval", dir);
	tree_put("sum of shunt voltages", "%s/in7_label", dir);
	for (i = 0; i < 3; i++) {
		tree_put(rail[i].label, "%s/in%d_label", dir, rail[i].ch);
		tree_put(rail[i].mv, "%s/in%d_input", dir, rail[i].ch);
		tree_put(rail[i].ma, "%s/curr%d_input", dir, rail[i].ch);
	}
}

static void counters(int hwmon)
{
	int i;

	tree_put("soctherm_oc", "/sys/class/hwmon/hwmon%d/name", hwmon);
	for (i = 1; i <= 3; i++)
		tree_put(i == 3 ? "40" : "1", "/sys/class/hwmon/hwmon%d/oc%d_event_cnt", hwmon, i);
}

static void clocks(const char *gpu)
{
	int cpu;

	tree_put("306000000 408000000 510000000 612000000 714000000 816000000 918000000",
		 "/sys/class/devfreq/%s/available_frequencies", gpu);
	tree_put("431", "/sys/class/devfreq/%s/device/load", gpu);
	tree_put("115200000", "/sys/class/devfreq/13e10000.emc/available_frequencies");
	for (cpu = 0; cpu <= 4; cpu += 4) {
		const char *dir = "/sys/devices/system/cpu/cpufreq";

		tree_put(cpu ? "4 5 6 7" : "0 1 2 3", "%s/policy%d/related_cpus", dir, cpu);
		tree_put("115200 729600 1497600 1984000 ",
			 "%s/policy%d/scaling_available_frequencies", dir, cpu);
	}
}

static void zones(bool jp5)
{
	tree_put(jp5 ? "CV0-therm" : "cv0-thermal", "/sys/class/thermal/thermal_zone0/type");
	tree_put(jp5 ? "tj-therm" : "tj-thermal", "/sys/class/thermal/thermal_zone7/type");
	tree_put("-256000", "/sys/class/thermal/thermal_zone0/temp");
	tree_put("51250", "/sys/class/thermal/thermal_zone7/temp");
	tree_put("1", "/sys/class/thermal/cooling_device0/type");
}

static void jetpack6(void)
{
	tree_new();
	board();
	tree_put("nvme", "/sys/class/hwmon/hwmon0/name");
	counters(2);
	sensor(5, 1, 2, 3);
	clocks("17000000.gpu");
	zones(false);
	tree_put("614400000", JP6_DLA);
	tree_put("614400000", "/sys/devices/platform/bus@0/13e00000.host1x/158c0000.nvdla1"
		 "/clk_cap/dla1_core");
	tree_put("", "/dev/nvgpu/igpu0/sched");
	discover();
}

static void test_jetpack6(void)
{
	uint32_t mw, khz;
	uint64_t oc;
	int32_t mc;

	jetpack6();
	ok(!platform_missing(p, 0), "JetPack 6: nothing missing (%s)",
	   platform_missing(p, 0) ?: "none");
	ok(platform_is(p, "nvidia,p3767-0000") && platform_is(p, "nvidia,tegra234") &&
	   !platform_is(p, "nvidia,p3767") && !platform_is(p, ""), "compatible by whole string");
	ok(!strncmp(p->model, "NVIDIA Jetson Orin NX", 21), "model");
	ok(!platform_power(p, PLATFORM_VDD_IN, &mw) && mw == 6028, "VDD_IN %u mW", mw);
	ok(!platform_power(p, PLATFORM_VDD_SOC, &mw) && mw == 1524, "VDD_SOC %u mW", mw);
	ok(p->sensor_ms == 7, "update interval");
	ok(!strcmp(p->gpu.device, "17000000.gpu") && p->gpu.n == 7 && p->gpu.khz[0] == 306000 &&
	   p->gpu.khz[6] == 918000, "GPU and its table");
	ok(p->clusters == 2 && p->cpu[0].cpu == 0 && p->cpu[1].cpu == 4 && p->cpu[1].cpus == 4 &&
	   p->cpu[1].n == 4 && p->cpu[1].khz[3] == 1984000, "two clusters and their tables");
	ok(!strcmp(p->dla[0].path, JP6_DLA) && !platform_dla_cap(p, 1, &khz) && khz == 614400,
	   "both DLAs");
	ok(!platform_oc_events(p, &oc) && oc == 42, "over-current counters");
	ok(!platform_temp(p, "tj", &mc) && mc == 51250, "zone tj");
	ok(platform_temp(p, "cv0", &mc) == -ERANGE, "-256 C of a rail that is off refused");
	ok(platform_temp(p, "none", &mc) == -ENOENT, "unknown zone");
	ok(!strcmp(p->gpu_sched, "/dev/nvgpu/igpu0/sched"), "nvgpu node");
}

static void test_jetpack5(void)
{
	uint32_t khz;
	int32_t mc;

	tree_new();
	board();
	sensor(4, 1, 2, 3);
	clocks("17000000.ga10b");
	zones(true);
	tree_put("614400000", "/sys/devices/platform/13e40000.host1x/15880000.nvdla0"
		 "/acm/clk_cap/dla0_core");
	tree_put("153600000", JP5_DLA);
	discover();
	ok(!strcmp(p->gpu.device, "17000000.ga10b") && p->gpu.n == 7, "JetPack 5: GPU");
	ok(!platform_dla_cap(p, 1, &khz) && khz == 153600 && !strcmp(p->dla[1].path, JP5_DLA),
	   "JetPack 5: DLAs");
	ok(!platform_temp(p, "tj", &mc) && mc == 51250, "JetPack 5: zone names");
	ok(!strcmp(platform_missing(p, 0), "over-current counters (hwmon soctherm_oc)"),
	   "what is missing is named");
}

static void test_by_of_node(void)
{
	tree_new();
	clocks("gpu-gpc-0");
	discover();
	ok(!p->gpu.path[0], "a devfreq of another name is not taken");
	tree_put_raw("/sys/class/devfreq/gpu-gpc-0/device/of_node/name", "gpu", sizeof("gpu"));
	discover();
	ok(!strcmp(p->gpu.device, "gpu-gpc-0"), "unless its of_node says gpu");
}

/* Numbers say nothing: any order of chips and channels gives the same rails. */
static void test_shuffled(void)
{
	static const int ch[6][3] = { { 1, 2, 3 }, { 1, 3, 2 }, { 2, 1, 3 }, { 2, 3, 1 },
				      { 3, 1, 2 }, { 3, 2, 1 } };
	int i, bad = 0;

	for (i = 0; i < 12; i++) {
		uint32_t in = 0, cpu = 0, soc = 0;
		uint64_t oc = 0;

		tree_new();
		tree_put("jc42", "/sys/class/hwmon/hwmon%d/name", 11 - i);
		sensor(i + 12, ch[i % 6][0], ch[i % 6][1], ch[i % 6][2]);
		counters(40 - i);
		discover();
		bad += platform_power(p, PLATFORM_VDD_IN, &in) || in != 6028 ||
		       platform_power(p, PLATFORM_VDD_CPU_GPU_CV, &cpu) || cpu != 2006 ||
		       platform_power(p, PLATFORM_VDD_SOC, &soc) || soc != 1524 ||
		       platform_oc_events(p, &oc) || oc != 42;
	}
	ok(!bad, "12 orders of hwmon numbers and channels");
}

/* The driver goes and comes back as another hwmon. */
static void test_sensor_back(void)
{
	uint32_t mw = 0;

	jetpack6();
	tree_del("/sys/class/hwmon/hwmon5/name");
	platform_find_rails(p);
	ok(platform_power(p, PLATFORM_VDD_IN, &mw) == -ENODEV && !p->sensor[0], "the sensor goes");
	sensor(9, 3, 2, 1);
	platform_find_rails(p);
	ok(!platform_power(p, PLATFORM_VDD_IN, &mw) && mw == 6028, "and is found again");
}

static void test_missing(void)
{
	char deep[PATH_MAX + 8];
	struct platform *q = NULL;
	uint32_t v;
	uint64_t oc;
	int n;

	tree_new();
	ok(platform_open(tree_root, &q) == -ENOENT && !q, "a tree without /sys is refused");
	tree_put_raw("/sys", "", 0);
	ok(platform_open(tree_root, &q) == -ENOTDIR && !q, "so is one where it is a file");
	memset(deep, 'x', sizeof(deep) - 1);
	deep[sizeof(deep) - 1] = '\0';
	ok(platform_open(deep, &q) == -ENAMETOOLONG && !q, "so is a name without end");

	tree_new();
	tree_put("", "/sys/x");
	discover();
	for (n = 0; platform_missing(p, n); n++)
		;
	ok(n == 13, "an empty board lacks all 13 parts");
	ok(platform_power(p, PLATFORM_VDD_IN, &v) == -ENODEV &&
	   platform_dla_cap(p, 0, &v) == -ENODEV && platform_dla_cap(p, 9, &v) == -ENODEV &&
	   platform_oc_events(p, &oc) == -ENODEV && platform_gpu_load(p, &v) == -ENODEV,
	   "and reads as such");

	jetpack6();
	tree_del("/sys/class/hwmon/hwmon5/in3_label");
	tree_del("/sys/class/hwmon/hwmon5/curr2_input");
	discover();
	ok(!strcmp(platform_missing(p, 0), "rail VDD_CPU_GPU_CV") &&
	   !strcmp(platform_missing(p, 1), "rail VDD_SOC") && !platform_missing(p, 2) &&
	   !platform_power(p, PLATFORM_VDD_IN, &v), "two rails missing, the third works");
}

static void test_gpu_load(void)
{
	uint32_t pm = 0;

	jetpack6();
	ok(!platform_gpu_load(p, &pm) && pm == 431, "the GPU's load is %u permille", pm);
	tree_put("1001", "/sys/class/devfreq/17000000.gpu/device/load");
	discover();
	ok(platform_gpu_load(p, &pm) == -ERANGE && pm == 431, "more than all of it is absurd");
}

static void test_absurd(void)
{
	static const struct {
		const char *mv, *ma;
		int err;
	} row[] = {
		{ "5024", "1200", 0 }, { "0", "1200", -ERANGE }, { "2999", "1200", -ERANGE },
		{ "26001", "1200", -ERANGE }, { "5024", "-8", -ERANGE }, { "5024", "0", -ERANGE },
		{ "5024", "30001", -ERANGE }, { "5024", "x", -ERANGE }, { "", "1200", -ERANGE },
		{ "5024", "12 34", -ERANGE }, { "99999999999999999999", "1", -ERANGE },
	};
	uint32_t mw;
	size_t i;

	for (i = 0; i < sizeof(row) / sizeof(row[0]); i++) {
		jetpack6();
		tree_put(row[i].mv, "/sys/class/hwmon/hwmon5/in1_input");
		tree_put(row[i].ma, "/sys/class/hwmon/hwmon5/curr1_input");
		mw = 77;
		ok(platform_power(p, PLATFORM_VDD_IN, &mw) == row[i].err &&
		   (!row[i].err || mw == 77), "%s mV, %s mA: %s", row[i].mv, row[i].ma,
		   row[i].err ? "refused" : "taken");
	}
	jetpack6();
	tree_put("0 408000000 99000000000000 306000000 408000000 junk 1",
		 "/sys/class/devfreq/17000000.gpu/available_frequencies");
	tree_put("0", JP6_DLA);
	discover();
	ok(p->gpu.n == 2 && p->gpu.khz[0] == 306000 && p->gpu.khz[1] == 408000,
	   "a table is sorted, what makes no sense left out");
	ok(platform_dla_cap(p, 0, &mw) == -ERANGE, "a cap of zero refused");
	tree_put("", "/sys/class/devfreq/17000000.gpu/available_frequencies");
	discover();
	ok(!p->gpu.path[0], "no table, no GPU clock");
	tree_del("/sys/devices/system/cpu/cpufreq/policy4/scaling_available_frequencies");
	tree_put("115200", "/sys/devices/system/cpu/cpufreq/policy4/cpuinfo_min_freq");
	tree_put("1984000", "/sys/devices/system/cpu/cpufreq/policy4/cpuinfo_max_freq");
	discover();
	ok(p->clusters == 2 && p->cpu[1].n == 2, "a policy without a table has its ends");
}

int main(void)
{
	test_jetpack6();
	test_jetpack5();
	test_by_of_node();
	test_shuffled();
	test_sensor_back();
	test_missing();
	test_gpu_load();
	test_absurd();
	p = platform_close(p);
	tree_remove();
	return tap_done();
}
