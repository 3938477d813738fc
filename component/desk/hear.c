/* hear: what a message does to a conversation. The moves are conversation.c's table; here stands what each
 * action means. */
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "base/uuid.h"
#include "desk/notice.h"
#include "desk/turn.h"
#include "xmpp/namespaces.h"

/* Bytes of a client's id that are kept: PostgreSQL's index has no room for 2,700. A message with a longer one
 * is said, and only its ticks stay away. */
#define CLIENT_ID_LIMIT 1024

/* A message about to be said. `replaces` is our id of what it corrects. */
struct saying {
    const char *author; /* "visitor", "staff", "system" */
    int64_t person;
    const char *client_id, *body, *replaces, *notice;
    const char *id, *sequence; /* filled by say() */
};

/* Gives the message its place in the conversation and stores it. */
static void say(struct turn *turn, struct conversation *conversation, struct saying *saying)
{
    struct arena *arena = turn->arena;
    int64_t sequence = conversation->next_sequence++;
    conversation->counted = true;
    saying->id = uuid_new(arena);
    saying->sequence = arena_printf(arena, "%lld", (long long)sequence);
    text_list_add(arena, &turn->message_ids, saying->id);
    bigint_list_add(arena, &turn->message_visitors, conversation->visitor);
    bigint_list_add(arena, &turn->message_conversations, conversation->id);
    bigint_list_add(arena, &turn->message_sequences, sequence);
    text_list_add(arena, &turn->message_authors, saying->author);
    text_list_add(arena, &turn->message_persons,
                  saying->person == 0 ? NULL : arena_printf(arena, "%lld", (long long)saying->person));
    text_list_add(arena, &turn->message_client_ids, saying->client_id);
    text_list_add(arena, &turn->message_bodies, saying->body);
    text_list_add(arena, &turn->message_replaces, saying->replaces);
    text_list_add(arena, &turn->message_notices, saying->notice);
}

/* Queues one row; its channel goes out at the end of the turn. */
static void queue_row(struct turn *turn, const struct conversation *conversation, const char *recipient,
                      bool to_visitor, const struct saying *saying, const char *replaces, const char *nick)
{
    struct arena *arena = turn->arena;
    const char *channel = turn_contact(turn, conversation);
    text_list_add(arena, &turn->row_channels, channel);
    text_list_add(arena, &turn->row_recipients, recipient);
    text_list_add(arena, &turn->row_messages, saying->id);
    text_list_add(arena, &turn->row_senders, to_visitor ? "support" : channel);
    text_list_add(arena, &turn->row_bodies, saying->body);
    text_list_add(arena, &turn->row_replaces, replaces);
    text_list_add(arena, &turn->row_notices, saying->notice);
    text_list_add(arena, &turn->row_nicks, nick);
    text_list_add(arena, &turn->row_sequences, saying->sequence);
    /* A customer has an archive, as staff have: what Prosody has processed will reach them. */
    text_list_add(arena, &turn->row_to_visitor, to_visitor && !conversation->customer ? "t" : "f");
    text_list_add_once(arena, &turn->touched, channel);
}

static void tell_visitor(struct turn *turn, struct conversation *conversation, const struct saying *saying,
                         const char *nick)
{
    queue_row(turn, conversation, conversation->address, true, saying, saying->replaces, nick);
}

/* A word of the desk to a member of staff, in the visitor's chat; not part of what was said. */
static void tell_staff(struct turn *turn, struct conversation *conversation, const char *username,
                       enum notice notice, const char *body)
{
    struct saying saying = {.id = uuid_new(turn->arena), .body = body, .notice = notices[notice].kind};
    queue_row(turn, conversation, turn_staff_address(turn, username), false, &saying, NULL, NULL);
}

/* All that the visitor has said in the conversation is to be queued for somebody. Once in a turn: it is
 * written at the turn's end, and PostgreSQL refuses to touch a row twice in one statement. */
static void ask_history(struct turn *turn, const struct conversation *conversation, const char *recipient)
{
    for (size_t i = 0; i < turn->history_conversations.count; i++) {
        if (turn->history_conversations.values[i] == conversation->id &&
            strcmp(turn->history_recipients.values[i], recipient) == 0) {
            return;
        }
    }
    bigint_list_add(turn->arena, &turn->history_visitors, conversation->visitor);
    bigint_list_add(turn->arena, &turn->history_conversations, conversation->id);
    text_list_add(turn->arena, &turn->history_recipients, recipient);
}

