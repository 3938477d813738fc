#include "surface/disco.h"

#include <string.h>

#include "command/table.h"
#include "xmpp/namespaces.h"

#define NS_VCARD4 "urn:ietf:params:xml:ns:vcard-4.0"

static const char *const address_features[] = {
    NS_DISCO_INFO, NS_DISCO_ITEMS, NS_COMMANDS, NS_DATA_FORM, NS_PING, NS_VERSION, NS_VCARD, NULL,
};

/* The bot reads and answers messages; records take notes, later. */
static const char *const bot_features[] = {NS_RECEIPTS, NULL};

static const char *const node_features[] = {NS_COMMANDS, NS_DATA_FORM, NULL};

static const struct {
    const char *category, *type;
} identities[] = {
    [PLACE_SERVICE] = {"component", "generic"},
    [PLACE_BOT] = {"client", "bot"},
    [PLACE_RECORD] = {"account", "registered"},
};

static void open_query(struct xml *xml, const struct visit *visit, const char *ns)
{
    stanza_open_result(xml, visit->iq);
    xml_open(xml, "query", ns);
    xml_attribute(xml, "node", element_attribute(visit->query, "node"));
}

static void close_and_send(struct xml *xml, const struct visit *visit)
{
    xml_close(xml);
    xml_close(xml);
    surface_send(visit->surface, xml);
}

static void write_identity(struct xml *xml, const char *category, const char *type, const char *name)
{
    xml_open(xml, "identity", NS_DISCO_INFO);
    xml_attribute(xml, "category", category);
    xml_attribute(xml, "type", type);
    xml_attribute(xml, "name", name);
    xml_close(xml);
}

static void write_features(struct xml *xml, const char *const *features)
{
    for (; *features != NULL; features++) {
        xml_open(xml, "feature", NS_DISCO_INFO);
        xml_attribute(xml, "var", *features);
        xml_close(xml);
    }
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
    bool offered = command != NULL && (command->roles & visit->person.role) != 0 && visit_offers(visit, command);
    return offered ? command : NULL;
}

static void answer_address_info(struct visit *visit)
{
    struct xml *xml = xml_new(visit->arena);
    open_query(xml, visit, NS_DISCO_INFO);
    write_identity(xml, identities[visit->place].category, identities[visit->place].type, visit->name);
    write_features(xml, address_features);
    if (visit->place == PLACE_BOT) {
        write_features(xml, bot_features);
    }
    close_and_send(xml, visit);
}

static void answer_node_info(struct visit *visit, const char *type, const char *name)
{
    struct xml *xml = xml_new(visit->arena);
    open_query(xml, visit, NS_DISCO_INFO);
    write_identity(xml, "automation", type, name);
    write_features(xml, node_features);
    close_and_send(xml, visit);
}

void disco_answer_info(struct visit *visit)
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

/* Exactly jid, node and name: with more, or fewer, some clients show nothing. */
static void write_item(struct xml *xml, const char *jid, const char *node, const char *name)
{
    xml_open(xml, "item", NS_DISCO_ITEMS);
    xml_attribute(xml, "jid", jid);
    xml_attribute(xml, "node", node);
    xml_attribute(xml, "name", name);
    xml_close(xml);
}

static void write_commands(struct xml *xml, const struct visit *visit)
{
    const struct command *command = NULL;
    while ((command = command_table_next(visit->surface->table, visit->person.role, command)) != NULL) {
        if (visit_offers(visit, command)) {
            write_item(xml, visit->iq->to.bare, command->name, menu_name(visit, command));
        }
    }
}

void disco_answer_items(struct visit *visit)
{
    const char *node = element_attribute(visit->query, "node");
    bool commands = node != NULL && strcmp(node, NS_COMMANDS) == 0;
    if (node != NULL && node[0] != '\0' && !commands && find_offered(visit, node) == NULL) {
        visit_refuse(visit, STANZA_ITEM_NOT_FOUND, "There is no such node.");
        return;
    }
    struct xml *xml = xml_new(visit->arena);
    open_query(xml, visit, NS_DISCO_ITEMS);
    if (commands) {
        write_commands(xml, visit);
    } else if (node == NULL && visit->place == PLACE_SERVICE) {
        write_item(xml, arena_printf(visit->arena, "bot@%s", visit->surface->domain), NULL, "Lead bot");
    }
    close_and_send(xml, visit);
}

void disco_answer_vcard(struct visit *visit)
{
    struct xml *xml = xml_new(visit->arena);
    stanza_open_result(xml, visit->iq);
    xml_open(xml, "vCard", NS_VCARD);
    xml_leaf(xml, "FN", NS_VCARD, visit->name);
    xml_leaf(xml, "NICKNAME", NS_VCARD, visit->name);
    xml_leaf(xml, "JABBERID", NS_VCARD, visit->iq->to.bare);
    close_and_send(xml, visit);
}

static void write_vcard4_property(struct xml *xml, const char *property, const char *type, const char *value)
{
    xml_open(xml, property, NS_VCARD4);
    xml_leaf(xml, type, NS_VCARD4, value);
    xml_close(xml);
}

void disco_answer_vcard4(struct visit *visit)
{
    struct xml *xml = xml_new(visit->arena);
    stanza_open_result(xml, visit->iq);
    xml_open(xml, "vcard", NS_VCARD4);
    write_vcard4_property(xml, "fn", "text", visit->name);
    write_vcard4_property(xml, "impp", "uri", arena_printf(visit->arena, "xmpp:%s", visit->iq->to.bare));
    close_and_send(xml, visit);
}

void disco_answer_version(struct visit *visit)
{
    struct xml *xml = xml_new(visit->arena);
    stanza_open_result(xml, visit->iq);
    xml_open(xml, "query", NS_VERSION);
    xml_leaf(xml, "name", NS_VERSION, "TrainCape CRM");
    xml_leaf(xml, "version", NS_VERSION, "1");
    close_and_send(xml, visit);
}

void disco_answer_ping(struct visit *visit)
{
    struct xml *xml = xml_new(visit->arena);
    stanza_open_result(xml, visit->iq);
    xml_close(xml);
    surface_send(visit->surface, xml);
}
