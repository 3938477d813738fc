/* png: small pictures with a palette, as PNG files (ISO/IEC 15948): 4 bits a pixel, stored without
 * compression.
 *
 * For pictures that the program draws itself; a photograph is another's task. Threads: as the arena.
 */
#ifndef BASE_PNG_H
#define BASE_PNG_H

#include <stddef.h>

#include "base/arena.h"

#define PNG_COLOURS 16
#define PNG_SIDE    128 /* the most */

/* Red, green, blue. */
struct png_colour {
    unsigned char red, green, blue;
};

/* A square of side × side pixels, row by row, each the number of a colour. `side` is even and at most
 * PNG_SIDE; anything else is a bug. Sets `length`; the bytes live in the arena. */
const unsigned char *png_write(struct arena *arena, size_t side, const unsigned char *pixels,
                               const struct png_colour palette[PNG_COLOURS], size_t *length);

#endif