/* Shows the conversation to somebody: all that the visitor has said in it. */
static void show(struct turn *turn, struct conversation *conversation, const struct conversation_staff *staff)
{
    if (!conversation_shown_to(conversation, staff->id)) {
        bigint_list_add(turn->arena, &turn->offer_conversations, conversation->id);
        bigint_list_add(turn->arena, &turn->offer_persons, staff->id);
        if (conversation->shown_count < conversation->shown_capacity) {
            conversation->shown[conversation->shown_count++] = *staff;
        }
    }
    ask_history(turn, conversation, turn_staff_address(turn, staff->username));
    text_list_add_once(turn->arena, &turn->touched, turn_contact(turn, conversation));
}

static void offer(struct turn *turn, struct conversation *conversation)
{
    for (size_t i = 0; i < turn->available->count; i++) {
        const struct desk_available_row *row = &turn->available->rows[i];
        show(turn, conversation, &(struct conversation_staff){row->id, row->username, row->name});
    }
    if (turn->available->count > 0 || conversation->told_absent) {
        return;
    }
    const struct notice_words *words = &notices[NOTICE_NOBODY_AVAILABLE];
    struct saying saying = {.author = "system", .body = words->text, .notice = words->kind};
    say(turn, conversation, &saying);
    tell_visitor(turn, conversation, &saying, NULL);
    conversation->told_absent = true;
}

static void move(struct conversation *conversation, const struct conversation_move *chosen)
{
    if (chosen->from != chosen->to) {
        log_info("conversation visitor=%lld %s", (long long)conversation->visitor, chosen->words);
    }
    conversation->state = chosen->to;
    conversation->moved = true;
    if (chosen->to != CONVERSATION_OPEN) {
        conversation->taker = (struct conversation_staff){0};
    }
}

static const struct conversation_move *must_find(const struct conversation *conversation,
                                                 enum conversation_event event)
{
    const struct conversation_move *chosen = conversation_move_find(conversation->state, event);
    if (chosen == NULL) {
        log_bug("no move for event %d in state %d of a conversation", (int)event, (int)conversation->state);
    }
    return chosen;
}

static const char *kept_id(const struct stanza *stanza)
{
    return stanza->id != NULL && strlen(stanza->id) <= CLIENT_ID_LIMIT ? stanza->id : NULL;
}

static void refuse(struct turn *turn, const struct stanza *stanza, enum stanza_error error,
                   const char *sentence)
{
    size_t length;
    if (strcmp(stanza->type, "error") == 0) {
        return;
    }
    const char *bytes = wire_error(turn->arena, stanza, error, sentence, &length);
    turn_emit(turn, &turn->first, bytes, length);
}

/* `place`: in the archive, or NULL. */
static void receipt_to_visitor(struct turn *turn, const struct stanza *stanza, const char *place)
{
    size_t length;
    if (stanza->id == NULL) {
        return;
    }
    const char *bytes = wire_receipt(turn->arena, &turn->desk->settings.domains, "support", stanza->from.full,
                                     stanza->id, place, &length);
    turn_emit(turn, &turn->receipts, bytes, length);
}

/* The same for what was said in this very turn, and so could not be loaded: a client that was offline sends a
 * message and its correction at once. */
static const char *just_said(const struct turn *turn, const char *asked, int64_t visitor, int64_t person)
{
    const char *author = person == 0 ? "visitor" : "staff";
    const char *number = person == 0 ? NULL : arena_printf(turn->arena, "%lld", (long long)person);
    for (size_t i = turn->message_ids.count; i-- > 0;) {
        const char *client_id = turn->message_client_ids.values[i], *by = turn->message_persons.values[i];
        bool same_person = number == NULL ? by == NULL : by != NULL && strcmp(by, number) == 0;
        if (turn->message_visitors.values[i] == visitor && same_person && client_id != NULL &&
            strcmp(client_id, asked) == 0 && strcmp(turn->message_authors.values[i], author) == 0) {
            return turn->message_ids.values[i];
        }
    }
    return NULL;
}

/* Our id of the message that the stanza corrects, if it is its author's. */
static const char *corrected(struct turn *turn, const struct stanza *stanza, int64_t visitor, int64_t person)
{
    const struct element *replace = element_child(stanza->root, "replace", NS_CORRECT);
    const char *asked = replace == NULL ? NULL : element_attribute(replace, "id");
    const struct desk_references_row *found = turn_reference(turn, visitor, asked);
    if (found == NULL) {
        return asked == NULL ? NULL : just_said(turn, asked, visitor, person);
    }
    bool own =
        person == 0 ? strcmp(found->author, "visitor") == 0 : found->has_person && found->person == person;
    return own ? found->id : NULL;
}

