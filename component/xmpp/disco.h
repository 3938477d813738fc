/* disco: what an address says it is and can do (XEP-0030), and the short proof of it in presence (XEP-0115).
 *
 * Owns: nothing; descriptions are constant tables of their rooms. Writes through xmpp/xml.h. Threads: any.
 */
#ifndef XMPP_DISCO_H
#define XMPP_DISCO_H

#include "xmpp/stanza.h"
#include "xmpp/xml.h"

struct disco_identity {
    const char *category, *type, *name; /* from the registry of XEP-0030; `name` may be NULL */
};

struct disco_info {
    const struct disco_identity *identities;
    size_t identity_count;
    const char *const *features;
    size_t feature_count;
};

struct disco_item {
    const char *jid, *node, *name; /* `node` and `name` may be NULL; nothing else goes out (Gajim) */
};

/* Writes <query xmlns='…disco#info'>; `node` is the one asked for, or NULL. disco#info itself is always among
 * the features. */
void disco_write_info(struct xml *xml, const struct disco_info *info, const char *node);

/* Writes <query xmlns='…disco#items'>. */
void disco_write_items(struct xml *xml, const struct disco_item *items, size_t count, const char *node);

/* XEP-0115 section 5: the base64 of the SHA-1 over sorted identities and features. */
const char *disco_caps_ver(struct arena *arena, const struct disco_info *info);

/* Writes <c xmlns='…caps' hash='sha-1' node= ver=> into a presence. `uri` names the software. */
void disco_write_caps(struct xml *xml, struct arena *arena, const struct disco_info *info, const char *uri);

#endif
