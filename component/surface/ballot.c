#include "surface/ballot.h"

#include <string.h>

#include "base/text.h"
#include "base/uuid.h"
#include "command/role.h"
#include "poll/poll.h"
#include "queries.h"
#include "surface/chat.h"
#include "surface/message.h"
#include "surface/visit.h"
#include "xmpp/namespaces.h"

#define NO_STORE_ANSWER                                                                                      \
    "The CRM could not take your answer. Nothing was kept of it: send it again in a moment."

/* What the sender is told; nothing of it says what they answered. The hint keeps it out of what Prosody
 * stores for those who are away. */
static void tell(const struct visit *visit, const char *sentence)
{
    struct xml *xml = message_open_answer(visit->arena, visit->iq);
    xml_leaf(xml, "body", NULL, sentence);
    xml_leaf(xml, "no-store", NS_HINTS, NULL);
    xml_close(xml);
    surface_send(visit->surface, xml);
}

static void send_receipt(const struct visit *visit)
{
    if (visit->iq->id == NULL || element_child(visit->iq->root, "request", NS_RECEIPTS) == NULL) {
        return;
    }
    struct xml *xml = message_open_answer(visit->arena, visit->iq);
    xml_open(xml, "received", NS_RECEIPTS);
    xml_attribute(xml, "id", visit->iq->id);
    xml_close(xml);
    xml_leaf(xml, "no-store", NS_HINTS, NULL);
    xml_close(xml);
    surface_send(visit->surface, xml);
}

static bool is_poll(const struct target_kind *kind)
{
    return kind != NULL && kind->target == TARGET_POLL;
}

bool ballot_is_address(const char *local)
{
    int64_t number;
    return is_poll(target_of_address(local, &number));
}

/* Which of the poll's choices the text means, as arguments of poll.vote. Returns how many. */
static size_t read_arguments(const struct visit *visit, const char *body, const struct poll_choices *poll,
                             struct argument arguments[2])
{
    const char *choices[POLL_CHOICES];
    size_t count = poll_split(visit->arena, poll->rows[0].choices, choices);
    int answer, strength;
    poll_read_answer(visit->arena, body, choices, count, poll->rows[0].has_lead, &answer, &strength);
    arguments[0] = (struct argument){"answer", arena_printf(visit->arena, "%d", answer)};
    arguments[1] = (struct argument){"strength", arena_printf(visit->arena, "%d", strength)};
    return answer == 0 ? 0 : strength == 0 ? 1 : 2;
}

/* What the poll can be answered with, for whoever asks. False: the database is away. */
static bool read_choices(const struct visit *visit, const struct poll_choices **poll)
{
    const struct identity caller = {
        .role = role_database(visit->person.role), .person = visit->person.id, .surface = "ballot"};
    struct unit *unit = unit_begin(visit->surface->db, visit->arena, &caller);
    *poll = query_poll_choices(unit, visit->number);
    return unit_commit(unit) == DB_OK;
}

static const char *explain(struct arena *arena, const struct poll_choices *poll)
{
    const char *choices[POLL_CHOICES];
    struct text text = text_new(arena);
    size_t count = poll_split(arena, poll->rows[0].choices, choices);
    text_add(&text, "I read no answer in this. Write the number of one:");
    for (size_t i = 0; i < count; i++) {
        text_addf(&text, "\n%zu %s", i + 1, choices[i]);
    }
    return text.data;
}

static void vote(struct visit *visit, const struct argument *arguments, size_t count)
{
    struct dispatch dispatch = surface_dispatch(visit->surface, visit->arena);
    struct request request = surface_request(visit->surface, visit->arena, &visit->iq->from, "ballot");
    struct reply reply;
    request.command = "poll.vote";
    request.target = arena_printf(visit->arena, "%lld", (long long)visit->number);
    request.arguments = (struct arguments){arguments, count};
    switch (command_dispatch(&dispatch, &request, &reply)) {
    case OUTCOME_DONE:
    case OUTCOME_REFUSED:
        tell(visit, chat_render(visit->arena, &reply, false));
        send_receipt(visit);
        break;
    case OUTCOME_FENCED:
        if (visit->surface->fenced != NULL) {
            visit->surface->fenced(visit->surface->context);
        }
        tell(visit, NO_STORE_ANSWER);
        break;
    case OUTCOME_AWAY:
        tell(visit, NO_STORE_ANSWER);
        break;
    case OUTCOME_REPEATED:
    case OUTCOME_STRANGER:
        break;
    }
}

void ballot_handle(struct surface *surface, struct arena *arena, const struct stanza *message)
{
    struct visit visit = {.surface = surface, .arena = arena, .iq = message};
    const struct poll_choices *poll;
    struct argument arguments[2];
    if (!message_speaks(message)) {
        return;
    }
    if (!visit_find_place(&visit) || !is_poll(visit.record)) {
        visit_refuse_absent(&visit);
        return;
    }
    if (!visit_enter(&visit)) {
        return;
    }
    if (element_child(message->root, "encrypted", NS_OMEMO) != NULL) {
        tell(&visit, "I cannot read encrypted messages. Please turn encryption (OMEMO) off for this chat.");
        return;
    }
    if (!read_choices(&visit, &poll) || poll->count == 0) {
        tell(&visit, NO_STORE_ANSWER);
        return;
    }
    size_t count = read_arguments(&visit, element_child_text(message->root, "body", NULL), poll, arguments);
    if (count == 0) {
        tell(&visit, explain(arena, poll));
        return;
    }
    vote(&visit, arguments, count);
}