/* The taker has gone while the visitor waits: the conversation waits again, for whoever is there. */
static void release_if_abandoned(struct conversation *conversation)
{
    if (conversation->state != CONVERSATION_OPEN || !conversation->taker_away) {
        return;
    }
    move(conversation, must_find(conversation, CONVERSATION_TAKER_GONE));
    conversation->taker_here = conversation->told_absent = false;
    conversation->agent_changed = true;
}

bool hear_is_too_long(const struct stanza *stanza)
{
    return utf8_count(element_child_text(stanza->root, "body", NULL)) > DESK_BODY_LIMIT;
}

void hear_visitor(struct turn *turn, struct desk_job *job, struct conversation *conversation)
{
    const char *body = element_child_text(job->stanza.root, "body", NULL);
    if (hear_is_too_long(&job->stanza)) {
        refuse(turn, &job->stanza, STANZA_POLICY_VIOLATION,
               "This message is too long: at most 4,000 characters fit. Shorten it or send it in parts.");
        return;
    }
    if (turn_heard(turn, job->key)) {
        receipt_to_visitor(turn, &job->stanza, NULL);
        return;
    }
    signal_typing_end(turn->lane, conversation->visitor, true);
    release_if_abandoned(conversation);
    struct saying saying = {
        .author = "visitor",
        .client_id = kept_id(&job->stanza),
        .body = body,
        .replaces = corrected(turn, &job->stanza, conversation->visitor, 0),
    };
    say(turn, conversation, &saying);
    receipt_to_visitor(turn, &job->stanza, conversation->customer ? NULL : saying.sequence);
    conversation->visitor_wrote = conversation->waits = true;
    const struct conversation_move *chosen = must_find(conversation, CONVERSATION_VISITOR_WRITES);
    move(conversation, chosen);
    if (chosen->action == CONVERSATION_OFFER) {
        offer(turn, conversation);
    } else {
        queue_row(turn, conversation, turn_staff_address(turn, conversation->taker.username), false, &saying,
                  saying.replaces, NULL);
    }
}

static void relay(struct turn *turn, const struct desk_job *job, struct conversation *conversation,
                  const struct desk_staff_row *staff)
{
    struct saying saying = {
        .author = "staff",
        .person = staff->id,
        .client_id = kept_id(&job->stanza),
        .body = element_child_text(job->stanza.root, "body", NULL),
        .replaces = corrected(turn, &job->stanza, conversation->visitor, staff->id),
    };
    say(turn, conversation, &saying);
    conversation->staff_wrote = conversation->moved = true;
    conversation->told_absent = conversation->waits = false;
    signal_typing_end(turn->lane, conversation->visitor, false);
    tell_visitor(turn, conversation, &saying, turn_first_name(turn->arena, staff->name));
}

/* The conversation is one person's now: the others are told, what they have not got is withdrawn, and the
 * contact leaves their rosters. */
static void take(struct turn *turn, struct conversation *conversation, const struct desk_staff_row *staff)
{
    conversation->taker = (struct conversation_staff){staff->id, staff->username, staff->name};
    /* What was loaded was said of the one before; who answers is here. */
    conversation->taker_away = false;
    conversation->taker_here = conversation->agent_changed = true;
    for (size_t i = 0; i < conversation->shown_count; i++) {
        const struct conversation_staff *other = &conversation->shown[i];
        if (other->id == staff->id) {
            continue;
        }
        tell_staff(turn, conversation, other->username, NOTICE_TAKEN,
                   arena_printf(turn->arena, notices[NOTICE_TAKEN].text, staff->name));
        bigint_list_add(turn->arena, &turn->removed_visitors, conversation->visitor);
        text_list_add(turn->arena, &turn->removed_usernames, other->username);
    }
    bigint_list_add(turn->arena, &turn->withdraw_visitors, conversation->visitor);
    text_list_add(turn->arena, &turn->withdraw_takers, turn_staff_address(turn, staff->username));
    /* Also to somebody who was shown it before: what the visitor said while nobody was available has been
     * queued for nobody. */
    show(turn, conversation, &conversation->taker);
}

/* Staff who may know of the conversation: who was shown it, who has it, and those who listen to all. */
static bool may_see(const struct conversation *conversation, const struct desk_staff_row *staff)
{
    return conversation->taker.id == staff->id || conversation_shown_to(conversation, staff->id) ||
           strcmp(staff->role, "admin") == 0 || strcmp(staff->role, "manager") == 0;
}

