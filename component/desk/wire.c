#include "desk/wire.h"

#include <string.h>

#include "base/uuid.h"
#include "desk/contact.h"
#include "desk/notice.h"
#include "xmpp/namespaces.h"

/* Older than this, a message says when it was written (XEP-0203). */
#define WIRE_DELAY_SECONDS 20

#define VISITORS_GROUP  "Visitors"
#define CUSTOMERS_GROUP "Customers"

static char *wire_address(struct arena *arena, const struct domains *domains, const char *local)
{
    return arena_printf(arena, "%s@%s", local, domains->crm);
}

static bool wire_is_at(const char *domain, const char *to)
{
    const char *at = strchr(to, '@');
    size_t length = strlen(domain);
    return at != NULL && strncmp(at + 1, domain, length) == 0 &&
           (at[1 + length] == '\0' || at[1 + length] == '/');
}

/* With the resource of its presence: some clients show typing from, and send receipts to, nothing else
 * (profanity 0.13). A visitor's widget needs none. */
static char *wire_sender(struct arena *arena, const struct domains *domains, const char *local,
                         const char *to)
{
    return arena_printf(arena, "%s@%s%s", local, domains->crm, wire_is_at(domains->guest, to) ? "" : "/crm");
}

static struct xml *wire_open_message(struct arena *arena, const struct domains *domains, const char *from,
                                     const char *to, const char *id)
{
    struct xml *xml = xml_new(arena);
    xml_open(xml, "message", NULL);
    xml_attribute(xml, "from", wire_sender(arena, domains, from, to));
    xml_attribute(xml, "to", to);
    xml_attribute(xml, "type", wire_is_at(domains->rooms, to) ? "groupchat" : "chat");
    xml_attribute(xml, "id", id);
    return xml;
}

static void wire_id_element(struct xml *xml, const char *name, const char *ns, const char *id)
{
    xml_open(xml, name, ns);
    xml_attribute(xml, "id", id);
    xml_close(xml);
}

/* What a client may offer as answers, a line each. */
static void wire_options(struct arena *arena, struct xml *xml, const char *options)
{
    while (options != NULL && *options != '\0') {
        size_t length = strcspn(options, "\n");
        const char *option = arena_strndup(arena, options, length);
        xml_open(xml, "response", NS_QUICK_REPLY);
        xml_attribute(xml, "value", option);
        xml_attribute(xml, "label", option);
        xml_close(xml);
        options += length + (options[length] == '\n');
    }
}

/* What asks the recipient's client for signs of life. Not in a room, where everybody would answer. */
static void wire_requests(struct xml *xml)
{
    xml_leaf(xml, "request", NS_RECEIPTS, NULL);
    xml_leaf(xml, "markable", NS_MARKERS, NULL);
    xml_leaf(xml, "active", NS_CHAT_STATES, NULL);
}

const char *wire_message(struct arena *arena, const struct domains *domains,
                         const struct outbox_pending_row *row, const char *to, const char *delivered,
                         size_t *length)
{
    struct xml *xml = wire_open_message(arena, domains, row->sender, to, row->message);
    xml_leaf(xml, "body", NULL, row->body);
    wire_id_element(xml, "origin-id", NS_STANZA_ID, row->message);
    if (!wire_is_at(domains->rooms, to)) {
        wire_requests(xml);
    }
    if (delivered != NULL) {
        wire_id_element(xml, "received", NS_MARKERS, delivered);
    }
    if (row->replaces != NULL) {
        wire_id_element(xml, "replace", NS_CORRECT, row->replaces);
    }
    if (row->nick != NULL) {
        xml_leaf(xml, "nick", NS_NICK, row->nick);
    }
    if (row->notice != NULL) {
        xml_open(xml, "notice", NS_CRM);
        xml_attribute(xml, "kind", row->notice);
        xml_close(xml);
    }
    wire_options(arena, xml, row->options);
    if (row->to_visitor && row->has_sequence) {
        xml_open(xml, "stanza-id", NS_STANZA_ID);
        xml_attribute(xml, "by", wire_address(arena, domains, "support"));
        xml_attribute_number(xml, "id", row->sequence);
        xml_close(xml);
    }
    if (row->age > WIRE_DELAY_SECONDS) {
        xml_open(xml, "delay", NS_DELAY);
        xml_attribute(xml, "from", domains->crm);
        xml_attribute(xml, "stamp", row->stamp);
        xml_close(xml);
    }
    xml_close(xml);
    return xml_finish(xml, length);
}

const char *wire_receipt(struct arena *arena, const struct domains *domains, const char *from, const char *to,
                         const char *id, const char *place, size_t *length)
{
    struct xml *xml = wire_open_message(arena, domains, from, to, uuid_new(arena));
    wire_id_element(xml, "received", NS_RECEIPTS, id);
    if (place != NULL) {
        wire_id_element(xml, "archived", NS_CRM, place);
    }
    xml_close(xml);
    return xml_finish(xml, length);
}

