/* field: what a column of a spreadsheet can be: the fields of a lead, and which headers mean them.
 *
 * Knows the headers that people write, those of our own exports, and those of LinkedIn's lead gen forms. What
 * a lead has no field for, but says who it is (a company, a job title), goes into its requirements, a line
 * each. Threads: any; the tables are constant.
 */
#ifndef IMPORT_FIELD_H
#define IMPORT_FIELD_H

#include "command/command.h"

enum import_field_kind {
    FIELD_NAME,
    FIELD_FIRST_NAME,
    FIELD_LAST_NAME,
    FIELD_EMAIL,
    FIELD_PHONE,
    FIELD_SOURCE,
    FIELD_BUDGET,
    FIELD_REQUIREMENTS,
    FIELD_FOLLOW_UP,
    FIELD_TAGS,
    FIELD_NOTE,   /* a line of the requirements: "Company: Acme" */
    FIELD_CUSTOM, /* one that an Admin has added */
};

struct import_field {
    const char *key;   /* "first_name"; of a note "note" */
    const char *label; /* "First name" */
    enum import_field_kind kind;
    const struct param *param; /* FIELD_CUSTOM: what reads it, and how it is called in the database */
};

/* What columns can be, those that Admins have added too, ended by a NULL key. Flushes the unit; NULL when it
 * failed. */
const struct import_field *import_fields(struct unit *unit, struct arena *arena);

/* The field of that key, or NULL. */
const struct import_field *import_field_find(const struct import_field *fields, const char *key);

/* The field that a header means ("E-Mail Address" → email), or NULL. */
const struct import_field *import_field_of_header(const struct import_field *fields, const char *header);

/* True when the headers are those of a LinkedIn lead gen form's export. */
bool import_is_linkedin(const char *const *names, size_t count);

#endif
