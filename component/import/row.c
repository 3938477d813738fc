#include "import/row.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/date.h"
#include "base/email.h"
#include "base/money.h"
#include "base/phone.h"
#include "base/text.h"
#include "command/json.h"
#include "sheet/number.h"
#include "sheet/write.h"

#define NAME_LIMIT         200
#define REQUIREMENTS_LIMIT 4000
#define TAG_LIMIT          30
#define SHOWN              40

/* A row on its way. */
struct reading {
    const struct import_reader *reader;
    struct arena *arena;
    struct import_lead *lead;
    const char *first, *last;
    struct text requirements, added;
    const char *why;
};

static bool complain(struct reading *reading, const char *label, const char *given, const char *what)
{
    reading->why =
        arena_printf(reading->arena, "%s: “%s” %s", label, text_shorten(reading->arena, given, SHOWN), what);
    return false;
}

/* ---- the types */

static bool take_email(struct reading *reading, const char *given)
{
    char *email;
    if (email_parse(reading->arena, given, &email) != 0) {
        return complain(reading, "Email", given, "is not an email address.");
    }
    reading->lead->email = email;
    return true;
}

/* "919876543210.0" from a column of numbers. */
static const char *without_point(struct arena *arena, const char *given)
{
    size_t length = strlen(given);
    bool whole = length > 2 && strcmp(given + length - 2, ".0") == 0;
    return whole ? arena_strndup(arena, given, length - 2) : given;
}

static bool read_phone(struct reading *reading, const char *label, const char *given, const char **out)
{
    char number[NUMBER_SIZE];
    char e164[PHONE_SIZE];
    bool lost;
    const char *digits = without_point(reading->arena, given);
    if (number_of_scientific(given, number, &lost)) {
        if (lost) {
            return complain(
                reading, label, given,
                "is a number whose last digits the spreadsheet has dropped. Make the column text, "
                "and put the number in again.");
        }
        digits = number;
    }
    enum phone_result result = phone_parse(digits, reading->reader->types.country, e164);
    if (result != PHONE_OK) {
        return complain(reading, label, given,
                        arena_printf(reading->arena, "cannot be a phone number: %s", phone_explain(result)));
    }
    *out = arena_strdup(reading->arena, e164);
    return true;
}

static bool take_budget(struct reading *reading, const char *given)
{
    char number[NUMBER_SIZE];
    bool lost;
    struct money money;
    bool scientific = number_of_scientific(given, number, &lost);
    if (scientific && lost && !number_text(given, number)) {
        return complain(reading, "Budget", given, "is not an amount.");
    }
    enum money_result result =
        money_parse(scientific ? number : given, reading->reader->types.currency, &money);
    if (result != MONEY_OK) {
        return complain(reading, "Budget", given,
                        arena_printf(reading->arena, "cannot be read. %s", money_explain(result)));
    }
    reading->lead->budget = arena_printf(reading->arena, "%lld", (long long)money.minor);
    reading->lead->currency = arena_strdup(reading->arena, money.currency);
    return true;
}

/* A day as a spreadsheet counts them, when the column has lost its format: 1982 to 2119. */
static bool is_serial(const char *given, double *serial)
{
    char *end;
    *serial = strtod(given, &end);
    return isdigit((unsigned char)given[0]) && *end == '\0' && strchr(given, 'e') == NULL &&
           *serial >= 30000 && *serial < 80000;
}

/* What a clock shows then. */
static bool read_day(struct reading *reading, const char *label, const char *given, const char **out)
{
    const struct type_reader *types = &reading->reader->types;
    struct param param = {.name = "day", .label = label, .type = PARAM_DATE};
    struct value value = {.present = false};
    char day[NUMBER_SIZE];
    double serial;
    const char *text = is_serial(given, &serial) && number_date(serial, false, day) ? day : given;
    if (type_read(types, &param, text, &value) != NULL || value.text == NULL) {
        return complain(reading, label, given, "is not a date, such as 2026-12-01 10:30.");
    }
    bool local =
        value.text[0] >= '0' && value.text[0] <= '9' && strlen(value.text) >= 10 && value.text[4] == '-';
    if (!local) {
        return complain(reading, label, given, "is not a date, such as 2026-12-01 10:30.");
    }
    *out = value.text;
    return true;
}

/* A field that was added: phones, days and numbers are mended as those that leads have of their own. */
static bool take_added(struct reading *reading, const struct param *param, const char *given)
{
    const struct type_reader *types = &reading->reader->types;
    const char *text = param->type == PARAM_NUMBER ? without_point(reading->arena, given) : given;
    struct value value = {.present = false};
    const char *complaint = NULL;
    bool read = param->type == PARAM_PHONE  ? read_phone(reading, param->label, given, &value.text)
                : param->type == PARAM_DATE ? read_day(reading, param->label, given, &value.text)
                                            : (complaint = type_read(types, param, text, &value)) == NULL;
    if (!read) {
        reading->why = complaint != NULL ? complaint : reading->why;
        return false;
    }
    if (reading->added.length == 0) {
        json_open(&reading->added);
    }
    json_add_member(&reading->added, param->name, value.text);
    return true;
}

static bool take_source(struct reading *reading, const char *given)
{
    for (const struct choice *source = reading->reader->sources; source->value != NULL; source++) {
        if (text_equal_nocase(source->value, given) || text_equal_nocase(source->label, given)) {
            reading->lead->source = source->value;
            return true;
        }
    }
    return complain(reading, "Source", given, "is no source that there is.");
}

