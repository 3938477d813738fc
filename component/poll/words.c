/* How a poll asks, how answers are read, and how counts are said. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "command/type.h"
#include "poll/rows.h"
#include "queries.h"

#define SHOWN        300 /* code points of the requirements */
#define PHONE_DIGITS 6   /* as many in a row are a telephone number */

size_t poll_split(struct arena *arena, const char *lines, const char *choices[POLL_CHOICES])
{
    size_t count = 0;
    while (count < POLL_CHOICES && *lines != '\0') {
        size_t length = strcspn(lines, "\n");
        choices[count++] = arena_strndup(arena, lines, length);
        lines += length + (lines[length] == '\n');
    }
    return count;
}

/* ---- asking */

static void add_line(struct text *text, const char *label, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        text_addf(text, "\n%s: %s", label, value);
    }
}

static bool is_contact(const char *word, size_t length)
{
    size_t digits = 0;
    for (size_t i = 0; i < length; i++) {
        digits += isdigit((unsigned char)word[i]) != 0;
    }
    return memchr(word, '@', length) != NULL || digits >= PHONE_DIGITS;
}

/* A telephone number may be in groups: what is only digits and what is written between them is one word. */
static size_t word_length(const char *at)
{
    size_t number = strspn(at, "+0123456789 -()/");
    while (number > 0 && at[number - 1] == ' ') {
        number--;
    }
    return is_contact(at, number) ? number : strcspn(at, " \n\t,;");
}

/* What people want, without how to reach them: that is for whoever gets the lead. */
static const char *without_contacts(struct arena *arena, const char *requirements)
{
    struct text text = text_new(arena);
    while (*requirements != '\0') {
        size_t length = word_length(requirements);
        if (is_contact(requirements, length)) {
            text_add(&text, "…");
        } else {
            text_add_bytes(&text, requirements, length > 0 ? length : 1);
        }
        requirements += length > 0 ? length : 1;
    }
    return text_shorten(arena, text.data, SHOWN);
}

static void add_summary(struct text *text, struct arena *arena, const struct poll_summary *summary)
{
    if (summary == NULL || summary->count == 0) {
        return;
    }
    const struct poll_summary_row *row = &summary->rows[0];
    add_line(text, "Source", row->source);
    if (row->has_budget_minor) {
        add_line(text, "Budget",
                 type_show(arena, PARAM_MONEY, type_money(arena, row->budget_minor, row->budget_currency)));
    }
    add_line(text, "Requirements",
             row->requirements == NULL ? NULL : without_contacts(arena, row->requirements));
    add_line(text, "Tags", row->tags);
}

static const char *words_of(struct arena *arena, const struct poll_question *question, const char *until)
{
    struct text text = text_new(arena);
    text_addf(&text, "Poll %lld, until %s: ", (long long)question->poll, type_show(arena, PARAM_DATE, until));
    if (question->lead != 0) {
        text_addf(&text, "who wants lead %lld?", (long long)question->lead);
        add_summary(&text, arena, question->summary);
    } else {
        text_add(&text, question->question);
    }
    for (size_t i = 0; i < question->count; i++) {
        text_addf(&text, "\n%zu %s", i + 1, question->choices[i]);
    }
    text_addf(
        &text,
        "\nAnswer here with the number%s; until then you can change it. Nobody sees who answers what, and "
        "this chat is kept nowhere.",
        question->lead != 0 ? ", and if you like how much, from 1 to 5: “1 4”" : "");
    return text.data;
}

void poll_put_question(struct reply *reply, int64_t person, const struct poll_question *question,
                       const char *until)
{
    struct arena *arena = reply->arena;
    const char *offers[POLL_CHOICES + 1] = {NULL};
    for (size_t i = 0; i < question->count && i < POLL_CHOICES; i++) {
        offers[i] = arena_printf(arena, "%zu %s", i + 1, question->choices[i]);
    }
    reply_notify_from(reply, person, arena_printf(arena, "poll-%lld", (long long)question->poll),
                      arena_printf(arena, "Poll %lld", (long long)question->poll), offers,
                      words_of(arena, question, until));
}

/* ---- answers */

static int by_word(const char *word, const char *const *choices, size_t count, bool lead)
{
    static const struct {
        const char *word;
        int answer;
    } others[] = {{"yes", 1}, {"y", 1}, {"me", 1}, {"i want it", 1}, {"no", 2}, {"n", 2}, {"not me", 2}};
    for (size_t i = 0; i < count; i++) {
        if (text_equal_nocase(word, choices[i])) {
            return (int)i + 1;
        }
    }
    for (size_t i = 0; lead && i < sizeof others / sizeof others[0]; i++) {
        if (text_equal_nocase(word, others[i].word)) {
            return others[i].answer;
        }
    }
    return 0;
}

/* Takes a strength from the end: "interested 4", "1, 4". */
static int take_strength(char *text)
{
    size_t length = strlen(text);
    bool alone = length < 2 || (text[length - 2] != ' ' && text[length - 2] != ',');
    if (alone || text[length - 1] < '1' || text[length - 1] > '5') {
        return 0;
    }
    int strength = text[length - 1] - '0';
    length -= 2;
    while (length > 0 && (text[length - 1] == ' ' || text[length - 1] == ',')) {
        length--;
    }
    text[length] = '\0';
    return strength;
}

void poll_read_answer(struct arena *arena, const char *text, const char *const *choices, size_t count,
                      bool lead, int *answer, int *strength)
{
    char *words = text_squeeze(arena, text), *end;
    size_t length = strlen(words);
    if (length > 1 && strchr(".!", words[length - 1]) != NULL) {
        words[length - 1] = '\0';
    }
    *strength = 0;
    *answer = by_word(words, choices, count, lead);
    if (*answer != 0) {
        return;
    }
    *strength = lead ? take_strength(words) : 0;
    *answer = by_word(words, choices, count, lead);
    long number = strtol(words, &end, 10);
    bool fits = end != words && number >= 1 && number <= (long)count;
    end += fits && *end != '\0' ? strspn(end, " .:)") : 0;
    if (fits && (*end == '\0' || by_word(end, choices, count, lead) == number)) {
        *answer = (int)number;
    }
}

/* ---- counts */

const char *poll_counts(struct arena *arena, const char *const *choices, size_t count, const char *counts)
{
    struct text text = text_new(arena);
    if (counts == NULL) {
        return "no counts are shown, because so few answered, or so much alike, that they would tell who";
    }
    for (size_t i = 0; i < count && *counts != '\0'; i++) {
        size_t length = strcspn(counts, "\n");
        text_addf(&text, "%s%.*s %s", i == 0 ? "" : ", ", (int)length, counts, choices[i]);
        counts += length + (counts[length] == '\n');
    }
    return text.data;
}
