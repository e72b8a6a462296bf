/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bounded place for what a model is described by; all of it goes at once. */
#ifndef TWILL_MODEL_ARENA_H
#define TWILL_MODEL_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena {
	uint8_t *base;
	size_t size, used;
};

/** arena_open() - reserve @size bytes; pages cost nothing until they are used */
bool arena_open(struct arena *a, size_t size);
void arena_close(struct arena *a);

/** arena_take() - @size zeroed bytes, aligned to 16, or NULL if the arena is full */
void *arena_take(struct arena *a, size_t size);

/**
 * arena_grow() - make room for one more element
 * @array: elements, or NULL for none
 * @n: elements in use
 * @element: size of one
 *
 * Capacity is the next power of two, so it need not be kept. Return: the array,
 * moved if it had to be, or NULL if the arena is full.
 */
void *arena_grow(struct arena *a, void *array, size_t n, size_t element);

#endif
