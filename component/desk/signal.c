/* signal: what is not said but shown: receipts (XEP-0184), markers (XEP-0333), typing (XEP-0085), presence.
 * Receipts and markers are stored; typing is memory of the lane, with its timeout. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "base/uuid.h"
#include "desk/turn.h"
#include "xmpp/namespaces.h"

static const char *const chat_states[] = {"active", "composing", "paused", "inactive", "gone", NULL};

static const char *chat_state(const struct stanza *stanza)
{
    for (size_t i = 0; chat_states[i] != NULL; i++) {
        if (element_child(stanza->root, chat_states[i], NS_CHAT_STATES) != NULL) {
            return chat_states[i];
        }
    }
    return NULL;
}

static long long now_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static struct typing *typing_find(struct desk_lane *lane, int64_t visitor, bool by_visitor)
{
    for (size_t i = 0; i < lane->typing_count; i++) {
        if (lane->typing[i].visitor == visitor && lane->typing[i].by_visitor == by_visitor) {
            return &lane->typing[i];
        }
    }
    return NULL;
}

static void typing_remove(struct desk_lane *lane, struct typing *typing)
{
    free((char *)typing->to);
    *typing = lane->typing[--lane->typing_count];
}

void signal_typing_end(struct desk_lane *lane, int64_t visitor, bool by_visitor)
{
    struct typing *typing = typing_find(lane, visitor, by_visitor);
    if (typing != NULL) {
        typing_remove(lane, typing);
    }
}

static void typing_begin(struct desk_lane *lane, int64_t visitor, bool by_visitor, const char *to)
{
    struct typing *typing = typing_find(lane, visitor, by_visitor);
    if (typing == NULL && lane->typing_count == TYPING_LIMIT) {
        return;
    }
    if (typing == NULL) {
        typing = &lane->typing[lane->typing_count++];
        *typing = (struct typing){visitor, by_visitor, strdup(to), 0};
        if (typing->to == NULL) {
            log_bug("out of memory");
        }
    }
    typing->deadline = now_seconds() + TYPING_SECONDS;
}

static const char *typing_sender(struct arena *arena, int64_t visitor, bool by_visitor)
{
    return by_visitor ? arena_printf(arena, "visitor-%lld", (long long)visitor) : "support";
}

void signal_typing_expire(struct desk_lane *lane)
{
    long long now = now_seconds();
    for (size_t i = 0; i < lane->typing_count;) {
        struct typing *typing = &lane->typing[i];
        if (typing->deadline > now) {
            i++;
            continue;
        }
        size_t length;
        struct arena *arena = arena_new();
        const char *bytes = wire_chat_state(arena, &lane->desk->settings.domains,
                                            typing_sender(arena, typing->visitor, typing->by_visitor),
                                            typing->to, "paused", &length);
        desk_send(lane->desk, bytes, length);
        arena_free(arena);
        typing_remove(lane, typing);
    }
}

static void signal_state(struct turn *turn, const struct conversation *conversation, bool by_visitor,
                         const char *to, const char *state)
{
    size_t length;
    if (strcmp(state, "composing") == 0) {
        typing_begin(turn->lane, conversation->visitor, by_visitor, to);
    } else {
        signal_typing_end(turn->lane, conversation->visitor, by_visitor);
    }
    const char *bytes =
        wire_chat_state(turn->arena, &turn->desk->settings.domains,
                        typing_sender(turn->arena, conversation->visitor, by_visitor), to, state, &length);
    turn_emit(turn, &turn->first, bytes, length);
}

/* The id that a receipt or marker names, when it can be one of ours. */
static const char *signal_id(const struct stanza *stanza, const char *name, const char *ns)
{
    const struct element *child = element_child(stanza->root, name, ns);
    const char *id = child == NULL ? NULL : element_attribute(child, "id");
    return id != NULL && uuid_valid(id) ? id : NULL;
}

static void signal_delivered(struct turn *turn, const struct conversation *conversation,
                             const char *recipient, const char *id)
{
    text_list_add(turn->arena, &turn->received_messages, id);
    text_list_add(turn->arena, &turn->received_recipients, recipient);
    bigint_list_add(turn->arena, &turn->delivered_visitors, conversation->visitor);
    text_list_add(turn->arena, &turn->delivered_ids, id);
    text_list_add_once(turn->arena, &turn->touched, turn_contact(turn, conversation));
}

static void signal_displayed(struct turn *turn, const struct conversation *conversation,
                             const char *recipient, const char *id)
{
    text_list_add(turn->arena, &turn->received_messages, id);
    text_list_add(turn->arena, &turn->received_recipients, recipient);
    bigint_list_add(turn->arena, &turn->displayed_visitors, conversation->visitor);
    text_list_add(turn->arena, &turn->displayed_ids, id);
    text_list_add_once(turn->arena, &turn->touched, turn_contact(turn, conversation));
}

/* Nobody acknowledges what their own side has said. */
static bool signal_is_own(const struct turn *turn, const struct conversation *conversation, bool by_visitor,
                          const char *id)
{
    const struct desk_references_row *found = turn_reference(turn, conversation->visitor, id);
    return found != NULL && (strcmp(found->author, "visitor") == 0) == by_visitor;
}

/* A member of staff has read up to this message. */
static void signal_read(struct turn *turn, const struct conversation *conversation, int64_t person,
                        const char *id)
{
    bigint_list_add(turn->arena, &turn->read_persons, person);
    bigint_list_add(turn->arena, &turn->read_visitors, conversation->visitor);
    text_list_add(turn->arena, &turn->read_ids, id);
}

