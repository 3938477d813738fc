#include "surface/discovery.h"

#include <string.h>

#include "command/table.h"
#include "desk/contact.h"
#include "desk/picture.h"
#include "xmpp/disco.h"
#include "xmpp/namespaces.h"

static const char *const node_features[] = {NS_COMMANDS, NS_DATA_FORM};

static void close_and_send(struct xml *xml, const struct visit *visit)
{
    xml_close(xml);
    surface_send(visit->surface, xml);
}

static void send_info(const struct visit *visit, const struct disco_info *info)
{
    struct xml *xml = xml_new(visit->arena);
    stanza_open_result(xml, visit->iq);
    disco_write_info(xml, info, element_attribute(visit->query, "node"));
    close_and_send(xml, visit);
}

/* "Add a lead": the summary without its full stop. */
static const char *menu_name(const struct visit *visit, const struct command *command)
{
    return arena_strndup(visit->arena, command->summary, strlen(command->summary) - 1);
}

/* The command that a node names, if it can be used here by this role. */
static const struct command *find_offered(const struct visit *visit, const char *node)
{
    const struct command *command = command_table_find(visit->surface->table, node);
    bool offered =
        command != NULL && (command->roles & visit->person.role) != 0 && visit_offers(visit, command);
    return offered ? command : NULL;
}

static void answer_address_info(struct visit *visit)
{
    struct disco_info info = *contact_info(visit->iq->to.local);
    struct disco_identity identity = info.identities[0];
    identity.name = visit->name;
    info.identities = &identity;
    send_info(visit, &info);
}

static void answer_node_info(struct visit *visit, const char *type, const char *name)
{
    const struct disco_identity identity = {"automation", type, name};
    const struct disco_info info = {&identity, 1, node_features,
                                    sizeof node_features / sizeof *node_features};
    send_info(visit, &info);
}

bool discovery_answer_caps(struct visit *visit)
{
    const char *node = element_attribute(visit->query, "node");
    const char *local = visit->iq->to.local;
    if (node == NULL || !contact_is_caps_node(visit->arena, local, node)) {
        return false;
    }
    send_info(visit, contact_info(local));
    return true;
}

void discovery_answer_info(struct visit *visit)
{
    const char *node = element_attribute(visit->query, "node");
    if (node == NULL || node[0] == '\0') {
        answer_address_info(visit);
        return;
    }
    if (strcmp(node, NS_COMMANDS) == 0) {
        answer_node_info(visit, "command-list", "Commands");
        return;
    }
    const struct command *command = find_offered(visit, node);
    if (command == NULL) {
        visit_refuse(visit, STANZA_ITEM_NOT_FOUND, "There is no such node.");
        return;
    }
    answer_node_info(visit, "command-node", menu_name(visit, command));
}

static bool same_noun(const char *one, const char *other)
{
    size_t length = strcspn(one, ".");
    return length == strcspn(other, ".") && strncmp(one, other, length) == 0;
}

/* How many items are about the same as this one. */
static size_t count_noun(const struct disco_item *items, size_t count, const char *name)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        found += same_noun(items[i].node, name);
    }
    return found;
}

/* What most commands are about comes first, as it is in the table: a menu that is longer than the window
 * begins with "Add a lead", and not with what is first in the alphabet. */
static void order_items(struct arena *arena, struct disco_item *items, size_t count)
{
    struct disco_item *given = arena_array(arena, count + 1, sizeof *given);
    size_t *sizes = arena_array(arena, count + 1, sizeof *sizes);
    memcpy(given, items, count * sizeof *given);
    for (size_t i = 0; i < count; i++) {
        sizes[i] = count_noun(given, count, given[i].node);
    }
    size_t placed = 0;
    for (size_t most = count; most > 0; most--) {
        for (size_t i = 0; i < count; i++) {
            if (sizes[i] == most) {
                items[placed++] = given[i];
            }
        }
    }
}

static size_t list_commands(const struct visit *visit, struct disco_item *items)
{
    const struct command *command = NULL;
    size_t count = 0;
    while ((command = command_table_next(visit->surface->table, visit->person.role, command)) != NULL) {
        if (visit_offers(visit, command)) {
            items[count++] =
                (struct disco_item){visit->iq->to.bare, command->name, menu_name(visit, command)};
        }
    }
    order_items(visit->arena, items, count);
    return count;
}

