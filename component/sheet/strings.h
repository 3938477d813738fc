/* strings: the shared strings of an XLSX file, kept on disk, because there can be millions; private to
 * sheet/.
 *
 * Two files without a name, one of bytes and one of places in it: they are gone with the process, however it
 * ends. Threads: any, one at a time. */
#ifndef SHEET_STRINGS_H
#define SHEET_STRINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

#define STRINGS_MOST       (16 * 1024 * 1024)
#define STRINGS_BYTES_MOST ((int64_t)1024 * 1024 * 1024)

struct strings;

/* NULL when there is no room on the disk for temporary files; logged. */
struct strings *strings_new(struct arena *arena);
void strings_free(struct strings *strings);

/* Appends one. 0; -1 when there are too many; -2 when the disk failed, which is logged. */
int strings_add(struct strings *strings, const char *bytes, size_t length);

/* How many there are. */
int64_t strings_count(const struct strings *strings);

/* The one of that number; lives until the next call. NULL when there is none, or the disk failed. */
const char *strings_get(struct strings *strings, int64_t number, size_t *length);

#endif
