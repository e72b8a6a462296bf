// SPDX-License-Identifier: GPL-2.0-or-later
/* arena - see arena.h */
#include <string.h>
#include <sys/mman.h>

#include "model/arena.h"

#define ALIGN 16

/* What is not handed out must not be touched, and a gap follows each piece. */
#if defined(__SANITIZE_ADDRESS__)
#define GUARDED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GUARDED 1
#endif
#endif

#ifdef GUARDED
#include <sanitizer/asan_interface.h>
#define GAP ALIGN
#define forbid(p, n) __asan_poison_memory_region(p, n)
#define permit(p, n) __asan_unpoison_memory_region(p, n)
#else
#define GAP 0
#define forbid(p, n) ((void)0)
#define permit(p, n) ((void)0)
#endif

bool arena_open(struct arena *a, size_t size)
{
	a->base = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (a->base == MAP_FAILED)
		return false;
	a->size = size;
	a->used = 0;
	forbid(a->base, size);
	return true;
}

void arena_close(struct arena *a)
{
	permit(a->base, a->size);
	munmap(a->base, a->size);
}

void *arena_take(struct arena *a, size_t size)
{
	size_t whole;
	void *p;

	if (size > a->size)
		return NULL;
	whole = ((size + ALIGN - 1) & ~(size_t)(ALIGN - 1)) + GAP;
	if (whole > a->size - a->used)
		return NULL;
	p = a->base + a->used;
	a->used += whole;
	permit(p, size);
	return p;
}

void *arena_grow(struct arena *a, void *array, size_t n, size_t element)
{
	void *p;

	/* Full at 0, 1, 2, 4, 8 ... */
	if (n & (n - 1))
		return array;
	p = arena_take(a, (n ? n * 2 : 1) * element);
	if (p && n)
		memcpy(p, array, n * element);
	return p;
}
