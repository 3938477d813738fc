/* Contracts of base/text.h, base/log.h's escaping apart: UTF-8 is read as it is written; squeezing once is
 * squeezing twice, and leaves no control character; shortening keeps to its limit; valid text stays valid.
 * And of command/json.h: what it writes has no raw control character and ends its own quotes, and of
 * base/similar.h: a word is no edit away from itself, and as far from another as that one from it. */
#include <string.h>

#include "base/similar.h"
#include "base/text.h"
#include "command/json.h"
#include "fuzz.h"

static void check_code_points(const char *bytes, size_t length)
{
    for (size_t i = 0; i < length;) {
        uint32_t code_point;
        char written[4];
        size_t taken = utf8_decode(bytes + i, length - i, &code_point);
        FUZZ_CHECK(taken <= 4 && taken <= length - i);
        if (taken > 0) {
            FUZZ_CHECK(utf8_encode(code_point, written) == taken);
            FUZZ_CHECK(memcmp(written, bytes + i, taken) == 0);
        }
        i += taken == 0 ? 1 : taken;
    }
}

static void check_squeezed(struct arena *arena, const char *given, bool valid)
{
    const char *once = text_squeeze(arena, given);
    FUZZ_CHECK(strcmp(text_squeeze(arena, once), once) == 0);
    FUZZ_CHECK(once[0] != ' ' && strstr(once, "  ") == NULL);
    FUZZ_CHECK(once[0] == '\0' || once[strlen(once) - 1] != ' ');
    for (const char *c = once; *c != '\0'; c++) {
        FUZZ_CHECK((unsigned char)*c >= 0x20 && *c != 0x7F);
    }
    FUZZ_CHECK(!valid || utf8_valid(once, strlen(once)));
}

static void check_shortened(struct arena *arena, const char *given, bool valid)
{
    for (size_t limit = 0; limit < 8; limit++) {
        const char *cut = text_shorten(arena, given, limit);
        FUZZ_CHECK(utf8_count(cut) <= limit);
        FUZZ_CHECK(!valid || utf8_valid(cut, strlen(cut)));
    }
}

static void check_json(struct arena *arena, const char *given)
{
    struct text json = text_new(arena);
    json_add_string(&json, given);
    FUZZ_CHECK(utf8_valid(json.data, json.length));
    FUZZ_CHECK(json.length >= 2 && json.data[0] == '"' && json.data[json.length - 1] == '"');
    for (size_t i = 1; i + 1 < json.length; i++) {
        FUZZ_CHECK((unsigned char)json.data[i] >= 0x20 && json.data[i] != '"');
        i += json.data[i] == '\\' ? 1 : 0;
        FUZZ_CHECK(i + 1 < json.length); /* the closing quote is not escaped */
    }
}

static void check_similar(struct arena *arena, const char *given)
{
    size_t half = strlen(given) / 2;
    const char *a = arena_strndup(arena, given, half);
    const char *b = given + half;
    FUZZ_CHECK(strlen(a) > 64 || similar_distance(a, a, 4) == 0);
    FUZZ_CHECK(similar_distance(a, b, 4) == similar_distance(b, a, 4));
    FUZZ_CHECK(similar_distance(a, b, 4) <= 5);
    FUZZ_CHECK(similar_slip(a, b, 40) <= 41);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    const char *given = fuzz_string(arena, data, size);
    bool valid = utf8_valid(given, strlen(given));
    check_code_points(given, strlen(given));
    check_squeezed(arena, given, valid);
    check_shortened(arena, given, valid);
    check_json(arena, given);
    check_similar(arena, given);
    FUZZ_CHECK(text_equal_nocase(text_lower(arena, given), given));
    FUZZ_CHECK(utf8_count(given) <= strlen(given));
    arena_free(arena);
    return 0;
}
