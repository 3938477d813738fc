#include "desk/picture.h"

#include <openssl/evp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/png.h"

/* Signs are drawn as children cut paper: shapes over one another, of ink or of the ground. The square is 200
 * a side, its middle is 0, 0. */
struct shape {
    bool ink, round;
    int x, y, wide, high; /* the middle, and half of the size */
};

#define SHAPES 7

static const struct sign {
    const char *prefix; /* of the local part */
    struct shape shapes[SHAPES];
} signs[] = {
    /* somebody: head and shoulders */
    {"visitor-", {{true, true, 0, -28, 34, 34}, {true, true, 0, 84, 66, 68}}},
    /* a case: its handle, its body, its seam and its lock */
    {"lead-",
     {{true, false, 0, -34, 26, 20},
      {false, false, 0, -30, 15, 12},
      {true, false, 0, 16, 58, 40},
      {false, false, 0, 14, 58, 3},
      {true, false, 0, 14, 10, 8}}},
    /* a robot: its aerial, its head, its eyes and its mouth */
    {"bot",
     {{true, true, 0, -60, 10, 10},
      {true, false, 0, -40, 4, 18},
      {true, false, 0, 12, 54, 40},
      {false, true, -22, 2, 10, 10},
      {false, true, 22, 2, 10, 10},
      {false, false, 0, 34, 24, 5}}},
    /* a speech balloon with three points */
    {"",
     {{true, true, 0, -8, 64, 46},
      {true, true, -34, 40, 14, 24},
      {false, true, -30, -8, 8, 8},
      {false, true, 0, -8, 8, 8},
      {false, true, 30, -8, 8, 8}}},
};

/* Each dark enough for white ink (contrast of 4.5 and more). */
static const struct png_colour grounds[] = {
    {0x0b, 0x6b, 0x8a}, {0x1f, 0x6f, 0x3f}, {0x8a, 0x3b, 0x12}, {0x6a, 0x3d, 0x9a}, {0x9c, 0x27, 0x4f},
    {0x2f, 0x4f, 0x9f}, {0x5d, 0x5a, 0x12}, {0x00, 0x69, 0x5c}, {0x7a, 0x35, 0x6b}, {0x4a, 0x55, 0x68},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define SAMPLES      4 /* a side of a pixel */
#define FINE         (PICTURE_SIDE * SAMPLES)

static size_t sign_of(const char *local)
{
    size_t i = 0;
    while (strncmp(local, signs[i].prefix, strlen(signs[i].prefix)) != 0) {
        i++;
    }
    return i;
}

static bool covers(const struct shape *shape, int x, int y)
{
    long dx = x - shape->x, dy = y - shape->y, wide = shape->wide, high = shape->high;
    if (!shape->round) {
        return labs(dx) <= wide && labs(dy) <= high;
    }
    return dx * dx * high * high + dy * dy * wide * wide <= wide * wide * high * high;
}

static bool is_ink(const struct sign *sign, int x, int y)
{
    bool ink = false;
    for (size_t i = 0; i < SHAPES && sign->shapes[i].wide > 0; i++) {
        if (covers(&sign->shapes[i], x, y)) {
            ink = sign->shapes[i].ink;
        }
    }
    return ink;
}

/* How much of a pixel is ink: 0 to 15. */
static unsigned char ink_at(const struct sign *sign, int column, int row)
{
    int inked = 0;
    for (int i = 0; i < SAMPLES * SAMPLES; i++) {
        int x = (column * SAMPLES + i % SAMPLES) * 200 / FINE - 100;
        int y = (row * SAMPLES + i / SAMPLES) * 200 / FINE - 100;
        inked += is_ink(sign, x, y);
    }
    return (unsigned char)(inked * (PNG_COLOURS - 1) / (SAMPLES * SAMPLES));
}

/* From the ground to white. */
static void mix(struct png_colour ground, struct png_colour palette[PNG_COLOURS])
{
    for (int i = 0; i < PNG_COLOURS; i++) {
        int left = PNG_COLOURS - 1 - i;
        palette[i] = (struct png_colour){(unsigned char)((ground.red * left + 255 * i) / (PNG_COLOURS - 1)),
                                         (unsigned char)((ground.green * left + 255 * i) / (PNG_COLOURS - 1)),
                                         (unsigned char)((ground.blue * left + 255 * i) / (PNG_COLOURS - 1))};
    }
}

static const char *hex_digest(struct arena *arena, const unsigned char *bytes, size_t length)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int size;
    if (EVP_Digest(bytes, length, digest, &size, EVP_sha1(), NULL) != 1) {
        log_bug("libcrypto gives no SHA-1 (it has none, or is out of memory)");
    }
    char *hex = arena_alloc(arena, 2 * (size_t)size + 1);
    for (unsigned int i = 0; i < size; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    hex[2 * (size_t)size] = '\0';
    return hex;
}

/* Each sign is drawn once: presence goes out often. */
static unsigned char drawn[COUNT(signs)][PICTURE_SIDE * PICTURE_SIDE];

static void draw(void)
{
    for (size_t sign = 0; sign < COUNT(signs); sign++) {
        for (int i = 0; i < PICTURE_SIDE * PICTURE_SIDE; i++) {
            drawn[sign][i] = ink_at(&signs[sign], i % PICTURE_SIDE, i / PICTURE_SIDE);
        }
    }
}

struct picture picture_of(struct arena *arena, const char *local)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct png_colour palette[PNG_COLOURS];
    struct picture picture;
    pthread_once(&once, draw);
    mix(grounds[hash_stable(local) % COUNT(grounds)], palette);
    picture.bytes = png_write(arena, PICTURE_SIDE, drawn[sign_of(local)], palette, &picture.length);
    picture.id = hex_digest(arena, picture.bytes, picture.length);
    char *base64 = arena_alloc(arena, 4 * ((picture.length + 2) / 3) + 1);
    EVP_EncodeBlock((unsigned char *)base64, picture.bytes, (int)picture.length);
    picture.base64 = base64;
    return picture;
}
