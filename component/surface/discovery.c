#include "surface/discovery.h"

#include <string.h>

#include "command/table.h"
#include "xmpp/disco.h"
#include "xmpp/namespaces.h"

#define NS_VCARD4 "urn:ietf:params:xml:ns:vcard-4.0"

static const char *const address_features[] = {
    NS_DISCO_ITEMS, NS_COMMANDS, NS_DATA_FORM, NS_PING, NS_VERSION, NS_VCARD, NULL,
};

/* The bot reads and answers messages too. */
static const char *const bot_features[] = {
    NS_DISCO_ITEMS, NS_COMMANDS, NS_DATA_FORM, NS_PING, NS_VERSION, NS_VCARD, NS_RECEIPTS, NULL,
};

static const char *const node_features[] = {NS_COMMANDS, NS_DATA_FORM, NULL};

static const struct disco_identity identities[] = {
    [PLACE_SERVICE] = {"component", "generic", NULL},
    [PLACE_BOT] = {"client", "bot", NULL},
    [PLACE_RECORD] = {"account", "registered", NULL},
};

static void close_and_send(struct xml *xml, const struct visit *visit)
{
    xml_close(xml);
    surface_send(visit->surface, xml);
}

static void send_info(const struct visit *visit, const struct disco_identity *identity,
                      const char *const *features)
{
    struct disco_info info = {.identities = identity, .identity_count = 1, .features = features};
    while (features[info.feature_count] != NULL) {
        info.feature_count++;
    }
    struct xml *xml = xml_new(visit->arena);
    stanza_open_result(xml, visit->iq);
    disco_write_info(xml, &info, element_attribute(visit->query, "node"));
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
    struct disco_identity identity = identities[visit->place];
    identity.name = visit->name;
    send_info(visit, &identity, visit->place == PLACE_BOT ? bot_features : address_features);
}

static void answer_node_info(struct visit *visit, const char *type, const char *name)
{
    const struct disco_identity identity = {"automation", type, name};
    send_info(visit, &identity, node_features);
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
    xml_open(xml, "vCard", NS_VCARD);
    xml_leaf(xml, "FN", NS_VCARD, visit->name);
    xml_leaf(xml, "NICKNAME", NS_VCARD, visit->name);
    xml_leaf(xml, "JABBERID", NS_VCARD, visit->iq->to.bare);
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
