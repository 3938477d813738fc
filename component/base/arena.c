/* DESIGN: a list of blocks, the newest first. Small requests are cut from the newest block; a request that
 * would waste more than a quarter of a block gets a block of its own, put behind the newest so that this one
 * is still cut from. Under AddressSanitizer every allocation is a block of its own, so that an overrun is
 * found. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define FIRST_BLOCK ((size_t)4096)
#define LAST_BLOCK  ((size_t)(256 * 1024))

#if defined(__SANITIZE_ADDRESS__)
#define OWN_BLOCK_ALWAYS 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define OWN_BLOCK_ALWAYS 1
#endif
#endif
#ifndef OWN_BLOCK_ALWAYS
#define OWN_BLOCK_ALWAYS 0
#endif

struct block {
    struct block *next;
    size_t size, used, serial;
    alignas(max_align_t) char bytes[];
};

struct arena {
    struct block *newest;
    size_t next_size, used;
    size_t serial; /* how many blocks it has made */
};

static void *allocate(size_t size)
{
    void *memory = calloc(1, size);
    if (memory == NULL) {
        log_bug("out of memory, wanted bytes=%zu", size);
    }
    return memory;
}

struct arena *arena_new(void)
{
    struct arena *arena = allocate(sizeof *arena);
    arena->next_size = FIRST_BLOCK;
    return arena;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL) {
        return;
    }
    for (struct block *block = arena->newest; block != NULL;) {
        struct block *next = block->next;
        free(block);
        block = next;
    }
    free(arena);
}

static size_t round_up(size_t size)
{
    const size_t unit = alignof(max_align_t);
    if (size > SIZE_MAX / 2) {
        log_bug("allocation too large, wanted bytes=%zu", size);
    }
    return (size + unit - 1) / unit * unit;
}

static struct block *new_block(struct arena *arena, size_t size)
{
    struct block *block = allocate(sizeof *block + size);
    block->size = size;
    block->serial = ++arena->serial;
    return block;
}

static void *alloc_own_block(struct arena *arena, size_t size)
{
    struct block *block = new_block(arena, size);
    block->used = size;
    if (arena->newest == NULL) {
        arena->newest = block;
    } else {
        block->next = arena->newest->next;
        arena->newest->next = block;
    }
    return block->bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    arena->used += size;
    if (OWN_BLOCK_ALWAYS) {
        return alloc_own_block(arena, size);
    }
    size_t rounded = round_up(size);
    struct block *block = arena->newest;
    if (block == NULL || block->size - block->used < rounded) {
        if (rounded > arena->next_size / 4) {
            return alloc_own_block(arena, rounded);
        }
        block = new_block(arena, arena->next_size);
        block->next = arena->newest;
        arena->newest = block;
        arena->next_size = arena->next_size < LAST_BLOCK ? arena->next_size * 2 : LAST_BLOCK;
    }
    void *memory = block->bytes + block->used;
    block->used += rounded;
    return memory;
}

void *arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        log_bug("array too large count=%zu size=%zu", count, size);
    }
    return arena_alloc(arena, count * size);
}

/* Grows in place when `memory` ends where the newest block's used part ends. */
static int grow_in_place(struct arena *arena, void *memory, size_t old_size, size_t new_size)
{
    struct block *block = arena->newest;
    if (OWN_BLOCK_ALWAYS || block == NULL) {
        return 0;
    }
    size_t old_rounded = round_up(old_size);
    size_t new_rounded = round_up(new_size);
    if (old_rounded > block->used || (char *)memory != block->bytes + block->used - old_rounded) {
        return 0;
    }
    if (block->size - block->used < new_rounded - old_rounded) {
        return 0;
    }
    block->used += new_rounded - old_rounded;
    arena->used += new_size - old_size;
    return 1;
}

void *arena_grow(struct arena *arena, void *memory, size_t old_size, size_t new_size)
{
    if (new_size < old_size) {
        log_bug("arena_grow cannot shrink from=%zu to=%zu", old_size, new_size);
    }
    if (memory != NULL && grow_in_place(arena, memory, old_size, new_size)) {
        return memory;
    }
    void *copy = arena_alloc(arena, new_size);
    if (memory != NULL && old_size > 0) {
        memcpy(copy, memory, old_size);
    }
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return text == NULL ? NULL : arena_strndup(arena, text, strlen(text));
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
    if (text == NULL) {
        return NULL;
    }
    size_t real = strnlen(text, length);
    char *copy = arena_alloc(arena, real + 1);
    memcpy(copy, text, real);
    return copy;
}

char *arena_vprintf(struct arena *arena, const char *format, va_list arguments)
{
    va_list again;
    if (format == NULL) {
        log_bug("arena_printf without a format");
    }
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length < 0) {
        log_bug("cannot format '%s'", format);
    }
    char *text = arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    return text;
}

struct arena_mark arena_mark(const struct arena *arena)
{
    const struct block *newest = arena->newest;
    return (struct arena_mark){arena->newest, newest == NULL ? 0 : newest->used, arena->serial, arena->used};
}

/* A block of its own lies behind the newest one: so all are looked at. What is cut again must be zero. */
void arena_rewind(struct arena *arena, struct arena_mark mark)
{
    for (struct block **link = &arena->newest; *link != NULL;) {
        struct block *block = *link;
        if (block->serial > mark.serial) {
            *link = block->next;
            free(block);
        } else {
            link = &block->next;
        }
    }
    if (mark.newest != NULL && mark.newest->used > mark.used_of_newest) {
        memset(mark.newest->bytes + mark.used_of_newest, 0, mark.newest->used - mark.used_of_newest);
        mark.newest->used = mark.used_of_newest;
    }
    arena->used = mark.used;
}

size_t arena_used(const struct arena *arena)
{
    return arena->used;
}
