#include "lead/range.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

static const struct {
    const char *word;
    bool from, without;
} ends[] = {
    {">=", true, false},        {">", true, true},           {"<=", false, false},
    {"<", false, true},         {"over ", true, false},      {"above ", true, false},
    {"more than ", true, true}, {"at least ", true, false},  {"from ", true, false},
    {"since ", true, false},    {"after ", true, true},      {"under ", false, false},
    {"below ", false, false},   {"less than ", false, true}, {"at most ", false, false},
    {"up to ", false, false},   {"before ", false, true},    {"until ", false, false},
};
static const char *const between[] = {"..", " to ", " and "};

static const char *skip_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    return strncasecmp(text, word, length) == 0 ? text + length : text;
}

struct lead_range lead_range_split(struct arena *arena, const char *text)
{
    struct lead_range range = {.from = NULL};
    const char *whole = text_squeeze(arena, text);
    for (size_t i = 0; i < sizeof between / sizeof between[0]; i++) {
        const char *middle = strstr(whole, between[i]);
        if (middle != NULL && middle > whole && middle[strlen(between[i])] != '\0') {
            const char *first = arena_strndup(arena, whole, (size_t)(middle - whole));
            range.from = text_squeeze(arena, skip_word(skip_word(first, "between "), "from "));
            range.to = text_squeeze(arena, middle + strlen(between[i]));
            return range;
        }
    }
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        const char *rest = skip_word(whole, ends[i].word);
        if (rest != whole) {
            *(ends[i].from ? &range.from : &range.to) = text_squeeze(arena, rest);
            *(ends[i].from ? &range.above : &range.below) = ends[i].without;
            return range;
        }
    }
    range.from = range.to = whole;
    range.same = true;
    return range;
}
