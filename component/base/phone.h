/* phone: telephone numbers as people write them, and as they are kept: E.164 (+919876543210).
 *
 * Knows calling codes, trunk and international prefixes and lengths for the countries of its table; numbers
 * of other countries are taken when they begin with + or the international prefix and have 8 to 15 digits.
 * Does not know which numbers exist. Threads: any.
 */
#ifndef BASE_PHONE_H
#define BASE_PHONE_H

#include "base/arena.h"

/* A plus sign, at most 15 digits, the terminator. */
#define PHONE_SIZE 17

enum phone_result {
    PHONE_OK,
    PHONE_EMPTY,
    PHONE_NOT_A_NUMBER, /* letters, an extension, a plus in the middle, one digit repeated */
    PHONE_TOO_SHORT,
    PHONE_TOO_LONG,
    PHONE_UNKNOWN_COUNTRY, /* the default country is not in the table and the number has no calling code */
};

/* Reads "+91 98765 43210", "098765 43210", "0091…", "(022) 2345 6789", "+44 (0)20 7946 0000". `country` is
 * the ISO 3166 code of the country that a number without calling code is of. `out` is written only for
 * PHONE_OK. */
enum phone_result phone_parse(const char *text, const char *country, char out[PHONE_SIZE]);

/* A sentence for the person who wrote it. */
const char *phone_explain(enum phone_result result);

/* "+91 98765 43210": an E.164 number in groups. What is none comes back as it is. */
char *phone_format(struct arena *arena, const char *e164);

#endif
