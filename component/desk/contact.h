/* contact: what our addresses say they are and can do (XEP-0030), and the proof of it that goes into their
 * presence (XEP-0115), by which clients know of a contact's commands without asking each; their vCards.
 *
 * Names differ from contact to contact, and are left out of the proof, so that a client asks once for all
 * visitors. Threads: any; the descriptions are constant.
 */
#ifndef DESK_CONTACT_H
#define DESK_CONTACT_H

#include <stdbool.h>

#include "xmpp/disco.h"

/* The description of crm.D itself (""), of the bot, or of a record ("visitor-17"), whose identity has no
 * name. */
const struct disco_info *contact_info(const char *local);

/* True when `node` is what the contact's presence names: asked for it, the answer has no name. */
bool contact_is_caps_node(struct arena *arena, const char *local, const char *node);

/* Writes what else a contact's presence tells: <c/>, which visitors, who see only support@, do not get, and
 * which picture it has (XEP-0153). */
void contact_write_presence(struct xml *xml, struct arena *arena, const char *local);

/* Writes a contact's vCard with its picture (XEP-0054). */
void contact_write_vcard(struct xml *xml, struct arena *arena, const char *local, const char *name,
                         const char *address);

#endif
