// SPDX-License-Identifier: GPL-2.0-only
/*
 * The INA3221 at 0x40, register by register (TI SBOS576).
 *
 * A result is the mean over one window: samples x enabled channels x (bus +
 * shunt conversion time), in model time. So the configuration's averaging is a
 * lag, as on the chip. Each channel's shunt path has a fixed gain error; bus
 * voltage has none. Steps are the chip's: 8 mV and 40 uV, which is 8 mA here.
 */
#include <linux/bits.h>
#include <linux/jhash.h>
#include <linux/math64.h>
#include <linux/module.h>

#include "sim.h"

#define REG_CONFIG		0x00
#define REG_SHUNT(i)		(0x01 + 2 * (i))
#define REG_BUS(i)		(0x02 + 2 * (i))
#define REG_CRIT(i)		(0x07 + 2 * (i))
#define REG_WARN(i)		(0x08 + 2 * (i))
#define REG_SHUNT_SUM		0x0d
#define REG_SUM_LIMIT		0x0e
#define REG_MASK		0x0f
#define REG_PV_UPPER		0x10
#define REG_PV_LOWER		0x11
#define REG_MANUFACTURER	0xfe
#define REG_DIE			0xff

#define CONFIG_RESET		BIT(15)
#define CONFIG_CHANNEL(i)	BIT(14 - (i))
#define MASK_SUM(i)		BIT(14 - (i))
#define MASK_CRIT(i)		BIT(9 - (i))
#define MASK_SUM_ALARM		BIT(6)
#define MASK_WARN(i)		BIT(5 - (i))
#define MASK_READY		BIT(0)
#define MASK_WRITABLE		GENMASK(14, 10)
#define MASK_ALARMS		(GENMASK(9, 3) | MASK_READY)

/*
 * VDD_IN of an Orin NX reads 5.168 V at idle (4.6 W) and 5.016 V at 6 A
 * (ARK-Electronics/ark_jetson_kernel, docs/power.md): a source of 5.1945 V
 * behind 29.75 mOhm. The other rails hang on the same 5 V.
 */
#define SOURCE_UV		5194500
#define SOURCE_UOHM		29750
#define SHUNT_MOHM		5

/* 7784 mA, which curr1_crit and curr1_max of an Orin NX show in every power mode (same source). */
#define BOARD_LIMIT		(973 << 3)

#define GAIN_FROM_SEED		INT_MIN
#define GAIN_MAX		30000

static int gain_ppm[SIM_RAILS] = { GAIN_FROM_SEED, GAIN_FROM_SEED, GAIN_FROM_SEED };
module_param_array(gain_ppm, int, NULL, 0444);
MODULE_PARM_DESC(gain_ppm, "gain error of each rail's current, in ppm (+-30000); unset: from seed");

static unsigned int seed = 1;
module_param(seed, uint, 0444);
MODULE_PARM_DESC(seed, "what the sensor's gain errors are drawn from");

static const u16 samples[] = { 1, 4, 16, 64, 128, 256, 512, 1024 };
static const u16 conversion_us[] = { 140, 204, 332, 588, 1100, 2116, 4156, 8244 };

/* Guarded by sim_lock. */
static struct {
	u16 reg[REG_PV_LOWER + 1];
	u64 start;		/* of the window under way */
	u64 length;		/* of a window; 0: the chip is off */
	bool once;
	bool latched;		/* the last window's result stands, and began at... */
	u64 from;
	u64 energy[SIM_RAILS];	/* at the start of the window */
} chip;

static void open_window(u64 start)
{
	chip.start = start;
	board_energy_uj(sim_board, chip.energy);
}

static void configure(u16 config)
{
	u32 us = conversion_us[config >> 3 & 7] + conversion_us[config >> 6 & 7];

	chip.reg[REG_CONFIG] = config;
	chip.length = 1000ULL * us * samples[config >> 9 & 7];
	chip.length *= config & 3 ? hweight16(config & GENMASK(14, 12)) : 0;
	chip.once = !(config & 4);
	chip.latched = false;
	chip.reg[REG_MASK] &= ~MASK_READY;
	open_window(sim_now);
}

static void reset(void)
{
	unsigned int i;

	memset(chip.reg, 0, sizeof(chip.reg));
	for (i = 0; i < SIM_RAILS; i++) {
		chip.reg[REG_CRIT(i)] = 0x7ff8;
		chip.reg[REG_WARN(i)] = 0x7ff8;
	}
	chip.reg[REG_CRIT(0)] = BOARD_LIMIT;
	chip.reg[REG_WARN(0)] = BOARD_LIMIT;
	chip.reg[REG_SUM_LIMIT] = 0x7ffe;
	chip.reg[REG_MASK] = 0x0002;
	chip.reg[REG_PV_UPPER] = 0x2710;
	chip.reg[REG_PV_LOWER] = 0x2328;
	configure(0x7127);
}

void sim_chip_init(void)
{
	unsigned int i;

	lockdep_assert_held(&sim_lock);
	for (i = 0; i < SIM_RAILS; i++) {
		u32 drawn = jhash_2words(i, seed, 0) % (2 * GAIN_MAX + 1);

		if (gain_ppm[i] == GAIN_FROM_SEED)
			gain_ppm[i] = (int)drawn - GAIN_MAX;
		gain_ppm[i] = clamp(gain_ppm[i], -GAIN_MAX, GAIN_MAX);
	}
	reset();
}

