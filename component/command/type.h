/* type: the types of parameters, one row each: how a value is read, shown, asked for in a form, and told from
 * others.
 *
 * Reading is pure; what needs the database (is there such a person?) is done by the dispatcher after it
 * (args.h). Threads: any.
 */
#ifndef COMMAND_TYPE_H
#define COMMAND_TYPE_H

#include "command/command.h"

/* What reading needs to know about the reader: `now` is their wall clock ("2026-11-22 20:28:22"). */
struct type_reader {
    struct arena *arena;
    const struct command_table *table;
    const char *now;
    const char *currency, *country; /* what is meant when none is said; NULL takes INR and IN */
    const char *locale;             /* whether 12/1 is in December (en-US); NULL: in January */
};

struct type {
    const char *name;     /* "email" */
    const char *noun;     /* "an email address": "“x” is not an email address." */
    const char *example;  /* "asha@example.in" */
    const char *field;    /* XEP-0004 field type */
    const char *datatype; /* XEP-0122; NULL for none */
    size_t limit;         /* code points */
    bool telling; /* its look tells it from other types, so that the bot can place it without being told */
    /* True for what is none but was meant to be one: "+91 123". NULL: nothing is. The bot asks about it, so
     * that it does not end up in another field. */
    bool (*resembles)(const struct type_reader *reader, const struct param *param, const char *given);
    /* Fills `out` (except `present`) from a trimmed, non-empty text. False when it is none. */
    bool (*read)(const struct type_reader *reader, const struct param *param, const char *given,
                 struct value *out);
    /* What people are shown for a normalised value; NULL shows it as it is. */
    const char *(*show)(struct arena *arena, const char *value);
};

const struct type *type_of(enum param_type type);

/* Reads one value. Returns NULL, or the sentence that says what is wrong and what would be right. An empty
 * one is absent, and no error. */
const char *type_read(const struct type_reader *reader, const struct param *param, const char *given,
                      struct value *out);

/* Whether a text that does not read as the parameter's type was meant to. */
bool type_resembles(const struct type_reader *reader, const struct param *param, const char *given);

/* "One of: new, assigned, lost." / "An email address, such as asha@example.in." */
const char *type_expectation(struct arena *arena, const struct param *param);

/* The choice that a word which is none was meant to be, among these; NULL when none is near. */
const struct choice *type_near_choice(struct arena *arena, const struct choice *choices, const char *given);

/* An amount as a normalised value of PARAM_MONEY. */
const char *type_money(struct arena *arena, int64_t minor, const char *currency);

/* A normalised value in words for people. */
const char *type_show(struct arena *arena, enum param_type type, const char *value);

#endif
