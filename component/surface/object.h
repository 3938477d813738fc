/* object: a reply as one JSON object, for programs.
 *
 *   {"outcome": "done", "command": "lead.list", "title": "Leads", "sentences": ["…"], "fields": {"name":
 * "Asha Rao"}, "rows": [{"key": "lead-42", "number": "42", …}], "more": "lead list after=42"}
 *   {"outcome": "invalid", "command": "lead.add", "field": "email", "sentence": "…"}
 *
 * Values are as they are kept (E.164, ISO time), strings or null; a member that has nothing to say is left
 * out. `outcome` is "done" or refusal_word(). Threads: as the arena.
 */
#ifndef SURFACE_OBJECT_H
#define SURFACE_OBJECT_H

#include "command/reply.h"

char *object_render(struct arena *arena, const struct reply *reply);

#endif
