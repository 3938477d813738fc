#include "base/png.h"

#include <stdint.h>
#include <string.h>

#include "base/log.h"

/* The file as it grows. Stored blocks hold at most 65,535 bytes (RFC 1951 section 3.2.4): PNG_SIDE fits one.
 */
struct file {
    unsigned char *bytes;
    size_t length;
    size_t chunk; /* where the current chunk's type begins */
};

#define ROW_BYTES(side)  ((side) / 2 + 1) /* behind the filter's number */
#define FILE_LIMIT(side) ((side)*ROW_BYTES(side) + 256)

static void put(struct file *file, const void *bytes, size_t length)
{
    memcpy(file->bytes + file->length, bytes, length);
    file->length += length;
}

static void put_number(struct file *file, uint32_t number)
{
    const unsigned char bytes[] = {(unsigned char)(number >> 24), (unsigned char)(number >> 16),
                                   (unsigned char)(number >> 8), (unsigned char)number};
    put(file, bytes, sizeof bytes);
}

/* CRC-32 (ISO/IEC 15948 annex D). */
static uint32_t crc(const unsigned char *bytes, size_t length)
{
    uint32_t sum = 0xffffffffU;
    for (size_t i = 0; i < length; i++) {
        sum ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            sum = (sum >> 1) ^ ((sum & 1) != 0 ? 0xedb88320U : 0);
        }
    }
    return ~sum;
}

/* Adler-32 (RFC 1950 section 8.2). */
static uint32_t adler(const unsigned char *bytes, size_t length)
{
    uint32_t low = 1, high = 0;
    for (size_t i = 0; i < length; i++) {
        low = (low + bytes[i]) % 65521;
        high = (high + low) % 65521;
    }
    return high << 16 | low;
}

static void open_chunk(struct file *file, const char *type, size_t length)
{
    put_number(file, (uint32_t)length);
    file->chunk = file->length;
    put(file, type, 4);
}

static void close_chunk(struct file *file)
{
    put_number(file, crc(file->bytes + file->chunk, file->length - file->chunk));
}

static void put_header(struct file *file, size_t side)
{
    static const unsigned char rest[] = {4, 3, 0, 0, 0}; /* bits, palette, deflate, filters, no interlace */
    put(file, "\x89PNG\r\n\x1a\n", 8);
    open_chunk(file, "IHDR", 13);
    put_number(file, (uint32_t)side);
    put_number(file, (uint32_t)side);
    put(file, rest, sizeof rest);
    close_chunk(file);
}

static void put_palette(struct file *file, const struct png_colour palette[PNG_COLOURS])
{
    open_chunk(file, "PLTE", (size_t)3 * PNG_COLOURS);
    for (size_t i = 0; i < PNG_COLOURS; i++) {
        const unsigned char colour[] = {palette[i].red, palette[i].green, palette[i].blue};
        put(file, colour, sizeof colour);
    }
    close_chunk(file);
}

/* A zlib stream (RFC 1950) of one stored block. */
static void put_pixels(struct file *file, size_t side, const unsigned char *pixels)
{
    size_t size = side * ROW_BYTES(side);
    const unsigned char head[] = {0x78,
                                  0x01,
                                  1,
                                  (unsigned char)size,
                                  (unsigned char)(size >> 8),
                                  (unsigned char)~size,
                                  (unsigned char)(~size >> 8)};
    open_chunk(file, "IDAT", size + sizeof head + 4);
    put(file, head, sizeof head);
    const unsigned char *rows = file->bytes + file->length;
    for (size_t y = 0; y < side; y++) {
        put(file, "", 1);
        for (size_t x = 0; x < side; x += 2) {
            const unsigned char *pair = pixels + y * side + x;
            const unsigned char byte = (unsigned char)(pair[0] << 4 | (pair[1] & 15));
            put(file, &byte, 1);
        }
    }
    put_number(file, adler(rows, size));
    close_chunk(file);
}

const unsigned char *png_write(struct arena *arena, size_t side, const unsigned char *pixels,
                               const struct png_colour palette[PNG_COLOURS], size_t *length)
{
    if (side == 0 || side % 2 != 0 || side > PNG_SIDE) {
        log_bug("a picture of %zu pixels a side", side);
    }
    struct file file = {.bytes = arena_alloc(arena, FILE_LIMIT(side))};
    put_header(&file, side);
    put_palette(&file, palette);
    put_pixels(&file, side, pixels);
    open_chunk(&file, "IEND", 0);
    close_chunk(&file);
    *length = file.length;
    return file.bytes;
}
