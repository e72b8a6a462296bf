// SPDX-License-Identifier: GPL-2.0-or-later
/* dla_release - boards and JetPacks, as far as DLAs go. */
#include <stdio.h>
#include <string.h>

#include "model/dla.h"

/* Modules' data sheets: two NVDLA in an AGX Orin and an NX 16GB, one in an NX 8GB, none in a Nano */
static const struct dla_board boards[] = {
	{ "orin-nx-16gb", "Orin NX 16GB", 2, false },
	{ "orin-nx-8gb", "Orin NX 8GB", 1, false },
	{ "agx-orin-64gb", "AGX Orin 64GB", 2, true },
	{ "agx-orin-32gb", "AGX Orin 32GB", 2, true },
	{ "orin-nano-8gb", "Orin Nano 8GB", 0, false },
	{ "orin-nano-4gb", "Orin Nano 4GB", 0, false },
};

#define OPERATORS "NVIDIA/Deep-Learning-Accelerator-SW, operators/README.md: from JetPack 5.1.1 on; TensorRT's number as commonly given"
#define NOTES_62 "JetPack 6.2.2 release notes: TensorRT 10.3; 6.1 as commonly given"
#define FORUM_72 "https://forums.developer.nvidia.com/t/372389: no libnvdla_compiler.so in R39.2"
#define NOTES_1141 "https://docs.nvidia.com/deeplearning/tensorrt/11.4.1/inference-library/work-with-dla.html"

static const struct dla_release releases[] = {
	{ 5, 1, 0, 80500, "8.5", false, false, OPERATORS },
	{ 6, 0, 0, 80600, "8.6", false, false, OPERATORS },
	{ 6, 1, 0, 100300, "10.3", false, false, NOTES_62 },
	{ 6, 2, 0, 100300, "10.3", false, false, NOTES_62 },
	{ 7, 2, 0, 101600, "10.16", true, false, FORUM_72 },
	{ 7, 2, 2, 110401, "11.4.1", false, true, NOTES_1141 },
};

#define COUNT(a) (sizeof(a) / sizeof(*(a)))

const struct dla_board *dla_board_find(const char *name)
{
	for (size_t i = 0; i < COUNT(boards); i++)
		if (!strcmp(boards[i].name, name))
			return &boards[i];
	return NULL;
}

const struct dla_release *dla_release_find(const char *jetpack)
{
	const struct dla_release *found = NULL;
	unsigned int major, minor, patch = 0;
	char more;
	int n;

	n = sscanf(jetpack, "%2u.%2u.%2u%c", &major, &minor, &patch, &more);
	if (strspn(jetpack, "0123456789.") != strlen(jetpack) || (n != 2 && n != 3) ||
	    jetpack[strlen(jetpack) - 1] == '.')
		return NULL;
	for (size_t i = 0; i < COUNT(releases); i++)
		if (releases[i].major == major && releases[i].minor == minor && releases[i].patch <= patch)
			found = &releases[i];
	return found;
}

void dla_names(bool jetpacks, char *to, size_t len)
{
	size_t n = jetpacks ? COUNT(releases) : COUNT(boards), at = 0;

	for (size_t i = 0; i < n && at < len; i++)
		if (!jetpacks)
			at += snprintf(to + at, len - at, "%s%s", i ? ", " : "", boards[i].name);
		else
			at += snprintf(to + at, len - at, releases[i].patch ? "%s%u.%u.%u" : "%s%u.%u", i ? ", " : "",
				       releases[i].major, releases[i].minor, releases[i].patch);
}
