#include "base/text.h"

#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <wctype.h>

#include "base/log.h"

#define FIRST_CAPACITY 64

struct text text_new(struct arena *arena)
{
    return (struct text){
        .arena = arena, .data = arena_alloc(arena, FIRST_CAPACITY), .capacity = FIRST_CAPACITY};
}

/* Makes room for `more` bytes and the terminator; doubles, so that adding is linear over all. */
static void reserve(struct text *text, size_t more)
{
    if (more > SIZE_MAX / 4 || text->length > SIZE_MAX / 4) {
        log_bug("text too large, wanted bytes=%zu", more);
    }
    size_t needed = text->length + more + 1;
    if (needed <= text->capacity) {
        return;
    }
    size_t capacity = text->capacity * 2 > needed ? text->capacity * 2 : needed;
    text->data = arena_grow(text->arena, text->data, text->capacity, capacity);
    text->capacity = capacity;
}

void text_add_bytes(struct text *text, const char *bytes, size_t length)
{
    if (length == 0) {
        return;
    }
    reserve(text, length);
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
    text->data[text->length] = '\0';
}

void text_add(struct text *text, const char *string)
{
    text_add_bytes(text, string, strlen(string));
}

void text_add_char(struct text *text, char c)
{
    text_add_bytes(text, &c, 1);
}

void text_addf(struct text *text, const char *format, ...)
{
    va_list arguments;
    if (format == NULL) {
        log_bug("text_addf without a format");
    }
    va_start(arguments, format);
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    if (length < 0) {
        log_bug("cannot format '%s'", format);
    }
    reserve(text, (size_t)length);
    vsnprintf(text->data + text->length, (size_t)length + 1, format, again);
    va_end(again);
    text->length += (size_t)length;
}

/* The length and the smallest code point that the first byte announces; 0 when no sequence begins so. */
static size_t sequence_length(unsigned char first, uint32_t *smallest)
{
    if (first < 0x80) {
        *smallest = 0;
        return 1;
    }
    if (first >= 0xC2 && first <= 0xDF) {
        *smallest = 0x80;
        return 2;
    }
    if ((first & 0xF0) == 0xE0) {
        *smallest = 0x800;
        return 3;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        *smallest = 0x10000;
        return 4;
    }
    return 0;
}

size_t utf8_decode(const char *bytes, size_t length, uint32_t *code_point)
{
    static const unsigned char first_mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t smallest;
    if (length == 0) {
        return 0;
    }
    size_t wanted = sequence_length((unsigned char)bytes[0], &smallest);
    if (wanted == 0 || wanted > length) {
        return 0;
    }
    uint32_t value = (unsigned char)bytes[0] & first_mask[wanted];
    for (size_t i = 1; i < wanted; i++) {
        if (((unsigned char)bytes[i] & 0xC0) != 0x80) {
            return 0;
        }
        value = value << 6 | ((unsigned char)bytes[i] & 0x3F);
    }
    if (value < smallest || value > 0x10FFFF || (value >= 0xD800 && value <= 0xDFFF)) {
        return 0;
    }
    *code_point = value;
    return wanted;
}