const char *wire_marker(struct arena *arena, const struct domains *domains, const char *from, const char *to,
                        const char *kind, const char *id, size_t *length)
{
    struct xml *xml = wire_open_message(arena, domains, from, to, uuid_new(arena));
    wire_id_element(xml, kind, NS_MARKERS, id);
    xml_close(xml);
    return xml_finish(xml, length);
}

const char *wire_chat_state(struct arena *arena, const struct domains *domains, const char *from,
                            const char *to, const char *state, size_t *length)
{
    struct xml *xml = wire_open_message(arena, domains, from, to, NULL);
    xml_leaf(xml, state, NS_CHAT_STATES, NULL);
    xml_leaf(xml, "no-store", NS_HINTS, NULL);
    xml_close(xml);
    return xml_finish(xml, length);
}

static const char *wire_show(struct arena *arena, const char *from, const char *to,
                             const struct wire_shown *shown, const char *contact, size_t *length)
{
    struct xml *xml = xml_new(arena);
    xml_open(xml, "presence", NULL);
    xml_attribute(xml, "from", from);
    xml_attribute(xml, "to", to);
    xml_attribute(xml, "type", shown->present ? NULL : "unavailable");
    if (shown->present && shown->away) {
        xml_leaf(xml, "show", NULL, "away");
    }
    if (shown->present && shown->status != NULL) {
        xml_leaf(xml, "status", NULL, shown->status);
    }
    if (shown->nick != NULL) {
        xml_leaf(xml, "nick", NS_NICK, shown->nick);
    }
    if (shown->present) {
        contact_write_presence(xml, arena, contact);
    }
    xml_close(xml);
    return xml_finish(xml, length);
}

const char *wire_presence(struct arena *arena, const struct domains *domains, const char *from,
                          const char *to, const struct wire_shown *shown, size_t *length)
{
    return wire_show(arena, arena_printf(arena, "%s@%s/crm", from, domains->crm), to, shown, from, length);
}

const char *wire_desk_presence(struct arena *arena, const struct domains *domains, const char *to,
                               bool attended, size_t *length)
{
    const struct wire_shown shown = {
        .present = true, .away = !attended, .status = attended ? NULL : notices[NOTICE_DESK_AWAY].text};
    return wire_show(arena, wire_sender(arena, domains, "support", to), to, &shown, "support", length);
}

const char *wire_agent_presence(struct arena *arena, const struct domains *domains, const char *to,
                                const struct wire_shown *shown, size_t *length)
{
    return wire_show(arena, arena_printf(arena, "support@%s/agent", domains->crm), to, shown, "support",
                     length);
}

const char *wire_subscription(struct arena *arena, const char *from, const char *to, const char *type,
                              size_t *length)
{
    struct xml *xml = xml_new(arena);
    xml_open(xml, "presence", NULL);
    xml_attribute(xml, "from", from);
    xml_attribute(xml, "to", to);
    xml_attribute(xml, "type", type);
    xml_close(xml);
    return xml_finish(xml, length);
}

const char *wire_roster_set(struct arena *arena, const struct domains *domains, const char *to,
                            int64_t visitor, const char *name, bool customer, size_t *length)
{
    struct xml *xml = xml_new(arena);
    xml_open(xml, "iq", NULL);
    xml_attribute(xml, "from", domains->crm);
    xml_attribute(xml, "to", to);
    xml_attribute(xml, "type", "set");
    xml_attribute(xml, "id", arena_printf(arena, "roster-%s", uuid_new(arena)));
    xml_open(xml, "query", NS_ROSTER);
    xml_open(xml, "item", NULL);
    xml_attribute(xml, "jid", arena_printf(arena, "visitor-%lld@%s", (long long)visitor, domains->crm));
    xml_attribute(xml, "subscription", name == NULL ? "remove" : "to");
    if (name != NULL) {
        xml_attribute(xml, "name", name);
        xml_leaf(xml, "group", NULL, customer ? CUSTOMERS_GROUP : VISITORS_GROUP);
    }
    xml_close(xml);
    xml_close(xml);
    xml_close(xml);
    return xml_finish(xml, length);
}

const char *wire_error(struct arena *arena, const struct stanza *request, enum stanza_error error,
                       const char *sentence, size_t *length)
{
    struct xml *xml = xml_new(arena);
    stanza_write_error(xml, request, error, sentence);
    return xml_finish(xml, length);
}

const char *wire_visitor_name(struct arena *arena, int64_t visitor, const char *name)
{
    return name != NULL ? name : arena_printf(arena, "Visitor %lld", (long long)visitor);
}
