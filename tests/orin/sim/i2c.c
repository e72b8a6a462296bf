// SPDX-License-Identifier: GPL-2.0-only
/*
 * i2c@c240000: the bus on which the kernel's own ina3221 driver finds its chip.
 * The chip knows a register pointer, set by the first byte written, and 16-bit
 * registers, most significant byte first.
 */
#include <linux/i2c.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/unaligned.h>

#include "sim.h"

#define CHIP_ADDRESS	0x40

static u8 pointer;	/* guarded by the adapter's lock */

static void chip_read(struct i2c_msg *msg)
{
	u16 value = 0;
	unsigned int i;

	for (i = 0; i < msg->len; i++) {
		if (!(i & 1)) {
			unsigned long flags = sim_begin();

			value = sim_chip_read(pointer);
			sim_end(flags);
		}
		msg->buf[i] = i & 1 ? value : value >> 8;
	}
}

static int chip_write(struct i2c_msg *msg)
{
	unsigned long flags;

	if (msg->len)
		pointer = msg->buf[0];
	if (msg->len < 2)
		return 0;
	if (msg->len != 3)
		return -EIO;
	flags = sim_begin();
	sim_chip_write(pointer, get_unaligned_be16(msg->buf + 1));
	sim_end(flags);
	return 0;
}

static int sim_i2c_xfer(struct i2c_adapter *adapter, struct i2c_msg *msgs, int num)
{
	int i, err = 0;

	for (i = 0; i < num && !err; i++) {
		if (msgs[i].addr != CHIP_ADDRESS)
			return -ENXIO;
		if (msgs[i].flags & I2C_M_RD)
			chip_read(&msgs[i]);
		else
			err = chip_write(&msgs[i]);
	}
	return err ?: num;
}

static u32 sim_i2c_functionality(struct i2c_adapter *adapter)
{
	return I2C_FUNC_I2C | (I2C_FUNC_SMBUS_EMUL & ~I2C_FUNC_SMBUS_QUICK);
}

static const struct i2c_algorithm sim_i2c_algorithm = {
	.xfer = sim_i2c_xfer,
	.functionality = sim_i2c_functionality,
};

static int sim_i2c_probe(struct platform_device *pdev)
{
	struct i2c_adapter *adapter = devm_kzalloc(&pdev->dev, sizeof(*adapter), GFP_KERNEL);

	if (!adapter)
		return -ENOMEM;
	adapter->owner = THIS_MODULE;
	adapter->algo = &sim_i2c_algorithm;
	adapter->dev.parent = &pdev->dev;
	adapter->dev.of_node = pdev->dev.of_node;
	strscpy(adapter->name, "Tegra I2C adapter (simulated)", sizeof(adapter->name));
	return devm_i2c_add_adapter(&pdev->dev, adapter);
}

static const struct of_device_id sim_i2c_match[] = {
	{ .compatible = "nvidia,tegra194-i2c" },
	{ }
};

struct platform_driver sim_i2c_driver = {
	.probe = sim_i2c_probe,
	.driver = {
		.name = "orin_sim-i2c",
		.of_match_table = sim_i2c_match,
	},
};
