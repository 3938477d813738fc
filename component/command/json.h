/* json: writing JSON (RFC 8259), for the audit and for what is kept between two messages of a person.
 *
 * Only writes: what has to be read again is read by PostgreSQL (jsonb_each_text). Invalid UTF-8 becomes
 * U+FFFD. Threads: as the arena of the text.
 */
#ifndef COMMAND_JSON_H
#define COMMAND_JSON_H

#include "base/text.h"

/* Adds a string in quotes, escaped; NULL adds null. */
void json_add_string(struct text *text, const char *string);

/* Adds the comma that stands before a further member or element, unless this is the first one. */
void json_next(struct text *text);

/* Adds the name of a member whose value is written next. */
void json_add_name(struct text *text, const char *name);

/* An array of what is written between the two, json_next() before each. */
void json_open_array(struct text *text);
void json_close_array(struct text *text);

/* An object of strings: open it, add members, close it. A member with a NULL value is left out. */
void json_open(struct text *text);
void json_add_member(struct text *text, const char *name, const char *value);
void json_close(struct text *text);

#endif
