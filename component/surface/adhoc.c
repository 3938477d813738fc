#include "surface/adhoc.h"

#include <string.h>

#include "surface/discovery.h"
#include "surface/stage.h"
#include "surface/visit.h"
#include "xmpp/namespaces.h"

static const struct route {
    const char *type, *name, *ns;
    bool open; /* answered without asking who it is: it tells nothing */
    bool asks; /* asks itself who it is, in a transaction that goes on */
    void (*answer)(struct visit *visit);
} routes[] = {
    {"set", "command", NS_COMMANDS, false, true, stage_answer},
    {"get", "query", NS_DISCO_INFO, false, false, discovery_answer_info},
    {"get", "query", NS_DISCO_ITEMS, false, false, discovery_answer_items},
    {"get", "vCard", NS_VCARD, false, false, discovery_answer_vcard},
    {"get", "vcard", NS_VCARD4, false, false, discovery_answer_vcard4},
    {"get", "pubsub", NS_PUBSUB, false, false, discovery_answer_pubsub},
    {"get", "query", NS_VERSION, true, false, discovery_answer_version},
    {"get", "ping", NS_PING, true, false, discovery_answer_ping},
};

static const struct route *find_route(const struct stanza *iq, const struct element **query)
{
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        *query = element_child(iq->root, routes[i].name, routes[i].ns);
        if (*query != NULL && strcmp(iq->type, routes[i].type) == 0) {
            return &routes[i];
        }
    }
    return NULL;
}

void adhoc_handle(struct surface *surface, struct arena *arena, const struct stanza *iq)
{
    struct visit visit = {.surface = surface, .arena = arena, .iq = iq};
    if (strcmp(iq->type, "get") != 0 && strcmp(iq->type, "set") != 0) {
        return;
    }
    const struct route *route = find_route(iq, &visit.query);
    bool ours = visit_find_place(&visit);
    if (ours && route != NULL && route->answer == discovery_answer_info &&
        surface_kind(surface, &iq->from) != NULL && discovery_answer_caps(&visit)) {
        return;
    }
    /* A record's address must not tell by a ping that there is a record. */
    bool open = ours && route != NULL && route->open && visit.place != PLACE_RECORD;
    if (open || (route != NULL && route->asks)) {
        route->answer(&visit);
    } else if (visit_enter(&visit)) {
        if (route == NULL) {
            visit_refuse(&visit, STANZA_SERVICE_UNAVAILABLE, "This is not understood here.");
        } else {
            route->answer(&visit);
        }
    }
}
