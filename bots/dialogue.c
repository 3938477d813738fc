#include "bots/dialogue.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "command/json.h"
#include "queries.h"

#define RECORD_MINUTES 30
#define REST_MINUTES   5

#define WHAT_MORE "more"
#define WHAT_REST "rest"

void dialogue_give(struct argument *list, size_t *count, const char *name, const char *value)
{
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(list[i].name, name) == 0) {
            list[i].value = value;
            return;
        }
    }
    if (*count < ARGUMENT_LIMIT) {
        list[(*count)++] = (struct argument){name, value};
    }
}

void dialogue_offer(struct question *question, const char *value)
{
    if (question->offer_count < OFFER_LIMIT) {
        question->offers[question->offer_count++] = value;
    }
}

const char *dialogue_offered(const struct question *question, const char *line)
{
    size_t number = strlen(line) == 1 && line[0] >= '1' && line[0] <= '9' ? (size_t)(line[0] - '0') : 0;
    return number == 0 || number > question->offer_count ? NULL : question->offers[number - 1];
}

const char *dialogue_record(const struct memory *memory, const char *kind)
{
    for (size_t i = 0; i < memory->count; i++) {
        if (strcmp(memory->records[i].name, kind) == 0) {
            return memory->records[i].value;
        }
    }
    return NULL;
}

/* ---- reading */

static void read_values(const struct bot_dialogue_values *values, struct question *question)
{
    for (size_t i = 0; i < values->count; i++) {
        const struct bot_dialogue_values_row *row = &values->rows[i];
        long number = strcmp(row->part, "offers") == 0 ? strtol(row->name, NULL, 10) : 0;
        if (number >= 1 && number <= OFFER_LIMIT) {
            question->offers[number - 1] = row->value;
            question->offer_count += 1;
        } else if (strcmp(row->part, "values") == 0) {
            dialogue_give(question->given, &question->count, row->name, row->value);
        }
    }
}

static void read_memory(const struct bot_memory *memory, struct memory *remembered)
{
    for (size_t i = 0; i < memory->count; i++) {
        const struct bot_memory_row *row = &memory->rows[i];
        if (strcmp(row->what, WHAT_MORE) == 0) {
            remembered->more = row->value;
        } else if (strcmp(row->what, WHAT_REST) == 0) {
            remembered->rest = row->value;
        } else if (remembered->count < sizeof remembered->records / sizeof remembered->records[0]) {
            remembered->records[remembered->count++] = (struct argument){row->what, row->value};
        }
    }
}

void dialogue_read(const struct bot_dialogue *dialogue, const struct bot_dialogue_values *values,
                   const struct bot_memory *memory, struct question *question, struct memory *remembered)
{
    *question = (struct question){.asked = NULL};
    *remembered = (struct memory){.count = 0};
    if (dialogue->count == 1) {
        question->command = dialogue->rows[0].command;
        question->target = dialogue->rows[0].target;
        question->asked = dialogue->rows[0].asked;
        read_values(values, question);
    }
    read_memory(memory, remembered);
}

/* ---- writing */

static const char *given_json(struct arena *arena, const struct question *question)
{
    struct text text = text_new(arena);
    json_open(&text);
    for (size_t i = 0; i < question->count; i++) {
        json_add_member(&text, question->given[i].name, question->given[i].value);
    }
    json_close(&text);
    return text.data;
}

static const char *offers_json(struct arena *arena, const struct question *question)
{
    struct text text = text_new(arena);
    json_open(&text);
    for (size_t i = 0; i < question->offer_count; i++) {
        json_add_member(&text, arena_printf(arena, "%zu", i + 1), question->offers[i]);
    }
    json_close(&text);
    return text.data;
}

void dialogue_keep(struct unit *unit, int64_t person, const char *place, const struct question *question)
{
    struct arena *arena = unit_arena(unit);
    if (question->asked == NULL) {
        query_bot_dialogue_drop(unit, person, place);
        return;
    }
    query_bot_dialogue_keep(unit, person, place, question->command, question->target, question->asked,
                            given_json(arena, question), offers_json(arena, question));
}

void dialogue_remember(struct unit *unit, int64_t person, const char *place, const char *kind,
                       const char *record)
{
    query_bot_remember(unit, person, place, kind, record, RECORD_MINUTES);
}

static void set(struct unit *unit, int64_t person, const char *place, const char *what, const char *before,
                const char *value, int64_t minutes)
{
    if (value != NULL) {
        query_bot_remember(unit, person, place, what, value, minutes);
    } else if (before != NULL) {
        query_bot_forget(unit, person, place, what);
    }
}

void dialogue_set_more(struct unit *unit, int64_t person, const char *place, const char *before,
                       const char *line)
{
    set(unit, person, place, WHAT_MORE, before, line, RECORD_MINUTES);
}

void dialogue_set_rest(struct unit *unit, int64_t person, const char *place, const char *before,
                       const char *text)
{
    set(unit, person, place, WHAT_REST, before, text, REST_MINUTES);
}
