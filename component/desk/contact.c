#include "desk/contact.h"

#include <string.h>

#include "desk/picture.h"
#include "xmpp/namespaces.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char *const service_features[] = {
    NS_DISCO_ITEMS, NS_COMMANDS, NS_DATA_FORM, NS_PING, NS_VERSION, NS_VCARD, NS_VCARD4,
};

/* The bot reads and answers messages too. */
static const char *const bot_features[] = {
    NS_DISCO_ITEMS, NS_COMMANDS, NS_DATA_FORM, NS_PING, NS_VERSION, NS_VCARD, NS_VCARD4, NS_CAPS, NS_RECEIPTS,
};

static const char *const record_features[] = {
    NS_DISCO_ITEMS, NS_COMMANDS, NS_DATA_FORM, NS_PING, NS_VERSION, NS_VCARD, NS_VCARD4, NS_CAPS,
};

static const struct disco_identity service = {"component", "generic", NULL};
static const struct disco_identity bot = {"client", "bot", NULL};
static const struct disco_identity record = {"account", "registered", NULL};

static const struct disco_info service_info = {&service, 1, service_features, COUNT(service_features)};
static const struct disco_info bot_info = {&bot, 1, bot_features, COUNT(bot_features)};
static const struct disco_info record_info = {&record, 1, record_features, COUNT(record_features)};

const struct disco_info *contact_info(const char *local)
{
    if (local[0] == '\0') {
        return &service_info;
    }
    return strcmp(local, "bot") == 0 ? &bot_info : &record_info;
}

bool contact_is_caps_node(struct arena *arena, const char *local, const char *node)
{
    return strcmp(node, arena_printf(arena, NS_CRM "#%s", disco_caps_ver(arena, contact_info(local)))) == 0;
}

void contact_write_presence(struct xml *xml, struct arena *arena, const char *local)
{
    if (strcmp(local, "support") != 0) {
        disco_write_caps(xml, arena, contact_info(local), NS_CRM);
    }
    xml_open(xml, "x", NS_VCARD_UPDATE);
    xml_leaf(xml, "photo", NS_VCARD_UPDATE, picture_of(arena, local).id);
    xml_close(xml);
}

void contact_write_vcard(struct xml *xml, struct arena *arena, const char *local, const char *name,
                         const char *address)
{
    xml_open(xml, "vCard", NS_VCARD);
    xml_leaf(xml, "FN", NS_VCARD, name);
    xml_leaf(xml, "NICKNAME", NS_VCARD, name);
    xml_leaf(xml, "JABBERID", NS_VCARD, address);
    xml_open(xml, "PHOTO", NS_VCARD);
    xml_leaf(xml, "TYPE", NS_VCARD, PICTURE_TYPE);
    xml_leaf(xml, "BINVAL", NS_VCARD, picture_of(arena, local).base64);
    xml_close(xml);
    xml_close(xml);
}
