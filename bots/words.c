#include "bots/words.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

static const struct {
    const char *open, *close;
} quotes[] = {
    {"\"", "\""},
    {"“", "”"},
    {"„", "“"},
    {"«", "»"},
};

#define QUOTE_COUNT (sizeof quotes / sizeof quotes[0])

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* A comma separates unless digits stand on both of its sides: "50,000". */
static bool is_separator(const char *line, size_t at)
{
    bool before = at > 0 && line[at - 1] >= '0' && line[at - 1] <= '9';
    bool after = line[at + 1] >= '0' && line[at + 1] <= '9';
    return line[at] == ',' && !(before && after);
}

/* Copies what is quoted at `at` and returns where it ends; 0 when nothing is, or the quote is never closed.
 */
static size_t take_quoted(struct text *text, const char *line, size_t at)
{
    for (size_t i = 0; i < QUOTE_COUNT; i++) {
        size_t length = strlen(quotes[i].open);
        if (strncmp(line + at, quotes[i].open, length) != 0) {
            continue;
        }
        const char *inside = line + at + length;
        const char *end = strstr(inside, quotes[i].close);
        if (end != NULL) {
            text_add_bytes(text, inside, (size_t)(end - inside));
            return (size_t)(end - line) + strlen(quotes[i].close);
        }
    }
    return 0;
}

#define COLON_WORDS 3 /* of the first words, where a colon says nothing */

/* Drops what only punctuates: "42:", "lead: Asha". */
static bool drop_colon(struct text *text, bool first)
{
    size_t numbers = strspn(text->data, "#0123456789");
    size_t letters = strspn(text->data, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
    size_t length = numbers > 0 ? numbers : first ? letters : 0;
    if (length == 0 || strcmp(text->data + length, ":") != 0) {
        return false;
    }
    text->data[length] = '\0';
    return true;
}

static size_t take_word(struct arena *arena, const char *line, size_t at, struct word *word, bool first)
{
    struct text text = text_new(arena);
    *word = (struct word){.begin = at};
    while (line[at] != '\0' && !is_space(line[at]) && !is_separator(line, at)) {
        /* A quote opens only where a word or a value begins: 5" stays what it is. */
        bool may_open = at == word->begin || line[at - 1] == '=';
        size_t end = may_open ? take_quoted(&text, line, at) : 0;
        if (end > 0) {
            word->quoted = true;
            at = end;
        } else {
            text_add_char(&text, line[at++]);
        }
    }
    if (!word->quoted) {
        word->colon = drop_colon(&text, first);
    }
    word->text = text.data;
    word->end = at;
    return at;
}

/* "priya?" */
static const char *without_marks(struct arena *arena, const char *text)
{
    size_t length = strlen(text);
    while (length > 1 && (text[length - 1] == '?' || text[length - 1] == '!')) {
        length--;
    }
    return arena_strndup(arena, text, length);
}

struct words words_split(struct arena *arena, const char *line)
{
    struct word *list = arena_array(arena, strlen(line) + 1, sizeof *list);
    size_t count = 0;
    size_t at = 0;
    while (line[at] != '\0') {
        if (is_space(line[at])) {
            if (line[at++] == '\n' && count > 0) {
                list[count - 1].newline = true;
            }
        } else if (is_separator(line, at)) {
            at++;
            if (count > 0) {
                list[count - 1].comma = true;
            }
        } else {
            at = take_word(arena, line, at, &list[count], count < COLON_WORDS);
            count++;
        }
    }
    if (count > 0 && !list[count - 1].quoted) {
        list[count - 1].text = without_marks(arena, list[count - 1].text);
    }
    return (struct words){.line = line, .list = list, .count = count};
}

bool words_break(const struct words *words, size_t at)
{
    return words->list[at].comma || words->list[at].newline;
}

char *words_join(struct arena *arena, const struct words *words, size_t first, size_t last)
{
    struct text text = text_new(arena);
    for (size_t i = first; i < last; i++) {
        const char *gap = i == first ? "" : words->list[i - 1].newline ? "\n" : " ";
        text_addf(&text, "%s%s%s", gap, words->list[i].text, words->list[i].comma && i + 1 < last ? "," : "");
    }
    return text.data;
}

size_t words_match(const struct words *words, size_t at, const char *phrase)
{
    size_t taken = 0;
    while (*phrase != '\0') {
        size_t length = strcspn(phrase, " ");
        if (at + taken >= words->count) {
            return 0;
        }
        const struct word *word = &words->list[at + taken];
        bool broken = taken > 0 && words_break(words, at + taken - 1);
        bool colon = phrase[length] == '\0' && strlen(word->text) == length + 1 && word->text[length] == ':';
        if (broken || word->quoted || (strlen(word->text) != length && !colon) ||
            strncasecmp(word->text, phrase, length) != 0) {
            return 0;
        }
        taken++;
        phrase += length + strspn(phrase + length, " ");
    }
    bool alone = taken > 0 && at + taken < words->count && !words_break(words, at + taken - 1) &&
                 strcmp(words->list[at + taken].text, ":") == 0;
    return alone ? taken + 1 : taken;
}
