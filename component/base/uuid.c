#include "base/uuid.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"

void uuid_random(void *bytes, size_t length)
{
    char *at = bytes;
    while (length > 0) {
        ssize_t got = getrandom(at, length, 0);
        if (got < 0 && errno != EINTR) {
            log_bug("no random bytes from the kernel: %s", strerror(errno));
        }
        if (got > 0) {
            at += got;
            length -= (size_t)got;
        }
    }
}

static int is_dash_position(int position)
{
    return position == 8 || position == 13 || position == 18 || position == 23;
}

void uuid_write(char out[UUID_LENGTH + 1])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[16];
    uuid_random(bytes, sizeof bytes);
    bytes[6] = (unsigned char)((bytes[6] & 0x0F) | 0x40);
    bytes[8] = (unsigned char)((bytes[8] & 0x3F) | 0x80);
    int nibble = 0;
    for (int i = 0; i < UUID_LENGTH; i++) {
        if (is_dash_position(i)) {
            out[i] = '-';
            continue;
        }
        out[i] = digits[nibble % 2 == 0 ? bytes[nibble / 2] >> 4 : bytes[nibble / 2] & 0x0F];
        nibble++;
    }
    out[UUID_LENGTH] = '\0';
}

char *uuid_new(struct arena *arena)
{
    char *text = arena_alloc(arena, UUID_LENGTH + 1);
    uuid_write(text);
    return text;
}

bool uuid_valid(const char *string)
{
    if (strlen(string) != UUID_LENGTH) {
        return false;
    }
    for (int i = 0; i < UUID_LENGTH; i++) {
        if (is_dash_position(i) ? string[i] != '-' : !isxdigit((unsigned char)string[i])) {
            return false;
        }
    }
    return true;
}