void discovery_answer_items(struct visit *visit)
{
    const char *node = element_attribute(visit->query, "node");
    bool commands = node != NULL && strcmp(node, NS_COMMANDS) == 0;
    if (node != NULL && node[0] != '\0' && !commands && find_offered(visit, node) == NULL) {
        visit_refuse(visit, STANZA_ITEM_NOT_FOUND, "There is no such node.");
        return;
    }
    struct disco_item *items = arena_array(visit->arena, visit->surface->table->count + 1, sizeof *items);
    size_t count = 0;
    if (commands) {
        count = list_commands(visit, items);
    } else if (node == NULL && visit->place == PLACE_SERVICE) {
        const char *bot = arena_printf(visit->arena, "bot@%s", visit->surface->domain);
        items[count++] = (struct disco_item){bot, NULL, "Lead bot"};
    }
    struct xml *xml = xml_new(visit->arena);
    stanza_open_result(xml, visit->iq);
    disco_write_items(xml, items, count, node);
    close_and_send(xml, visit);
}

void discovery_answer_vcard(struct visit *visit)
{
    struct xml *xml = xml_new(visit->arena);
    stanza_open_result(xml, visit->iq);
    contact_write_vcard(xml, visit->arena, visit->iq->to.local, visit->name, visit->iq->to.bare);
    close_and_send(xml, visit);
}

/* XEP-0084 section 3: what there is, and the picture itself. */
static void write_avatar(struct xml *xml, const struct picture *picture, bool data)
{
    if (data) {
        xml_leaf(xml, "data", NS_AVATAR_DATA, picture->base64);
        return;
    }
    xml_open(xml, "metadata", NS_AVATAR_META);
    xml_open(xml, "info", NS_AVATAR_META);
    xml_attribute_number(xml, "bytes", (int64_t)picture->length);
    xml_attribute(xml, "id", picture->id);
    xml_attribute_number(xml, "width", PICTURE_SIDE);
    xml_attribute_number(xml, "height", PICTURE_SIDE);
    xml_attribute(xml, "type", PICTURE_TYPE);
    xml_close(xml);
    xml_close(xml);
}

void discovery_answer_pubsub(struct visit *visit)
{
    const struct element *items = element_child(visit->query, "items", NS_PUBSUB);
    const char *node = items == NULL ? NULL : element_attribute(items, "node");
    bool data = node != NULL && strcmp(node, NS_AVATAR_DATA) == 0;
    if (node == NULL || (!data && strcmp(node, NS_AVATAR_META) != 0)) {
        visit_refuse(visit, STANZA_ITEM_NOT_FOUND, "There is no such node.");
        return;
    }
    const struct picture picture = picture_of(visit->arena, visit->iq->to.local);
    struct xml *xml = xml_new(visit->arena);
    stanza_open_result(xml, visit->iq);
    xml_open(xml, "pubsub", NS_PUBSUB);
    xml_open(xml, "items", NS_PUBSUB);
    xml_attribute(xml, "node", node);
    xml_open(xml, "item", NS_PUBSUB);
    xml_attribute(xml, "id", picture.id);
    write_avatar(xml, &picture, data);
    xml_close(xml);
    xml_close(xml);
    xml_close(xml);
    close_and_send(xml, visit);
}

static void write_vcard4_property(struct xml *xml, const char *property, const char *type, const char *value)
{
    xml_open(xml, property, NS_VCARD4);
    xml_leaf(xml, type, NS_VCARD4, value);
    xml_close(xml);
}

void discovery_answer_vcard4(struct visit *visit)
{
    struct xml *xml = xml_new(visit->arena);
    stanza_open_result(xml, visit->iq);
    xml_open(xml, "vcard", NS_VCARD4);
    write_vcard4_property(xml, "fn", "text", visit->name);
    write_vcard4_property(xml, "impp", "uri", arena_printf(visit->arena, "xmpp:%s", visit->iq->to.bare));
    xml_close(xml);
    close_and_send(xml, visit);
}

void discovery_answer_version(struct visit *visit)
{
    struct xml *xml = xml_new(visit->arena);
    stanza_open_result(xml, visit->iq);
    xml_open(xml, "query", NS_VERSION);
    xml_leaf(xml, "name", NS_VERSION, "TrainCape CRM");
    xml_leaf(xml, "version", NS_VERSION, "1");
    xml_close(xml);
    close_and_send(xml, visit);
}

void discovery_answer_ping(struct visit *visit)
{
    struct xml *xml = xml_new(visit->arena);
    stanza_open_result(xml, visit->iq);
    close_and_send(xml, visit);
}
