#include "surface/record.h"

#include <string.h>

#include "base/text.h"
#include "desk/contact.h"
#include "queries.h"
#include "surface/chat.h"
#include "surface/message.h"
#include "surface/visit.h"
#include "xmpp/namespaces.h"

/* What a message to a record of a kind asks for: the command, and the parameter that the text is. */
static const struct asked {
    enum target target;
    const char *command, *param;
} asked_for[] = {
    {TARGET_LEAD, "lead.note", "text"},
};

struct letter {
    struct surface *surface;
    struct arena *arena;
    const struct stanza *message;
    const char *key;
    const struct asked *asked;
    int64_t number;
    const char *objection; /* why the text cannot be taken, for whoever may see the record; or NULL */
    int64_t person;
};

static bool is_absent(const struct reply *reply)
{
    return reply->refusal == REFUSAL_NOT_FOUND;
}

static enum db_status settle(void *context, const struct settlement *settlement)
{
    struct letter *letter = context;
    const struct reply *reply = settlement->reply;
    letter->person = settlement->person->id;
    if (!is_absent(reply)) {
        const char *text = letter->objection != NULL && reply->refusal == REFUSAL_NONE
                               ? letter->objection
                               : chat_render(letter->arena, reply, false);
        query_surface_answer(settlement->unit, settlement->person->id, letter->surface->staff_domain,
                             letter->message->to.local, text);
    }
    return DB_OK;
}

static void touch(void *context, const char *channel)
{
    const struct letter *letter = context;
    letter->surface->channel_touched(letter->surface->context, channel);
}

static void refuse_absent(const struct letter *letter)
{
    const struct visit visit = {.surface = letter->surface, .arena = letter->arena, .iq = letter->message};
    visit_refuse_absent(&visit);
}

static void answer(struct letter *letter, const struct reply *reply)
{
    if (is_absent(reply) && reply->about != TARGET_NONE) {
        surface_refuse(letter->surface, letter->arena, letter->message, STANZA_ITEM_NOT_FOUND,
                       reply->sentence);
        return;
    }
    if (is_absent(reply)) {
        refuse_absent(letter);
        return;
    }
    touch(letter, dispatch_channel(letter->arena, letter->person));
    message_send_receipt(letter->surface, letter->arena, letter->message);
}

/* Returns whether it failed for good: what may work later is handed in again. */
static bool answer_without_database(const struct letter *letter, bool failed)
{
    message_answer_directly(
        letter->surface, letter->arena, letter->message,
        failed ? "Something went wrong here. Nothing was changed, and it has been written down."
               : "The database is away. I have kept this, and will do it as soon as it is back.");
    return failed;
}

static bool take(struct letter *letter, const char *body)
{
    struct dispatch dispatch = surface_dispatch(letter->surface, letter->arena);
    struct request request = surface_request(letter->surface, letter->arena, &letter->message->from, "chat");
    const struct argument text = {letter->asked->param, body};
    struct reply reply;
    dispatch.settle = settle;
    dispatch.touched = touch;
    dispatch.context = letter;
    request.mode = letter->objection == NULL ? REQUEST_RUN : REQUEST_CHECK;
    request.command = letter->asked->command;
    request.target = arena_printf(letter->arena, "%lld", (long long)letter->number);
    request.arguments = (struct arguments){&text, letter->objection == NULL ? 1 : 0};
    request.inbound_key = letter->key;
    request.refusal_takes_key = true;
    request.archived = true;
    switch (command_dispatch(&dispatch, &request, &reply)) {
    case OUTCOME_DONE:
    case OUTCOME_REFUSED:
        answer(letter, &reply);
        break;
    case OUTCOME_REPEATED:
        message_send_receipt(letter->surface, letter->arena, letter->message);
        break;
    case OUTCOME_STRANGER:
        break;
    case OUTCOME_FENCED:
        if (letter->surface->fenced != NULL) {
            letter->surface->fenced(letter->surface->context);
        }
        return false;
    case OUTCOME_AWAY:
        return answer_without_database(letter, reply.refusal == REFUSAL_FAILED);
    }
    return true;
}

static const char *objection_to(const struct stanza *message)
{
    if (element_child(message->root, "encrypted", NS_OMEMO) != NULL) {
        return "I cannot read encrypted messages. Please turn encryption (OMEMO) off for this chat.";
    }
    if (element_child(message->root, "replace", NS_CORRECT) != NULL) {
        return "A note stays as it was written. Write what is right as a new one.";
    }
    return NULL;
}

static const struct asked *find_asked(const char *local, int64_t *number)
{
    const struct target_kind *kind = target_of_address(local, number);
    for (size_t i = 0; kind != NULL && i < sizeof asked_for / sizeof asked_for[0]; i++) {
        if (asked_for[i].target == kind->target) {
            return &asked_for[i];
        }
    }
    return NULL;
}

bool record_handle(struct surface *surface, struct arena *arena, const struct stanza *message,
                   const char *inbound_key)
{
    struct letter letter = {.surface = surface,
                            .arena = arena,
                            .message = message,
                            .key = inbound_key,
                            .objection = objection_to(message)};
    const char *kind = surface_kind(surface, &message->from);
    const char *body = element_child_text(message->root, "body", NULL);
    if (!message_speaks(message)) {
        return true;
    }
    if (kind == NULL || strcmp(kind, "staff") != 0) {
        surface_refuse(surface, arena, message, STANZA_SERVICE_UNAVAILABLE, NULL);
        return true;
    }
    letter.asked = find_asked(message->to.local, &letter.number);
    if (letter.asked == NULL) {
        refuse_absent(&letter);
        return true;
    }
    return (letter.objection == NULL && text_squeeze(arena, body)[0] == '\0') || take(&letter, body);
}

/* ---- the record as a contact */

static void send_presence(const struct visit *visit, const char *type)
{
    struct xml *xml = xml_new(visit->arena);
    bool here = type == NULL;
    xml_open(xml, "presence", NULL);
    xml_attribute(xml, "from",
                  here ? arena_printf(visit->arena, "%s/crm", visit->iq->to.bare) : visit->iq->to.bare);
    xml_attribute(xml, "to",
                  strcmp(visit->iq->type, "subscribe") == 0 ? visit->iq->from.bare : visit->iq->from.full);
    xml_attribute(xml, "type", type);
    if (here) {
        xml_leaf(xml, "nick", NS_NICK, visit->name);
        contact_write_presence(xml, visit->arena, visit->iq->to.local);
    }
    xml_close(xml);
    surface_send(visit->surface, xml);
}

void record_presence(struct surface *surface, struct arena *arena, const struct stanza *presence)
{
    struct visit visit = {.surface = surface, .arena = arena, .iq = presence};
    bool subscribes = strcmp(presence->type, "subscribe") == 0;
    if (!subscribes && strcmp(presence->type, "probe") != 0) {
        return;
    }
    if (!visit_find_place(&visit) || visit.place != PLACE_RECORD || !visit_look(&visit)) {
        return;
    }
    if (subscribes) {
        send_presence(&visit, "subscribed");
    }
    send_presence(&visit, NULL);
}
