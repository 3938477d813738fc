#include "desk/turn.h"

#include <string.h>

#include "base/log.h"
#include "base/uuid.h"
#include "xmpp/namespaces.h"

struct conversation *turn_conversation(struct turn *turn, int64_t visitor)
{
    for (size_t i = 0; visitor != 0 && i < turn->conversation_count; i++) {
        if (turn->conversations[i].visitor == visitor) {
            return &turn->conversations[i];
        }
    }
    return NULL;
}

const struct desk_staff_row *turn_staff(const struct turn *turn, const char *username)
{
    for (size_t i = 0; i < turn->staff->count; i++) {
        if (strcmp(turn->staff->rows[i].username, username) == 0) {
            return &turn->staff->rows[i];
        }
    }
    return NULL;
}

const struct desk_references_row *turn_reference(const struct turn *turn, int64_t visitor, const char *asked)
{
    for (size_t i = 0; asked != NULL && i < turn->references->count; i++) {
        const struct desk_references_row *row = &turn->references->rows[i];
        if (row->visitor == visitor && strcmp(row->asked, asked) == 0) {
            return row;
        }
    }
    return NULL;
}

static bool turn_has_key(const struct turn *turn, const char *key)
{
    for (size_t i = 0; i < turn->seen->count; i++) {
        if (strcmp(turn->seen->rows[i].key, key) == 0) {
            return true;
        }
    }
    for (size_t i = 0; i < turn->heard.count; i++) {
        if (strcmp(turn->heard.values[i], key) == 0) {
            return true;
        }
    }
    return false;
}

bool turn_heard(struct turn *turn, const char *key)
{
    if (key == NULL) {
        return false;
    }
    if (turn_has_key(turn, key)) {
        return true;
    }
    text_list_add(turn->arena, &turn->heard, key);
    return false;
}

void turn_emit(struct turn *turn, struct emission_list *list, const char *bytes, size_t length)
{
    if (bytes == NULL) {
        return;
    }
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 8 : 2 * list->capacity;
        struct emission *items = arena_array(turn->arena, capacity, sizeof *items);
        if (list->count > 0) {
            memcpy(items, list->items, list->count * sizeof *items);
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->count++] = (struct emission){bytes, length};
}

const char *turn_contact(const struct turn *turn, const struct conversation *conversation)
{
    return arena_printf(turn->arena, "visitor-%lld", (long long)conversation->visitor);
}

const char *turn_staff_address(const struct turn *turn, const char *username)
{
    return arena_printf(turn->arena, "%s@%s", username, turn->desk->settings.domains.staff);
}

/* A path of the website as a sentence; what a customer's client says is one already. */
static const char *turn_status(struct arena *arena, const char *place)
{
    return place == NULL || *place != '/' ? place : arena_printf(arena, "On the page %s", place);
}

const char *turn_presence(const struct turn *turn, const struct conversation *conversation, const char *to,
                          size_t *length)
{
    const struct wire_shown shown = {
        .present = conversation->present,
        .away = conversation->away,
        .nick = conversation->name,
        .status = turn_status(turn->arena, conversation->place),
    };
    return wire_presence(turn->arena, &turn->desk->settings.domains, turn_contact(turn, conversation), to,
                         &shown, length);
}

const char *turn_first_name(struct arena *arena, const char *name)
{
    return arena_strndup(arena, name, strcspn(name, " "));
}

const char *turn_agent_presence(const struct turn *turn, const struct conversation *conversation,
                                const char *to, size_t *length)
{
    bool open = conversation->state == CONVERSATION_OPEN;
    const struct wire_shown shown = {
        .present = open,
        .away = !conversation->taker_here,
        .nick = open ? turn_first_name(turn->arena, conversation->taker.name) : NULL,
    };
    return wire_agent_presence(turn->arena, &turn->desk->settings.domains, to, &shown, length);
}

/* What a stanza refers to: the message that it corrects, acknowledges or marks. */
static const char *turn_referred(const struct stanza *stanza)
{
    static const struct {
        const char *name, *ns;
    } kinds[] = {{"replace", NS_CORRECT},
                 {"received", NS_RECEIPTS},
                 {"received", NS_MARKERS},
                 {"displayed", NS_MARKERS}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const struct element *child = element_child(stanza->root, kinds[i].name, kinds[i].ns);
        if (child != NULL && element_attribute(child, "id") != NULL) {
            return element_attribute(child, "id");
        }
    }
    return NULL;
}

static bool turn_job_has_stanza(const struct desk_job *job)
{
    return job->kind == DESK_VISITOR || job->kind == DESK_STAFF;
}

