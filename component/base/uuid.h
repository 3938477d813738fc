/* uuid: random identifiers (RFC 4122 version 4), from the kernel's random source. Threads: any. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#define UUID_LENGTH 36

/* A new one in lower case, such as "0b8f3a52-7c1e-4d0a-9c55-2f6f3f0e5a11". */
char *uuid_new(struct arena *arena);

/* The same into a buffer. */
void uuid_write(char out[UUID_LENGTH + 1]);

/* True for 8-4-4-4-12 hexadecimal digits of any version and case. */
bool uuid_valid(const char *string);

/* Fills `bytes` with `length` random bytes; a kernel that has none is a bug. */
void uuid_random(void *bytes, size_t length);

#endif
