#include "sheet/decode.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/progress.h"
#include "base/text.h"

/* 0x80 to 0x9f (Unicode's CP1252.TXT); 0: none. */
static const uint16_t windows_1252[32] = {
    0x20ac, 0,      0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0,      0x017d, 0,      0,      0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,      0x017e, 0x0178,
};

#define REPLACEMENT 0xfffd

/* How many bytes there were, at most DECODE_INPUT; -1 and a line in the log. */
static ssize_t read_at(int fd, char *bytes, size_t size, int64_t position)
{
    ssize_t got = pread(fd, bytes, size, position);
    while (got < 0 && errno == EINTR) {
        got = pread(fd, bytes, size, position);
    }
    if (got < 0) {
        log_error("a spreadsheet cannot be read error=\"%s\"", strerror(errno));
    }
    progress_note();
    return got;
}

/* ---- which encoding */

static bool has_bytes(const char *bytes, size_t length, const char *wanted, size_t count)
{
    return length >= count && memcmp(bytes, wanted, count) == 0;
}

/* Every other byte of Western text in UTF-16 is zero, and in no other text any. */
static bool look_like_utf16(const char *bytes, size_t length, size_t zero_at)
{
    size_t zeros = 0;
    size_t others = 0;
    for (size_t i = 0; i + 1 < length && i < 4096; i += 2) {
        zeros += bytes[i + zero_at] == '\0';
        others += bytes[i + 1 - zero_at] == '\0';
    }
    return zeros > 0 && others == 0 && zeros * 4 > (length < 4096 ? length : 4096);
}

/* Length of the unfinished sequence at the end, which the next piece goes on with. */
static size_t unfinished(const char *bytes, size_t length)
{
    for (size_t back = 1; back <= 3 && back <= length; back++) {
        unsigned char byte = (unsigned char)bytes[length - back];
        if ((byte & 0xc0) == 0x80) {
            continue;
        }
        size_t wanted = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
        return wanted > back ? back : 0;
    }
    return 0;
}

static enum decode_result scan(struct decode *decode)
{
    int64_t position = 0;
    for (;;) {
        ssize_t got = read_at(decode->fd, decode->in, sizeof decode->in, position);
        if (got <= 0) {
            return got < 0 ? DECODE_FAILED : DECODE_MORE;
        }
        if (memchr(decode->in, '\0', (size_t)got) != NULL) {
            return DECODE_BINARY;
        }
        size_t open = (size_t)got < sizeof decode->in ? 0 : unfinished(decode->in, (size_t)got);
        if (!utf8_valid(decode->in, (size_t)got - open)) {
            decode->encoding = DECODE_WINDOWS_1252;
        }
        position += got - (ssize_t)open;
    }
}

enum decode_result decode_begin(struct decode *decode, int fd)
{
    decode->fd = fd;
    decode->encoding = DECODE_UTF8;
    decode->position = 0;
    decode->surrogate = 0;
    ssize_t got = read_at(fd, decode->in, sizeof decode->in, 0);
    if (got < 0) {
        return DECODE_FAILED;
    }
    size_t length = (size_t)got;
    if (has_bytes(decode->in, length, "\xff\xfe", 2) || has_bytes(decode->in, length, "\xfe\xff", 2)) {
        decode->encoding = decode->in[0] == '\xff' ? DECODE_UTF16LE : DECODE_UTF16BE;
        decode->position = 2;
        return DECODE_MORE;
    }
    if (look_like_utf16(decode->in, length, 1) || look_like_utf16(decode->in, length, 0)) {
        decode->encoding = look_like_utf16(decode->in, length, 1) ? DECODE_UTF16LE : DECODE_UTF16BE;
        return DECODE_MORE;
    }
    if (has_bytes(decode->in, length, "\xef\xbb\xbf", 3)) {
        decode->position = 3;
    }
    return scan(decode);
}

/* ---- one piece */

static void put(struct decode *decode, uint32_t code_point)
{
    decode->length += utf8_encode(code_point, decode->out + decode->length);
}

/* RFC 2781 section 2.2. */
static void put_unit(struct decode *decode, uint32_t unit)
{
    bool low = unit >= 0xdc00 && unit <= 0xdfff;
    if (decode->surrogate != 0) {
        put(decode, low ? 0x10000 + ((decode->surrogate - 0xd800) << 10) + (unit - 0xdc00) : REPLACEMENT);
        decode->surrogate = 0;
        if (low) {
            return;
        }
    }
    if (unit >= 0xd800 && unit <= 0xdbff) {
        decode->surrogate = unit;
        return;
    }
    put(decode, low ? REPLACEMENT : unit);
}

static enum decode_result next_utf16(struct decode *decode, size_t got)
{
    bool little = decode->encoding == DECODE_UTF16LE;
    for (size_t i = 0; i + 1 < got; i += 2) {
        unsigned char first = (unsigned char)decode->in[i];
        unsigned char second = (unsigned char)decode->in[i + 1];
        uint32_t unit = little ? first | (uint32_t)second << 8 : second | (uint32_t)first << 8;
        if (unit == 0) {
            return DECODE_BINARY;
        }
        put_unit(decode, unit);
    }
    if (got % 2 == 1) {
        put(decode, REPLACEMENT);
    }
    return DECODE_MORE;
}

static void next_windows_1252(struct decode *decode, size_t got)
{
    for (size_t i = 0; i < got; i++) {
        unsigned char byte = (unsigned char)decode->in[i];
        bool mapped = byte >= 0x80 && byte < 0xa0;
        uint16_t code = mapped ? windows_1252[byte - 0x80] : byte;
        put(decode, code == 0 ? REPLACEMENT : code);
    }
}

enum decode_result decode_next(struct decode *decode)
{
    decode->length = 0;
    ssize_t got = read_at(decode->fd, decode->in, sizeof decode->in, decode->position);
    if (got < 0) {
        return DECODE_FAILED;
    }
    if (got == 0 && decode->surrogate != 0) {
        decode->surrogate = 0;
        put(decode, REPLACEMENT);
        return DECODE_MORE;
    }
    if (got == 0) {
        return DECODE_END;
    }
    decode->position += got;
    switch (decode->encoding) {
    case DECODE_UTF16LE:
    case DECODE_UTF16BE:
        return next_utf16(decode, (size_t)got);
    case DECODE_WINDOWS_1252:
        next_windows_1252(decode, (size_t)got);
        return DECODE_MORE;
    case DECODE_UTF8:
        memcpy(decode->out, decode->in, (size_t)got);
        decode->length = (size_t)got;
        return DECODE_MORE;
    }
    return DECODE_FAILED;
}
