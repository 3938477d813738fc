/* xml: the one serializer. Every byte that crmd sends to Prosody passes through here.
 *
 * Prosody ends the component's whole stream for one control character, one invalid UTF-8 byte, U+FFFE, or a
 * stanza over 512 KiB. So text, attribute values and names are cleaned here: what XML 1.0 section 2.2 forbids
 * becomes U+FFFD, invalid UTF-8 becomes U+FFFD; a bad element or attribute name is a bug, except in a
 * received tree, where it is left out. Size and depth are capped for each outermost element: a writer that
 * went over a cap fails as a whole (xml_finish gives NULL) and nothing of it is sent. Threads: a writer
 * belongs to one job.
 */
#ifndef XMPP_XML_H
#define XMPP_XML_H

#include <stddef.h>

#include "base/arena.h"
#include "xmpp/element.h"

#define XML_STANZA_LIMIT (256 * 1024) /* bytes, half of what Prosody takes from a component */
#define XML_DEPTH_LIMIT  32

struct xml;

/* Begins a document fragment in the arena: one stanza or several, one after the other. */
struct xml *xml_new(struct arena *arena);

/* Opens an element; a non-NULL `ns` writes xmlns when it differs from the parent's. "" and "jabber:client"
 * are the stream's own namespace: a stanza within another element (XEP-0297) gets xmlns='jabber:client', an
 * outermost one none. */
void xml_open(struct xml *xml, const char *name, const char *ns);

/* Adds an attribute to the element just opened; a NULL value writes nothing. */
void xml_attribute(struct xml *xml, const char *name, const char *value);
void xml_attribute_number(struct xml *xml, const char *name, long long value);

/* Adds character data; NULL adds nothing. */
void xml_text(struct xml *xml, const char *text);

/* Closes the element last opened. */
void xml_close(struct xml *xml);

/* <name xmlns=ns>text</name>; with NULL text an empty element. */
void xml_leaf(struct xml *xml, const char *name, const char *ns, const char *text);

/* Copies a received tree. */
void xml_element(struct xml *xml, const struct element *element);

/* Ends it: returns the terminated bytes in the arena and their length, or NULL when it is over a cap.
 * An element left open is a bug. */
const char *xml_finish(struct xml *xml, size_t *length);

#endif