static enum conversation_event staff_event(const struct conversation *conversation,
                                           const struct desk_staff_row *staff)
{
    if (conversation->state == CONVERSATION_WAITING) {
        return CONVERSATION_SHOWN_ANSWERS;
    }
    return conversation->taker.id == staff->id ? CONVERSATION_TAKER_WRITES : CONVERSATION_OTHER_ANSWERS;
}

static void staff_bounce(const struct desk_job *job)
{
    log_warn("a message to staff came back to=%s condition=%s", job->stanza.from.bare,
             stanza_error_condition(&job->stanza));
}

void hear_staff(struct turn *turn, struct desk_job *job, struct conversation *conversation)
{
    if (strcmp(job->stanza.type, "error") == 0) {
        staff_bounce(job);
        return;
    }
    const struct desk_staff_row *staff = turn_staff(turn, job->stanza.from.local);
    /* First of all: what is read again from an archive must not be refused a second time either. */
    if (turn_heard(turn, job->key)) {
        return;
    }
    if (staff == NULL || conversation == NULL || conversation->id == 0 || !may_see(conversation, staff)) {
        refuse(turn, &job->stanza, STANZA_ITEM_NOT_FOUND,
               "There is no such conversation. Your message was not sent.");
        return;
    }
    if (utf8_count(element_child_text(job->stanza.root, "body", NULL)) > DESK_STAFF_BODY_LIMIT) {
        refuse(turn, &job->stanza, STANZA_POLICY_VIOLATION,
               "This message is too long: at most 16,000 characters fit. Your message was not sent.");
        return;
    }
    if (element_child(job->stanza.root, "encrypted", NS_OMEMO) != NULL) {
        tell_staff(turn, conversation, staff->username, NOTICE_ENCRYPTED, notices[NOTICE_ENCRYPTED].text);
        return;
    }
    const struct conversation_move *chosen = must_find(conversation, staff_event(conversation, staff));
    if (chosen->action == CONVERSATION_REFUSE) {
        tell_staff(turn, conversation, staff->username, NOTICE_NOT_YOURS,
                   arena_printf(turn->arena, notices[NOTICE_NOT_YOURS].text, conversation->taker.name,
                                conversation->name));
        return;
    }
    move(conversation, chosen);
    if (chosen->action == CONVERSATION_TAKE) {
        take(turn, conversation, staff);
    }
    relay(turn, job, conversation, staff);
}

static const struct desk_available_row *available(const struct turn *turn, const char *username)
{
    for (size_t i = 0; username != NULL && i < turn->available->count; i++) {
        if (strcmp(turn->available->rows[i].username, username) == 0) {
            return &turn->available->rows[i];
        }
    }
    return NULL;
}

/* Somebody for whom the visitor is a contact now. */
static bool is_watcher(const struct conversation *conversation, const char *username)
{
    if (conversation->state == CONVERSATION_OPEN) {
        return strcmp(conversation->taker.username, username) == 0;
    }
    for (size_t i = 0; i < conversation->shown_count; i++) {
        if (strcmp(conversation->shown[i].username, username) == 0) {
            return true;
        }
    }
    return false;
}

static void review_of_arrival(struct turn *turn, const struct desk_job *job,
                              struct conversation *conversation)
{
    const char *username = job->username;
    const struct desk_available_row *arrived = available(turn, username);
    size_t length;
    if (conversation->state == CONVERSATION_WAITING && arrived != NULL) {
        move(conversation, must_find(conversation, CONVERSATION_STAFF_ARRIVES));
        show(turn, conversation, &(struct conversation_staff){arrived->id, arrived->username, arrived->name});
    }
    /* Who has just come asks for it; meanwhile it may have become somebody else's. */
    if (!job->returned || !is_watcher(conversation, username)) {
        return;
    }
    const char *bytes = turn_presence(turn, conversation, turn_staff_address(turn, username), &length);
    turn_emit(turn, &turn->last, bytes, length);
    text_list_add_once(turn->arena, &turn->touched, turn_contact(turn, conversation));
}

void hear_review(struct turn *turn, const struct desk_job *job, struct conversation *conversation)
{
    if (job->username == NULL) {
        if (conversation->state != CONVERSATION_OPEN || !conversation->taker_away || !conversation->waits) {
            return; /* meanwhile it was answered, or the taker is back */
        }
        release_if_abandoned(conversation);
        offer(turn, conversation);
        return;
    }
    if (job->available) {
        review_of_arrival(turn, job, conversation);
    }
    if (conversation->state == CONVERSATION_OPEN &&
        strcmp(conversation->taker.username, job->username) == 0) {
        conversation->agent_changed = true;
    }
}