static void turn_fill_conversation(struct turn *turn, const struct desk_conversations_row *row)
{
    struct conversation *conversation = &turn->conversations[turn->conversation_count++];
    *conversation = (struct conversation){
        .visitor = row->visitor,
        .address = row->address,
        .name = wire_visitor_name(turn->arena, row->visitor, row->name),
        .place = row->place,
        .customer = row->customer,
        .present = row->present,
        .away = row->away,
        .next_sequence = row->next_sequence,
        .id = row->has_conversation ? row->conversation : 0,
        .state = conversation_state_parse(row->state),
        .taker = {row->has_taken_by ? row->taken_by : 0, row->taker_username, row->taker_name},
        .taker_here = row->taker_here,
        .taker_away = row->taker_away,
        .waits = row->waits,
        .told_absent = row->told_absent,
    };
}

static void turn_fill_shown(struct turn *turn, const struct desk_offered *offered)
{
    for (size_t i = 0; i < turn->conversation_count; i++) {
        struct conversation *conversation = &turn->conversations[i];
        size_t count = 0;
        for (size_t k = 0; k < offered->count; k++) {
            count += offered->rows[k].visitor == conversation->visitor;
        }
        conversation->shown_capacity = count + turn->available->count + 1;
        conversation->shown =
            arena_array(turn->arena, conversation->shown_capacity, sizeof *conversation->shown);
        for (size_t k = 0; k < offered->count; k++) {
            if (offered->rows[k].visitor == conversation->visitor) {
                conversation->shown[conversation->shown_count++] =
                    (struct conversation_staff){offered->rows[k].person, offered->rows[k].username, NULL};
            }
        }
    }
}

/* A message that will be said, as far as can be known before it is decided. */
static bool turn_speaks(const struct turn *turn, const struct desk_job *job)
{
    return job->kind == DESK_VISITOR && element_child(job->stanza.root, "body", NULL) != NULL &&
           strcmp(job->stanza.type, "error") != 0 && !hear_is_too_long(&job->stanza) &&
           (job->key == NULL || !turn_has_key(turn, job->key));
}

/* Visitors who write their first message since the last conversation was closed need a new one before
 * anything can refer to it. */
static enum db_status turn_begin_conversations(struct turn *turn, struct desk_job **jobs, size_t count)
{
    struct bigint_list visitors = {0};
    for (size_t i = 0; i < count; i++) {
        const struct conversation *conversation = turn_conversation(turn, jobs[i]->visitor);
        if (conversation != NULL && conversation->id == 0 && turn_speaks(turn, jobs[i])) {
            bigint_list_add_once(turn->arena, &visitors, conversation->visitor);
        }
    }
    if (visitors.count == 0) {
        return DB_OK;
    }
    const struct desk_conversation_begin *begun =
        query_desk_conversation_begin(turn->unit, bigint_list_array(&visitors));
    enum db_status status = unit_flush(turn->unit);
    for (size_t i = 0; status == DB_OK && i < begun->count; i++) {
        turn_conversation(turn, begun->rows[i].visitor)->id = begun->rows[i].conversation;
    }
    return status;
}

/* What nobody asks for is not looked up. */
static const struct desk_seen nothing_seen;
static const struct desk_staff no_staff;
static const struct desk_references no_references;

static enum db_status turn_load(struct turn *turn, struct desk_job **jobs, size_t count)
{
    struct bigint_list visitors = {0}, referring = {0};
    struct text_list keys = {0}, usernames = {0}, referred = {0};
    for (size_t i = 0; i < count; i++) {
        struct desk_job *job = jobs[i];
        if (job->visitor != 0) {
            bigint_list_add_once(turn->arena, &visitors, job->visitor);
        }
        if (job->key != NULL) {
            text_list_add(turn->arena, &keys, job->key);
        }
        if (job->kind == DESK_STAFF) {
            text_list_add_once(turn->arena, &usernames, job->stanza.from.local);
        }
        const char *reference =
            turn_job_has_stanza(job) && job->visitor != 0 ? turn_referred(&job->stanza) : NULL;
        if (reference != NULL) {
            bigint_list_add(turn->arena, &referring, job->visitor);
            text_list_add(turn->arena, &referred, reference);
        }
    }
    query_desk_availability_hold(turn->unit);
    query_desk_lock(turn->unit, bigint_list_array(&visitors));
    const struct desk_conversations *conversations =
        query_desk_conversations(turn->unit, bigint_list_array(&visitors));
    const struct desk_offered *offered = query_desk_offered(turn->unit, bigint_list_array(&visitors));
    turn->available = query_desk_available(turn->unit);
    if (keys.count > 0) {
        turn->seen = query_desk_seen(turn->unit, text_list_array(&keys));
    }
    if (usernames.count > 0) {
        turn->staff = query_desk_staff(turn->unit, text_list_array(&usernames));
    }
    if (referred.count > 0) {
        turn->references =
            query_desk_references(turn->unit, bigint_list_array(&referring), text_list_array(&referred));
    }
    enum db_status status = unit_flush(turn->unit);
    if (status != DB_OK) {
        return status;
    }
    turn->conversations = arena_array(turn->arena, conversations->count + 1, sizeof *turn->conversations);
    for (size_t i = 0; i < conversations->count; i++) {
        turn_fill_conversation(turn, &conversations->rows[i]);
    }
    turn_fill_shown(turn, offered);
    return turn_begin_conversations(turn, jobs, count);
}

