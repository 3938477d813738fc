#include "daemon/route.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "daemon/daemon.h"
#include "desk/contact.h"
#include "desk/inbound.h"
#include "surface/ballot.h"
#include "xmpp/disco.h"
#include "xmpp/namespaces.h"

#define PLACE_LIMIT 200 /* characters: crm.visitor.place */

static bool is_error(const struct stanza *stanza)
{
    return strcmp(stanza->type, "error") == 0;
}

static bool is_request(const struct stanza *stanza)
{
    return stanza->kind == STANZA_IQ &&
           (strcmp(stanza->type, "get") == 0 || strcmp(stanza->type, "set") == 0);
}

/* Answers with an error and ends the stanza. Nothing is answered to an error, a result or presence (RFC 6120
 * section 8.3.1). */
static void route_refuse(struct daemon *daemon, struct arena *arena, const struct stanza *stanza,
                         enum stanza_error error, const char *sentence)
{
    size_t length;
    bool answers = stanza->kind == STANZA_MESSAGE ? !is_error(stanza) : is_request(stanza);
    if (answers) {
        const char *bytes = wire_error(arena, stanza, error, sentence, &length);
        desk_send(daemon->desk, bytes, length);
    }
    arena_free(arena);
}

static void route_desk_staff(struct daemon *daemon, struct arena *arena, const struct stanza *stanza,
                             long long visitor, const char *key)
{
    struct desk_job *job = desk_job_new(arena, DESK_STAFF);
    job->stanza = *stanza;
    job->visitor = visitor;
    job->key = key;
    desk_push_or_resync(daemon->desk, job);
}

void route_staff_message(struct daemon *daemon, struct arena *arena, const struct stanza *stanza,
                         const char *key)
{
    long long visitor;
    barrier_heard(daemon->barrier);
    if (jid_record_number(stanza->to.local, "visitor-", &visitor) == 0) {
        route_desk_staff(daemon, arena, stanza, visitor, key);
    } else {
        commands_push(daemon->commands, arena, stanza, key);
    }
}

static void route_staff_says(struct daemon *daemon, struct arena *arena, const struct stanza *stanza)
{
    if (reconcile_takes_staff(daemon->reconcile)) {
        route_staff_message(daemon, arena, stanza, inbound_key(arena, stanza));
    } else {
        reconcile_hold(daemon->reconcile, arena, stanza);
    }
}

/* An answer to a poll is in no archive, and leaves no mark: taken in now, or not at all. */
static void route_ballot(struct daemon *daemon, struct arena *arena, const struct stanza *stanza)
{
    if (reconcile_takes_staff(daemon->reconcile)) {
        commands_push(daemon->commands, arena, stanza, NULL);
    } else {
        route_refuse(daemon, arena, stanza, STANZA_RESOURCE_CONSTRAINT,
                     "The CRM is not ready yet. Nothing was kept: send it again in a moment.");
    }
}

static void route_message_of_staff(struct daemon *daemon, struct arena *arena, const struct stanza *stanza)
{
    long long visitor, lead;
    bool says = element_child(stanza->root, "body", NULL) != NULL && !is_error(stanza);
    bool to_visitor = jid_record_number(stanza->to.local, "visitor-", &visitor) == 0;
    bool to_lead = jid_record_number(stanza->to.local, "lead-", &lead) == 0;
    if (says && ballot_is_address(stanza->to.local)) {
        route_ballot(daemon, arena, stanza);
    } else if (says &&
               (to_visitor || to_lead || strcmp(stanza->to.local, "bot") == 0 || *stanza->to.local == '\0')) {
        route_staff_says(daemon, arena, stanza);
    } else if (says) {
        route_refuse(
            daemon, arena, stanza, STANZA_SERVICE_UNAVAILABLE,
            "Nobody reads this address. Write to the bot, or to the address of a lead or a visitor.");
    } else if (to_visitor) {
        route_desk_staff(daemon, arena, stanza, visitor, NULL);
    } else {
        arena_free(arena);
    }
}

static void route_presence_of_staff(struct daemon *daemon, struct arena *arena, const struct stanza *stanza)
{
    long long visitor, lead;
    size_t length;
    const char *show = element_child_text(stanza->root, "show", NULL);
    bool here = strcmp(stanza->type, "available") == 0, gone = strcmp(stanza->type, "unavailable") == 0;
    if (jid_record_number(stanza->to.local, "visitor-", &visitor) == 0) {
        route_desk_staff(daemon, arena, stanza, visitor, NULL);
        return;
    }
    bool record =
        jid_record_number(stanza->to.local, "lead-", &lead) == 0 || ballot_is_address(stanza->to.local);
    if (record && !here && !gone) {
        commands_push(daemon->commands, arena, stanza, NULL);
        return;
    }
    if ((here || gone) && *stanza->from.resource != '\0') {
        reception_staff_presence(daemon->reception, &stanza->from, here && reception_can_take(show), false);
        if (gone) {
            clients_forget(daemon->clients, stanza->from.full);
        }
    } else if (strcmp(stanza->to.local, "bot") == 0 && strcmp(stanza->type, "subscribe") == 0) {
        const char *bytes =
            wire_subscription(arena, stanza->to.bare, stanza->from.bare, "subscribed", &length);
        desk_send(daemon->desk, bytes, length);
    } else if (strcmp(stanza->to.local, "bot") == 0 && strcmp(stanza->type, "probe") == 0) {
        reception_show_bot(daemon->reception, &stanza->from);
    }
    arena_free(arena);
}