u64 sim_chip_next(void)
{
	return chip.length ? chip.start + chip.length : BOARD_NEVER;
}

/* The next window's result would equal the last one's, as long as nothing changes. */
bool sim_chip_quiet(void)
{
	return !chip.length || (chip.latched && chip.from >= sim_changed && !chip.once);
}

/* The last end of a window that is not after @limit. */
u64 sim_chip_last_before(u64 limit)
{
	if (!chip.length)
		return sim_now;
	return chip.start + div64_u64(limit - chip.start, chip.length) * chip.length;
}

/* Windows up to @to, where the board stands, showed what the last one did. */
void sim_chip_skip(u64 to)
{
	lockdep_assert_held(&sim_lock);
	if (!chip.length || to == chip.start)
		return;
	chip.from = to - chip.length;
	chip.reg[REG_MASK] |= MASK_READY;
	open_window(to);
}

static u32 bus_mv(u64 uw)
{
	u64 uv = SOURCE_UV, ua;
	int i;

	/* V = Vs - R P / V: three rounds are good for a microvolt below 40 W */
	for (i = 0; i < 3; i++) {
		ua = div64_u64(uw * 1000000, uv);
		uv = SOURCE_UV - div_u64(ua * SOURCE_UOHM, 1000000);
	}
	return div_u64(uv, 1000);
}

static void latch_channel(unsigned int i, u64 uw, u32 mv)
{
	u64 nv = div64_u64(uw * 1000, mv) * SHUNT_MOHM;
	u32 code;

	if (!(chip.reg[REG_CONFIG] & CONFIG_CHANNEL(i)))
		return;
	nv = div_u64(nv * (1000000 + gain_ppm[i]), 1000000);
	code = min_t(u64, div_u64(nv + 20000, 40000), 4095);
	chip.reg[REG_SHUNT(i)] = code << 3;
	chip.reg[REG_BUS(i)] = mv / 8 << 3;
	if (chip.reg[REG_MASK] & MASK_SUM(i))
		chip.reg[REG_SHUNT_SUM] += code << 1;
	if (code > chip.reg[REG_CRIT(i)] >> 3)
		chip.reg[REG_MASK] |= MASK_CRIT(i);
	if (code > chip.reg[REG_WARN(i)] >> 3)
		chip.reg[REG_MASK] |= MASK_WARN(i);
}

/* The window ends where the board stands. */
void sim_chip_latch(void)
{
	u64 energy[SIM_RAILS], uw[SIM_RAILS];
	unsigned int i;
	u32 mv;

	lockdep_assert_held(&sim_lock);
	board_energy_uj(sim_board, energy);
	for (i = 0; i < SIM_RAILS; i++)
		uw[i] = div64_u64((energy[i] - chip.energy[i]) * 1000000000ULL, chip.length);
	mv = bus_mv(uw[0]);
	chip.reg[REG_SHUNT_SUM] = 0;
	for (i = 0; i < SIM_RAILS; i++)
		latch_channel(i, uw[i], mv);
	if (chip.reg[REG_SHUNT_SUM] > chip.reg[REG_SUM_LIMIT])
		chip.reg[REG_MASK] |= MASK_SUM_ALARM;
	chip.reg[REG_MASK] |= MASK_READY;
	chip.latched = true;
	chip.from = chip.start;
	open_window(sim_now);
	if (chip.once)
		chip.length = 0;
}

/* What a program would compute from in1_input and curr1_input. */
u32 sim_chip_vdd_in_mw(void)
{
	return (chip.reg[REG_BUS(0)] >> 3) * 8 * (chip.reg[REG_SHUNT(0)] >> 3) * 8 / 1000;
}

u16 sim_chip_read(u8 reg)
{
	u16 value;

	lockdep_assert_held(&sim_lock);
	if (reg == REG_MANUFACTURER)
		return 0x5449;
	if (reg == REG_DIE)
		return 0x3220;
	if (reg >= ARRAY_SIZE(chip.reg))
		return 0;
	value = chip.reg[reg];
	if (reg == REG_MASK)
		chip.reg[REG_MASK] &= ~MASK_ALARMS;
	return value;
}

void sim_chip_write(u8 reg, u16 value)
{
	lockdep_assert_held(&sim_lock);
	switch (reg) {
	case REG_CONFIG:
		if (value & CONFIG_RESET)
			reset();
		else
			configure(value);
		break;
	case REG_CRIT(0):
	case REG_CRIT(1):
	case REG_CRIT(2):
	case REG_WARN(0):
	case REG_WARN(1):
	case REG_WARN(2):
		chip.reg[reg] = value & GENMASK(15, 3);
		break;
	case REG_SUM_LIMIT:
		chip.reg[reg] = value & GENMASK(15, 1);
		break;
	case REG_MASK:
		chip.reg[reg] = (chip.reg[reg] & ~MASK_WRITABLE) | (value & MASK_WRITABLE);
		break;
	case REG_PV_UPPER:
	case REG_PV_LOWER:
		chip.reg[reg] = value;
		break;
	}
}
