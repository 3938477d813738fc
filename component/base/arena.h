/* arena: memory of one job, freed as a whole.
 *
 * Owns: every byte that a job allocates. A job's strings, rows and replies live in its arena and die with it,
 * so that no handler frees anything. Threads: an arena belongs to one thread at a time; handing a job to a
 * lane hands its arena over too. Out of memory ends the process, loudly: no function here returns NULL.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;
struct block;

/* Makes an empty arena. The caller owns it and ends it with arena_free(). */
struct arena *arena_new(void);

/* Frees the arena and all that was allocated from it. NULL is allowed. */
void arena_free(struct arena *arena);

/* Returns `size` zeroed bytes, aligned for any type. */
void *arena_alloc(struct arena *arena, size_t size);

/* Returns `count` zeroed elements of `size` bytes; an overflowing product ends the process. */
void *arena_array(struct arena *arena, size_t count, size_t size);

/* Copies a string, or `length` bytes of it, always terminated. NULL gives NULL. */
char *arena_strdup(struct arena *arena, const char *text);
char *arena_strndup(struct arena *arena, const char *text, size_t length);

/* Formats as printf() does. */
char *arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprintf(struct arena *arena, const char *format, va_list arguments);

/* Makes an allocation of `old_size` bytes larger: in place when it was the last one, else by copying. The new
 * bytes are zeroed. */
void *arena_grow(struct arena *arena, void *memory, size_t old_size, size_t new_size);

/* For a long loop in one job: what is allocated behind a mark can be given back before the job ends. Whatever
 * was allocated since must not be used any more; arena_grow() of something older is not allowed in between.
 */
struct arena_mark {
    struct block *newest;
    size_t used_of_newest, serial, used;
};
struct arena_mark arena_mark(const struct arena *arena);
void arena_rewind(struct arena *arena, struct arena_mark mark);

/* Bytes handed out so far: for limits and metrics. */
size_t arena_used(const struct arena *arena);

#endif