/* Blanks in a tag become hyphens; commas and semicolons are between tags. */
static bool take_tags(struct reading *reading, const char *given)
{
    struct text tags = text_new(reading->arena);
    while (given[strspn(given, ",; #")] != '\0') {
        given += strspn(given, ",; #");
        size_t length = strcspn(given, ",;");
        char *tag = text_lower(reading->arena,
                               text_squeeze(reading->arena, arena_strndup(reading->arena, given, length)));
        for (char *c = tag; *c != '\0'; c++) {
            *c = *c == ' ' ? '-' : *c;
        }
        if (utf8_count(tag) > TAG_LIMIT || tag[0] == '-') {
            return complain(reading, "Tags", tag, "is too long for a tag, or begins with a hyphen.");
        }
        text_addf(&tags, "%s%s", tags.length == 0 || tag[0] == '\0' ? "" : " ", tag);
        given += length;
    }
    reading->lead->tags = tags.length == 0 ? NULL : tags.data;
    return true;
}

static bool add_requirement(struct reading *reading, const char *label, const char *given)
{
    text_addf(&reading->requirements, "%s%s%s%s", reading->requirements.length == 0 ? "" : "\n",
              label == NULL ? "" : label, label == NULL ? "" : ": ", given);
    return true;
}

/* ---- one cell, and the row */

static bool take_cell(struct reading *reading, const struct import_field *field, const char *header,
                      const char *given)
{
    switch (field->kind) {
    case FIELD_NAME:
        reading->lead->name = given;
        return true;
    case FIELD_FIRST_NAME:
        reading->first = given;
        return true;
    case FIELD_LAST_NAME:
        reading->last = given;
        return true;
    case FIELD_EMAIL:
        return take_email(reading, given);
    case FIELD_PHONE:
        return read_phone(reading, "Phone", given, &reading->lead->phone);
    case FIELD_SOURCE:
        return take_source(reading, given);
    case FIELD_BUDGET:
        return take_budget(reading, given);
    case FIELD_FOLLOW_UP:
        return read_day(reading, "Follow-up", given, &reading->lead->follow_up);
    case FIELD_TAGS:
        return take_tags(reading, given);
    case FIELD_REQUIREMENTS:
        return add_requirement(reading, NULL, given);
    case FIELD_NOTE:
        return add_requirement(reading, header, given);
    case FIELD_CUSTOM:
        return take_added(reading, field->param, given);
    }
    return true;
}

static const char *trim(struct arena *arena, const char *cell)
{
    cell += strspn(cell, " \t\n");
    /* Our own exports put an apostrophe before what would be a formula. */
    if (cell[0] == '\'' && sheet_is_formula(cell + 1)) {
        cell++;
    }
    size_t length = strlen(cell);
    while (length > 0 && strchr(" \t\n", cell[length - 1]) != NULL) {
        length--;
    }
    return cell[length] == '\0' ? cell : arena_strndup(arena, cell, length);
}

/* What a field gets of a cell: of one line, with plain blanks, and nothing when nothing in it shows. */
static const char *clean(struct arena *arena, const struct import_field *field, const char *cell)
{
    bool of_lines = field->kind == FIELD_REQUIREMENTS || field->kind == FIELD_NOTE;
    return of_lines ? trim(arena, cell) : text_squeeze(arena, trim(arena, cell));
}

static void join_names(struct reading *reading)
{
    struct import_lead *lead = reading->lead;
    const char *first = reading->first == NULL ? "" : reading->first;
    const char *last = reading->last == NULL ? "" : reading->last;
    if (lead->name == NULL && (first[0] != '\0' || last[0] != '\0')) {
        lead->name = arena_printf(reading->arena, "%s%s%s", first,
                                  first[0] != '\0' && last[0] != '\0' ? " " : "", last);
    }
    /* Somebody who left nothing but an address is called by it. */
    if (lead->name == NULL) {
        lead->name = lead->email != NULL ? lead->email : lead->phone;
    }
}

static const char *finish(struct reading *reading)
{
    struct import_lead *lead = reading->lead;
    join_names(reading);
    if (lead->name == NULL) {
        return "There is no name, no email and no phone in it.";
    }
    if (utf8_count(lead->name) > NAME_LIMIT) {
        return "Name: more than 200 characters.";
    }
    if (reading->added.length > 0) {
        json_close(&reading->added);
        lead->added = reading->added.data;
    }
    if (reading->requirements.length > 0) {
        lead->requirements = reading->requirements.data;
    }
    if (lead->requirements != NULL && utf8_count(lead->requirements) > REQUIREMENTS_LIMIT) {
        return "Requirements: more than 4000 characters.";
    }
    return NULL;
}

const char *import_row_read(const struct import_reader *reader, const char *const *cells, size_t count,
                            struct import_lead *out)
{
    struct arena *arena = reader->types.arena;
    struct reading reading = {.reader = reader, .arena = arena, .lead = out};
    *out = (struct import_lead){.name = NULL};
    reading.requirements = text_new(arena);
    reading.added = text_new(arena);
    for (size_t i = 0; i < count && i < reader->count; i++) {
        const char *cell = reader->fields[i] == NULL ? "" : clean(arena, reader->fields[i], cells[i]);
        if (cell[0] != '\0' && !take_cell(&reading, reader->fields[i], reader->headers[i], cell)) {
            return reading.why;
        }
    }
    return finish(&reading);
}