/* Asks first which program it is, so that its answer may be here when there is a result to show. */
static void route_request_of_staff(struct daemon *daemon, struct arena *arena, const struct stanza *stanza)
{
    size_t length;
    const char *question = clients_ask(daemon->clients, arena, stanza, &length);
    if (question != NULL) {
        desk_send(daemon->desk, question, length);
    }
    commands_push(daemon->commands, arena, stanza, NULL);
}

static void route_staff(struct daemon *daemon, struct arena *arena, const struct stanza *stanza)
{
    if (stanza->kind == STANZA_PRESENCE) {
        route_presence_of_staff(daemon, arena, stanza);
    } else if (stanza->kind == STANZA_MESSAGE) {
        route_message_of_staff(daemon, arena, stanza);
    } else if (is_request(stanza)) {
        route_request_of_staff(daemon, arena, stanza);
    } else {
        arena_free(arena);
    }
}

/* What a visitor's client may ask the desk: its archive, what it can do, whether it is there, its picture. */
static void route_request_of_visitor(struct daemon *daemon, struct arena *arena, const struct stanza *stanza)
{
    static const struct disco_identity identities[] = {{"account", "registered", "Support"}};
    static const char *const features[] = {NS_MAM,     NS_RECEIPTS, NS_MARKERS, NS_CHAT_STATES,
                                           NS_CORRECT, NS_PING,     NS_VCARD};
    static const struct disco_info info = {identities, 1, features, sizeof features / sizeof *features};
    struct xml *xml = xml_new(arena);
    size_t length;
    if (element_child(stanza->root, "query", NS_MAM) != NULL && strcmp(stanza->type, "set") == 0) {
        struct desk_job *job = desk_job_new(arena, DESK_HISTORY);
        job->stanza = *stanza;
        reception_visitor(daemon->reception, job);
        return;
    }
    bool vcard = element_child(stanza->root, "vCard", NS_VCARD) != NULL && strcmp(stanza->type, "get") == 0;
    if (!vcard && element_child(stanza->root, "ping", NS_PING) == NULL &&
        element_child(stanza->root, "query", NS_DISCO_INFO) == NULL) {
        route_refuse(daemon, arena, stanza, STANZA_SERVICE_UNAVAILABLE,
                     "The support desk does not offer this.");
        return;
    }
    stanza_open_result(xml, stanza);
    if (element_child(stanza->root, "query", NS_DISCO_INFO) != NULL) {
        disco_write_info(xml, &info, NULL);
    } else if (vcard) {
        contact_write_vcard(xml, arena, stanza->to.local, identities[0].name, stanza->to.bare);
    }
    xml_close(xml);
    const char *bytes = xml_finish(xml, &length);
    desk_send(daemon->desk, bytes, length);
    arena_free(arena);
}

/* As the widget writes it, "/courses · en-IN": staff read it under a contact's name, where nothing else that
 * a stranger writes belongs. */
static bool is_path(const char *status)
{
    uint32_t character;
    if (*status != '/') {
        return false;
    }
    for (size_t left = strlen(status), size; left > 0; left -= size, status += size) {
        size = utf8_decode(status, left, &character);
        if (size == 0 || (character != 0xb7 && (character < 0x20 || character > 0x7e))) { /* 0xb7: the dot */
            return false;
        }
    }
    return true;
}

/* Where on the website the widget says it is; what a customer's client says. */
static const char *visitor_place(const struct daemon *daemon, const struct stanza *stanza)
{
    const char *status = element_child_text(stanza->root, "status", NULL);
    if (status == NULL || *status == '\0' || utf8_count(status) > PLACE_LIMIT) {
        return NULL;
    }
    bool customer = strcmp(stanza->from.domain, daemon->domains.customer) == 0;
    return customer || is_path(status) ? status : NULL;
}

