/* parts: the pieces of which forms.c makes stages and results.c answers; private to these two. Threads: as
 * the arena.
 */
#ifndef SURFACE_PARTS_H
#define SURFACE_PARTS_H

#include "command/command.h"
#include "xmpp/xml.h"

/* Whether `text` ends with `end`; never with NULL. */
bool parts_ends_with(const char *text, const char *end);

/* <command node= sessionid= status=>, open. */
void parts_open_command(struct xml *xml, const char *node, const char *session, const char *status);

/* A field of text that nobody fills in. */
void parts_write_fixed(struct xml *xml, struct arena *arena, const char *text);

/* One <value/> a line for text of several lines ("text-multi"), one in all otherwise. */
void parts_write_values(struct xml *xml, struct arena *arena, const char *type, const char *value);

void parts_write_option(struct xml *xml, const char *label, const char *value);

/* What a form of the command is called: "Add a lead". */
char *parts_title(struct arena *arena, const struct command *command);

#endif