/* `reader`: the member of staff whose client it is; 0 for the visitor's. */
static void signal_receipts(struct turn *turn, const struct stanza *stanza,
                            const struct conversation *conversation, int64_t reader, const char *recipient)
{
    bool by_visitor = reader == 0;
    const char *received = signal_id(stanza, "received", NS_RECEIPTS);
    const char *displayed = signal_id(stanza, "displayed", NS_MARKERS);
    if (received == NULL) {
        received = signal_id(stanza, "received", NS_MARKERS);
    }
    if (received != NULL && !signal_is_own(turn, conversation, by_visitor, received)) {
        signal_delivered(turn, conversation, recipient, received);
    }
    if (displayed != NULL && !signal_is_own(turn, conversation, by_visitor, displayed)) {
        signal_displayed(turn, conversation, recipient, displayed);
    }
    if (displayed != NULL && !by_visitor) {
        signal_read(turn, conversation, reader, displayed);
    }
}

void signal_visitor(struct turn *turn, const struct desk_job *job, struct conversation *conversation)
{
    const char *state = chat_state(&job->stanza);
    signal_receipts(turn, &job->stanza, conversation, 0, conversation->address);
    if (state != NULL && conversation->state == CONVERSATION_OPEN) {
        signal_state(turn, conversation, true, turn_staff_address(turn, conversation->taker.username), state);
    }
}

/* Somebody for whom the visitor is a contact now: who has the conversation, or while it waits was shown it.
 */
static bool signal_is_contact_of(const struct conversation *conversation, int64_t person)
{
    return conversation->taker.id == person ||
           (conversation->state == CONVERSATION_WAITING && conversation_shown_to(conversation, person));
}

void signal_staff(struct turn *turn, const struct desk_job *job, struct conversation *conversation)
{
    const struct desk_staff_row *staff = turn_staff(turn, job->stanza.from.local);
    if (staff == NULL || conversation == NULL || conversation->id == 0) {
        return;
    }
    bool takes_part = conversation->taker.id == staff->id;
    if (!signal_is_contact_of(conversation, staff->id)) {
        return;
    }
    const char *state = chat_state(&job->stanza);
    signal_receipts(turn, &job->stanza, conversation, staff->id, job->stanza.from.bare);
    if (state != NULL && takes_part && conversation->present) {
        signal_state(turn, conversation, false, conversation->address, state);
    }
}

static bool signal_same_place(const char *left, const char *right)
{
    return left == NULL || right == NULL ? left == right : strcmp(left, right) == 0;
}

static void signal_presence_change(struct conversation *conversation, const struct desk_job *job)
{
    const char *place = job->place == NULL || !job->available ? conversation->place : job->place;
    if (conversation->present == job->available && conversation->away == job->away &&
        signal_same_place(conversation->place, place)) {
        return;
    }
    conversation->present = job->available;
    conversation->away = job->away;
    conversation->place = place;
    conversation->presence_changed = true;
}

/* A session that a visitor's message or presence is heard from gets what is unsettled. */
void signal_session(struct turn *turn, struct desk_job *job, const struct conversation *conversation)
{
    bool anew = job->session == DESK_SESSION_CAME;
    const char *full = job->stanza.from.full;
    /* What the lane knows of sessions is not rolled back when the transaction is. */
    if (pump_session_came(turn->lane->pump, job->connection, conversation->visitor, full, anew)) {
        job->first_heard = true;
    }
    if (job->first_heard) {
        text_list_add_once(turn->arena, &turn->touched, turn_contact(turn, conversation));
    }
}

static void signal_last_session_gone(struct turn *turn, const struct conversation *conversation)
{
    pump_sessions_gone(turn->lane->pump, conversation->visitor);
    if (typing_find(turn->lane, conversation->visitor, true) != NULL &&
        conversation->state == CONVERSATION_OPEN) {
        signal_state(turn, conversation, true, turn_staff_address(turn, conversation->taker.username),
                     "gone");
    }
}

void signal_presence(struct turn *turn, struct desk_job *job, struct conversation *conversation)
{
    signal_presence_change(conversation, job);
    if (!job->available) {
        signal_last_session_gone(turn, conversation);
    } else if (job->session == DESK_SESSION_GONE) {
        pump_session_gone(turn->lane->pump, conversation->visitor, job->full);
    } else {
        signal_session(turn, job, conversation);
    }
    if (job->session != DESK_SESSION_CAME || conversation->state != CONVERSATION_OPEN) {
        return;
    }
    size_t length;
    const char *bytes = turn_agent_presence(turn, conversation, job->full, &length);
    turn_emit(turn, &turn->first, bytes, length);
}

/* A probe or a subscription request of a member of staff to a visitor contact (RFC 6121 sections 3 and 4.3).
 */
void signal_staff_presence(struct turn *turn, const struct desk_job *job, struct conversation *conversation)
{
    const struct stanza *stanza = &job->stanza;
    const struct desk_staff_row *staff = turn_staff(turn, stanza->from.local);
    bool subscribe = strcmp(stanza->type, "subscribe") == 0;
    if (!subscribe && strcmp(stanza->type, "probe") != 0) {
        return;
    }
    bool visible = staff != NULL && conversation != NULL && conversation->id != 0 &&
                   signal_is_contact_of(conversation, staff->id);
    size_t length;
    if (subscribe || !visible) {
        const char *bytes = wire_subscription(turn->arena, stanza->to.bare, stanza->from.bare,
                                              visible ? "subscribed" : "unsubscribed", &length);
        turn_emit(turn, &turn->first, bytes, length);
    }
    if (!visible) {
        return;
    }
    const char *to = subscribe ? stanza->from.bare : stanza->from.full; /* the session that asks */
    const char *bytes = turn_presence(turn, conversation, to, &length);
    turn_emit(turn, &turn->first, bytes, length);
}
