/* form: XEP-0004 data forms, read; writing them is the renderer's (surface/), through xmpp/xml.h.
 *
 * Threads: any. Everything lives in the job's arena.
 */
#ifndef XMPP_FORM_H
#define XMPP_FORM_H

#include <stddef.h>

#include "xmpp/element.h"

/* One submitted field with its values; text-multi and list-multi have several. */
struct form_field {
    const char *var;
    const char **values;
    size_t value_count;
};

struct form {
    const char *type; /* "submit", "cancel", "form", "result" */
    struct form_field *fields;
    size_t field_count;
};

#define FORM_FIELD_LIMIT 100
#define FORM_VALUE_LIMIT 200

/* Reads <x xmlns='jabber:x:data'>. Returns 0, or -1 when it is none or over a limit. */
int form_read(struct arena *arena, const struct element *x, struct form *out);

/* The first value of a field, or NULL when the field is absent or has no value. */
const char *form_value(const struct form *form, const char *var);

#endif
