/* picture: what our contacts look like in a list: a sign for what it is, on a colour of its own.
 *
 * Drawn from the address alone, so that its id is the same wherever it is told (presence, vCard, avatar) and
 * nothing has to be kept. Threads: as the arena.
 */
#ifndef DESK_PICTURE_H
#define DESK_PICTURE_H

#include <stddef.h>

#include "base/arena.h"

#define PICTURE_SIDE 64
#define PICTURE_TYPE "image/png"

struct picture {
    const unsigned char *bytes;
    size_t length;
    const char *id;     /* SHA-1 in hex, as XEP-0153 and XEP-0084 have it */
    const char *base64; /* the bytes */
};

/* The picture of crm.D itself (""), "bot", "support", or of a record ("visitor-17", "lead-42"). */
struct picture picture_of(struct arena *arena, const char *local);

#endif