size_t utf8_encode(uint32_t code_point, char out[4])
{
    if (code_point < 0x80) {
        out[0] = (char)code_point;
        return 1;
    }
    if (code_point < 0x800) {
        out[0] = (char)(0xC0 | code_point >> 6);
        out[1] = (char)(0x80 | (code_point & 0x3F));
        return 2;
    }
    if (code_point < 0x10000) {
        out[0] = (char)(0xE0 | code_point >> 12);
        out[1] = (char)(0x80 | (code_point >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code_point & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | (code_point >> 18 & 0x07));
    out[1] = (char)(0x80 | (code_point >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code_point >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code_point & 0x3F));
    return 4;
}

bool utf8_valid(const char *bytes, size_t length)
{
    uint32_t code_point;
    for (size_t i = 0; i < length;) {
        size_t taken = utf8_decode(bytes + i, length - i, &code_point);
        if (taken == 0) {
            return false;
        }
        i += taken;
    }
    return true;
}

size_t utf8_count(const char *string)
{
    size_t count = 0;
    size_t length = strlen(string);
    uint32_t code_point;
    for (size_t i = 0; i < length; count++) {
        size_t taken = utf8_decode(string + i, length - i, &code_point);
        i += taken == 0 ? 1 : taken;
    }
    return count;
}

bool xml_char_allowed(uint32_t code_point)
{
    if (code_point < 0x20) {
        return code_point == '\t' || code_point == '\n' || code_point == '\r';
    }
    return code_point <= 0xD7FF || (code_point >= 0xE000 && code_point <= 0xFFFD) ||
           (code_point >= 0x10000 && code_point <= 0x10FFFF);
}

/* White space and controls that separate words in what people type or paste: C0, C1, no-break and the
 * Unicode spaces. */
static bool is_gap(uint32_t code_point)
{
    return code_point <= 0x20 || (code_point >= 0x7F && code_point <= 0xA0) || code_point == 0x1680 ||
           (code_point >= 0x2000 && code_point <= 0x200A) || code_point == 0x2028 || code_point == 0x2029 ||
           code_point == 0x202F || code_point == 0x205F || code_point == 0x3000 || code_point == 0xFEFF;
}

/* What shows nothing itself, and turns or hides what stands beside it: overrides and isolates of direction, a
 * space of no width. The marks that Hebrew and Arabic need (U+200E, U+200F), and the joiners of Indic scripts
 * and of pictures, are none of these. */
static bool is_trick(uint32_t code_point)
{
    return code_point == 0x200B || code_point == 0x2060 || (code_point >= 0x202A && code_point <= 0x202E) ||
           (code_point >= 0x2066 && code_point <= 0x2069);
}

/* What shows nothing by itself and is kept beside what does: joiners, marks of direction, variation
 * selectors, soft hyphens, fillers, tags. */
static bool is_mark(uint32_t code_point)
{
    return code_point == 0xAD || code_point == 0x034F || code_point == 0x061C || code_point == 0x115F ||
           code_point == 0x1160 || code_point == 0x180E || code_point == 0x3164 || code_point == 0xFFA0 ||
           (code_point >= 0x200C && code_point <= 0x200F) || (code_point >= 0x2061 && code_point <= 0x2064) ||
           (code_point >= 0xFE00 && code_point <= 0xFE0F) || (code_point >= 0xE0000 && code_point <= 0xE0FFF);
}

char *text_squeeze(struct arena *arena, const char *string)
{
    struct text out = text_new(arena);
    size_t length = strlen(string);
    bool gap = false;
    bool shows = false;
    for (size_t i = 0; i < length;) {
        uint32_t code_point = 0xFFFD;
        size_t taken = utf8_decode(string + i, length - i, &code_point);
        size_t step = taken == 0 ? 1 : taken;
        if (is_gap(code_point)) {
            gap = true;
        } else if (!is_trick(code_point)) {
            if (gap && out.length > 0) {
                text_add_char(&out, ' ');
            }
            gap = false;
            shows = shows || !is_mark(code_point);
            text_add_bytes(&out, string + i, step);
        }
        i += step;
    }
    return shows ? out.data : arena_strdup(arena, "");
}

char *text_of_lines(struct arena *arena, const char *string)
{
    struct text out = text_new(arena);
    size_t length = strlen(string);
    size_t end = 0; /* of what is no white space */
    bool shows = false;
    for (size_t i = 0; i < length;) {
        uint32_t code_point = 0xFFFD;
        size_t taken = utf8_decode(string + i, length - i, &code_point);
        size_t step = taken == 0 ? 1 : taken;
        bool breaks =
            code_point == '\n' || code_point == 0x2028 || code_point == 0x2029 || code_point == 0x85;
        if (breaks || code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0)) {
            text_add(&out, out.length == 0 ? "" : breaks ? "\n" : " ");
        } else if (!is_trick(code_point) && (out.length > 0 || code_point != ' ')) {
            text_add_bytes(&out, string + i, step);
            end = is_gap(code_point) ? end : out.length;
            shows = shows || (!is_gap(code_point) && !is_mark(code_point));
        }
        i += step;
    }
    return arena_strndup(arena, out.data, shows ? end : 0);
}

char *text_shorten(struct arena *arena, const char *string, size_t limit)
{
    static const char ellipsis[] = "\xE2\x80\xA6";
    if (utf8_count(string) <= limit) {
        return arena_strdup(arena, string);
    }
    if (limit == 0) {
        return arena_strdup(arena, "");
    }
    size_t length = strlen(string);
    size_t end = 0;
    for (size_t count = 0; count + 1 < limit; count++) {
        uint32_t code_point;
        size_t taken = utf8_decode(string + end, length - end, &code_point);
        end += taken == 0 ? 1 : taken;
    }
    struct text out = text_new(arena);
    text_add_bytes(&out, string, end);
    text_add(&out, ellipsis);
    return out.data;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool text_equal_nocase(const char *a, const char *b)
{
    while (*a != '\0' && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return lower(*a) == lower(*b);
}

bool text_starts_nocase(const char *string, const char *prefix)
{
    while (*prefix != '\0' && lower(*string) == lower(*prefix)) {
        string++;
        prefix++;
    }
    return *prefix == '\0';
}

/* What PostgreSQL's lower() does in a database of C.UTF-8, which ours are: by the same tables. */
static locale_t lower_locale;

static void lower_prepare(void)
{
    lower_locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    if (lower_locale == (locale_t)0) {
        log_bug("there is no locale C.UTF-8");
    }
}

char *text_lower(struct arena *arena, const char *string)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    struct text out = text_new(arena);
    size_t length = strlen(string);
    pthread_once(&once, lower_prepare);
    for (size_t i = 0; i < length;) {
        uint32_t code_point = 0;
        char bytes[4];
        size_t taken = utf8_decode(string + i, length - i, &code_point);
        if (taken < 2) {
            text_add_char(&out, lower(string[i++]));
            continue;
        }
        text_add_bytes(&out, bytes,
                       utf8_encode((uint32_t)towlower_l((wint_t)code_point, lower_locale), bytes));
        i += taken;
    }
    return out.data;
}