static void turn_decide(struct turn *turn, struct desk_job *job)
{
    struct conversation *conversation = turn_conversation(turn, job->visitor);
    bool has_body = turn_job_has_stanza(job) && element_child(job->stanza.root, "body", NULL) != NULL;
    switch (job->kind) {
    case DESK_VISITOR:
        if (conversation == NULL || strcmp(job->stanza.type, "error") == 0) {
            break;
        }
        signal_session(turn, job, conversation);
        if (has_body) {
            hear_visitor(turn, job, conversation);
        } else {
            signal_visitor(turn, job, conversation);
        }
        break;
    case DESK_STAFF:
        if (job->stanza.kind == STANZA_PRESENCE) {
            signal_staff_presence(turn, job, conversation);
        } else if (has_body || strcmp(job->stanza.type, "error") == 0) {
            hear_staff(turn, job, conversation);
        } else {
            signal_staff(turn, job, conversation);
        }
        break;
    case DESK_PRESENCE:
        if (conversation != NULL) {
            signal_presence(turn, job, conversation);
        }
        break;
    case DESK_REVIEW:
        if (conversation != NULL) {
            hear_review(turn, job, conversation);
        }
        break;
    case DESK_PUMP:
        text_list_add_once(turn->arena, &turn->touched, job->channel);
        break;
    case DESK_ROUTED:
        turn->routed = query_outbox_routed(turn->unit, (struct bigint_array){job->rows, job->row_count});
        break;
    case DESK_HISTORY:
    case DESK_TASK:
    case DESK_RESUME:
    case DESK_FENCE:
        break;
    }
}

static const char *turn_flag(bool flag)
{
    return flag ? "t" : "f";
}

static void turn_save_conversations(struct turn *turn)
{
    struct arena *arena = turn->arena;
    struct bigint_list ids = {0}, counted = {0}, next = {0}, presence = {0};
    struct text_list states = {0}, takers = {0}, told = {0}, visitor_wrote = {0}, staff_wrote = {0},
                     present = {0}, away = {0}, places = {0};
    for (size_t i = 0; i < turn->conversation_count; i++) {
        const struct conversation *conversation = &turn->conversations[i];
        if (conversation->moved) {
            bigint_list_add(arena, &ids, conversation->id);
            text_list_add(arena, &states, conversation_state_name(conversation->state));
            text_list_add(arena, &takers,
                          conversation->taker.id == 0
                              ? ""
                              : arena_printf(arena, "%lld", (long long)conversation->taker.id));
            text_list_add(arena, &told, turn_flag(conversation->told_absent));
            text_list_add(arena, &visitor_wrote, turn_flag(conversation->visitor_wrote));
            text_list_add(arena, &staff_wrote, turn_flag(conversation->staff_wrote));
        }
        if (conversation->counted) {
            bigint_list_add(arena, &counted, conversation->visitor);
            bigint_list_add(arena, &next, conversation->next_sequence);
        }
        if (conversation->presence_changed) {
            bigint_list_add(arena, &presence, conversation->visitor);
            text_list_add(arena, &present, turn_flag(conversation->present));
            text_list_add(arena, &away, turn_flag(conversation->away));
            text_list_add(arena, &places, conversation->place);
        }
    }
    if (ids.count > 0) {
        query_desk_conversation_move(turn->unit, bigint_list_array(&ids), text_list_array(&states),
                                     text_list_array(&takers), text_list_array(&told),
                                     text_list_array(&visitor_wrote), text_list_array(&staff_wrote));
    }
    if (counted.count > 0) {
        query_desk_sequence_move(turn->unit, bigint_list_array(&counted), bigint_list_array(&next));
    }
    if (presence.count > 0) {
        query_desk_present(turn->unit, bigint_list_array(&presence), text_list_array(&present),
                           text_list_array(&away), text_list_array(&places));
        turn->watchers = query_desk_watchers(turn->unit, bigint_list_array(&presence));
    }
}