static void route_presence_of_visitor(struct daemon *daemon, struct arena *arena, const struct stanza *stanza)
{
    const char *show = element_child_text(stanza->root, "show", NULL);
    bool addressed = *stanza->from.resource != '\0';
    if (strcmp(stanza->type, "available") == 0 && addressed) {
        reception_visitor_presence(daemon->reception, &stanza->from,
                                   reception_is_away(show) ? RECEPTION_AWAY : RECEPTION_HERE,
                                   visitor_place(daemon, stanza));
    } else if (strcmp(stanza->type, "unavailable") == 0 && addressed) {
        reception_visitor_presence(daemon->reception, &stanza->from, RECEPTION_GONE, NULL);
    }
    arena_free(arena);
}

/* Visitors and customers reach support@ and nothing else; Prosody's guard says so too. */
static void route_visitor(struct daemon *daemon, struct arena *arena, const struct stanza *stanza)
{
    bool reported = stanza->kind == STANZA_PRESENCE && *stanza->to.local == '\0'; /* XEP-0356: of customers */
    if (strcmp(stanza->to.local, "support") != 0 && !reported) {
        route_refuse(daemon, arena, stanza, STANZA_FORBIDDEN, "Visitors can write to the support desk only.");
    } else if (stanza->kind == STANZA_PRESENCE) {
        route_presence_of_visitor(daemon, arena, stanza);
    } else if (stanza->kind == STANZA_MESSAGE) {
        struct desk_job *job = desk_job_new(arena, DESK_VISITOR);
        job->stanza = *stanza;
        job->key = element_child(stanza->root, "body", NULL) != NULL ? inbound_key(arena, stanza) : NULL;
        job->connection = stream_epoch(daemon->stream);
        reception_visitor(daemon->reception, job);
    } else if (is_request(stanza)) {
        route_request_of_visitor(daemon, arena, stanza);
    } else {
        arena_free(arena);
    }
}

/* What somebody said to the bot in a room (prosody/mod_crm_room_bot.lua): only the server itself speaks as
 * rooms.D, so that who said it is true. */
static void route_room(struct daemon *daemon, struct arena *arena, const struct stanza *stanza)
{
    struct mention mention;
    if (!mention_read(arena, stanza, &mention)) {
        route_refuse(daemon, arena, stanza, STANZA_BAD_REQUEST, "This is no mention of the bot.");
    } else if (!reconcile_takes_staff(daemon->reconcile)) {
        route_refuse(daemon, arena, stanza, STANZA_RESOURCE_CONSTRAINT, "The CRM is not ready yet.");
    } else {
        commands_push_mention(daemon->commands, arena, &mention);
    }
}

static bool is_from_rooms(const struct domains *domains, const struct stanza *stanza)
{
    return is_request(stanza) && strcmp(stanza->from.full, domains->rooms) == 0 && *stanza->to.local == '\0';
}

/* The server itself, for whoever watches it: daemon/metrics.h. */
static bool is_question_of_the_server(const struct daemon *daemon, const struct stanza *stanza)
{
    return strcmp(stanza->from.domain, daemon->domains.staff) == 0 && *stanza->from.local == '\0' &&
           is_request(stanza) && element_child(stanza->root, "metrics", NS_CRM) != NULL;
}

static void route_other(struct daemon *daemon, struct arena *arena, const struct stanza *stanza)
{
    if (stanza->kind == STANZA_IQ && is_error(stanza)) {
        log_warn("Prosody refused a request id=%s condition=%s", stanza->id == NULL ? "" : stanza->id,
                 stanza_error_condition(stanza));
    }
    route_refuse(daemon, arena, stanza, STANZA_SERVICE_UNAVAILABLE,
                 "This service is for its own installation only.");
}

void route_stanza(struct daemon *daemon, struct arena *arena, const struct element *root, bool refused)
{
    struct stanza stanza;
    const struct domains *domains = &daemon->domains;
    if (root == NULL || stanza_read(arena, root, &stanza) != 0) {
        arena_free(arena);
    } else if (refused) {
        route_refuse(daemon, arena, &stanza, STANZA_POLICY_VIOLATION,
                     "This is too large or too deep to be taken.");
    } else if (asks_take(daemon->asks, &stanza) || clients_take(daemon->clients, &stanza)) {
        arena_free(arena);
    } else if (strcmp(stanza.from.domain, domains->staff) == 0 && *stanza.from.local != '\0') {
        route_staff(daemon, arena, &stanza);
    } else if (is_from_rooms(domains, &stanza)) {
        route_room(daemon, arena, &stanza);
    } else if (strcmp(stanza.from.domain, domains->guest) == 0 ||
               strcmp(stanza.from.domain, domains->customer) == 0) {
        route_visitor(daemon, arena, &stanza);
    } else if (is_question_of_the_server(daemon, &stanza)) {
        commands_push(daemon->commands, arena, &stanza, NULL);
    } else {
        route_other(daemon, arena, &stanza);
    }
}
