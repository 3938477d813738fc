/* interposed_malloc: malloc(), calloc() and realloc() that fail when the program that includes this says so.
 *
 * Defines them, so one file of a program includes it, once. Without sanitizers they stand in the C library's
 * place: what libstrophe, libpq, expat and the C library itself allocate fails too. A sanitizer's own
 * allocator is in the way of that; then the linker hands over the calls of our own objects alone (--wrap;
 * the Makefile defines TORTURE_WRAP). Threads: any that allocates, before main() too. */
#ifndef FUZZ_INTERPOSED_MALLOC_H
#define FUZZ_INTERPOSED_MALLOC_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>

/* Whether the allocation that is asked for fails: the including file's. Must not allocate. */
static bool allocation_fails(void);

#ifdef TORTURE_WRAP
#define INTERPOSED(name) __wrap_##name
#define REAL(name)       __real_##name
#else
#define INTERPOSED(name) name
#define REAL(name)       __libc_##name
#endif

void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *memory, size_t size);
void *INTERPOSED(malloc)(size_t size);
void *INTERPOSED(calloc)(size_t count, size_t size);
void *INTERPOSED(realloc)(void *memory, size_t size);

static bool is_refused(void)
{
    bool refused = allocation_fails();
    errno = refused ? ENOMEM : errno;
    return refused;
}

void *INTERPOSED(malloc)(size_t size)
{
    return is_refused() ? NULL : REAL(malloc)(size);
}

void *INTERPOSED(calloc)(size_t count, size_t size)
{
    return is_refused() ? NULL : REAL(calloc)(count, size);
}

void *INTERPOSED(realloc)(void *memory, size_t size)
{
    return is_refused() ? NULL : REAL(realloc)(memory, size);
}

#endif
