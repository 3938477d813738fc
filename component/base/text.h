/* text: growing buffers and UTF-8, the only string building in the program.
 *
 * Owns: struct text (a growing buffer in an arena) and the questions that one asks of UTF-8.
 * Threads: as the arena. Does not know XML, SQL or JSON: their writers stand on this.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* `data` is always terminated; `length` does not count the terminator. */
struct text {
    struct arena *arena;
    char *data;
    size_t length, capacity;
};

/* Begins an empty buffer whose bytes live in the arena. */
struct text text_new(struct arena *arena);

void text_add(struct text *text, const char *string);
void text_add_bytes(struct text *text, const char *bytes, size_t length);
void text_add_char(struct text *text, char c);
void text_addf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Reads one code point at `bytes` (at most `length` bytes). Returns how many bytes it took and stores it;
 * returns 0 for an invalid, overlong, surrogate or truncated sequence (RFC 3629). */
size_t utf8_decode(const char *bytes, size_t length, uint32_t *code_point);

/* Writes a code point as UTF-8; returns the number of bytes, 1 to 4. */
size_t utf8_encode(uint32_t code_point, char out[4]);

/* True when the whole string is valid UTF-8. */
bool utf8_valid(const char *bytes, size_t length);

/* Number of code points; invalid bytes count one each. */
size_t utf8_count(const char *string);

/* True for what XML 1.0 section 2.2 allows in a document. */
bool xml_char_allowed(uint32_t code_point);

/* A copy without leading, trailing and doubled white space; control characters become spaces,
 * and what turns the direction of a line or has no width is left out. Empty when nothing in it shows. */
char *text_squeeze(struct arena *arena, const char *string);

/* The same of a text of several lines, which it stays, with the blanks within a line. */
char *text_of_lines(struct arena *arena, const char *string);

/* At most `limit` code points, with an ellipsis when it was cut. */
char *text_shorten(struct arena *arena, const char *string, size_t limit);

/* ASCII-only comparison without regard to case. */
bool text_equal_nocase(const char *a, const char *b);
bool text_starts_nocase(const char *string, const char *prefix);

/* Lower case copy, letter by letter as PostgreSQL's lower() makes it; bytes that are no UTF-8 stay. */
char *text_lower(struct arena *arena, const char *string);

#endif