static void turn_save_messages(struct turn *turn)
{
    struct unit *unit = turn->unit;
    if (turn->message_ids.count > 0) {
        query_desk_message_add(
            unit, text_list_array(&turn->message_ids), bigint_list_array(&turn->message_visitors),
            bigint_list_array(&turn->message_conversations), bigint_list_array(&turn->message_sequences),
            text_list_array(&turn->message_authors), text_list_array(&turn->message_persons),
            text_list_array(&turn->message_client_ids), text_list_array(&turn->message_bodies),
            text_list_array(&turn->message_replaces), text_list_array(&turn->message_notices));
    }
    if (turn->offer_conversations.count > 0) {
        query_desk_offer_add(unit, bigint_list_array(&turn->offer_conversations),
                             bigint_list_array(&turn->offer_persons));
    }
    if (turn->history_visitors.count > 0) {
        query_desk_offer_history(unit, bigint_list_array(&turn->history_visitors),
                                 bigint_list_array(&turn->history_conversations),
                                 text_list_array(&turn->history_recipients));
    }
    if (turn->row_channels.count > 0) {
        query_outbox_add(unit, text_list_array(&turn->row_channels), text_list_array(&turn->row_recipients),
                         text_list_array(&turn->row_messages), text_list_array(&turn->row_senders),
                         text_list_array(&turn->row_bodies), text_list_array(&turn->row_replaces),
                         text_list_array(&turn->row_notices), text_list_array(&turn->row_nicks),
                         text_list_array(&turn->row_sequences), text_list_array(&turn->row_to_visitor));
    }
    if (turn->withdraw_visitors.count > 0) {
        query_desk_withdraw(unit, bigint_list_array(&turn->withdraw_visitors),
                            text_list_array(&turn->withdraw_takers));
    }
}

static void turn_save_receipts(struct turn *turn)
{
    struct unit *unit = turn->unit;
    if (turn->heard.count > 0) {
        query_desk_inbound_add(unit, text_list_array(&turn->heard));
    }
    if (turn->received_messages.count > 0) {
        query_outbox_delivered(unit, text_list_array(&turn->received_messages),
                               text_list_array(&turn->received_recipients));
    }
    if (turn->delivered_ids.count > 0) {
        turn->delivered = query_desk_delivered(unit, bigint_list_array(&turn->delivered_visitors),
                                               text_list_array(&turn->delivered_ids));
    }
    if (turn->read_ids.count > 0) {
        query_desk_read(unit, bigint_list_array(&turn->read_persons), bigint_list_array(&turn->read_visitors),
                        text_list_array(&turn->read_ids));
    }
    if (turn->displayed_ids.count > 0) {
        turn->displayed = query_desk_displayed(unit, bigint_list_array(&turn->displayed_visitors),
                                               text_list_array(&turn->displayed_ids));
    }
}

static enum db_status turn_save(struct turn *turn)
{
    turn_save_messages(turn);
    turn_save_conversations(turn);
    turn_save_receipts(turn);
    if (turn->touched.count > 0) {
        turn->pending = query_outbox_pending(turn->unit, text_list_array(&turn->touched), OUTBOX_WINDOW);
    }
    return unit_commit(turn->unit);
}

/* What concerns the whole turn is said of its first job and of how many followed it. */
static const char *turn_request(struct arena *arena, struct desk_job *const *jobs, size_t count)
{
    return count == 1 ? jobs[0]->request : arena_printf(arena, "%s+%zu", jobs[0]->request, count - 1);
}

enum db_status turn_run(struct desk_lane *lane, struct desk_job **jobs, size_t count)
{
    struct arena *arena = arena_new();
    const char *request = turn_request(arena, jobs, count);
    struct identity identity = desk_identity(lane->desk);
    log_set_request(request);
    struct turn turn = {.desk = lane->desk,
                        .lane = lane,
                        .arena = arena,
                        .epoch = atomic_load(&lane->desk->open_epoch),
                        .seen = &nothing_seen,
                        .staff = &no_staff,
                        .references = &no_references,
                        .unit = unit_begin(lane->db, arena, &identity)};
    enum db_status status = turn_load(&turn, jobs, count);
    if (status != DB_OK) {
        unit_abandon(turn.unit);
    } else {
        for (size_t i = 0; i < count; i++) {
            log_set_request(jobs[i]->request);
            log_debug("desk job=%s visitor=%lld", desk_job_word(jobs[i]->kind), (long long)jobs[i]->visitor);
            turn_decide(&turn, jobs[i]);
        }
        log_set_request(request);
        status = turn_save(&turn);
    }
    if (status == DB_OK) {
        emit_turn(&turn);
    }
    log_set_request(NULL);
    arena_free(arena);
    return status;
}
