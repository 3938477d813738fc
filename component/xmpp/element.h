/* element: a stanza as a plain tree, copied out of the stream thread, read by lanes.
 *
 * Owns: nothing; a tree lives in the arena of its job and is immutable once built.
 * Threads: built by the stream thread, then read by whichever thread has the arena.
 * Does not write XML: see xmpp/xml.h, the one serializer.
 */
#ifndef XMPP_ELEMENT_H
#define XMPP_ELEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct attribute {
    const char *name, *value;
};

/* `ns` is the effective namespace ("jabber:component:accept" and "jabber:client" both read as ""). xmlns is
 * no attribute; xml:lang is one, by that name; attributes of other namespaces are dropped. `text` is the
 * concatenated character data directly inside, "" when there is none. */
struct element {
    const char *name, *ns, *text;
    struct attribute *attributes;
    size_t attribute_count;
    struct element *children; /* an array, not a list */
    size_t child_count;
};

/* The value of an attribute, or NULL. */
const char *element_attribute(const struct element *element, const char *name);

/* The first child of that name and namespace (either may be NULL for any), or NULL. */
const struct element *element_child(const struct element *element, const char *name, const char *ns);

/* The next sibling of the same kind after `previous` within `parent`; `previous` NULL begins. */
const struct element *element_next(const struct element *parent, const struct element *previous,
                                   const char *name, const char *ns);

/* The text of the first such child, or NULL when there is no such child. */
const char *element_child_text(const struct element *element, const char *name, const char *ns);

/* "jabber:client" and "jabber:component:accept" give "", anything else itself, NULL "". */
const char *element_plain_ns(const char *ns);

/* Parses one element from a string, for tests and for stanzas wrapped in others (expat: any thread).
 * Returns NULL when it is not well-formed, has a document type or a processing instruction, or is deeper or
 * larger than the limits of xmpp/stream.h. */
const struct element *element_parse(struct arena *arena, const char *xml);

#endif
