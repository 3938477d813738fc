/* emit: what a turn sends once it is committed. First answers and signals, then rows of the outbox in the
 * order of their ids within each channel, last what has to come after them.
 *
 * Prosody handles one stanza after the other, and each costs it more than all of a turn costs us. So that
 * the two sides of a conversation wait for no more of them than need be,
 *
 * - receipts to visitors follow what goes to staff; but they precede what goes to a visitor, whose widget
 *   puts what it hears above its own messages that are not receipted yet;
 * - the marker that an agent's client has got a visitor's message travels in the message to that visitor that
 *   goes out in the same turn, the agent's answer most of the time. Only to visitors: the widget is ours. A
 *   customer's client may be any, and gets the marker as a message of its own. */
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/metric.h"
#include "desk/turn.h"

static void emit_list(struct desk *desk, const struct emission_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        desk_send(desk, list->items[i].bytes, list->items[i].length);
    }
}

/* The sessions of the visitor whom a row is for, or NULL when none is known. */
static const struct sessions *emit_sessions(const struct turn *turn, const struct outbox_pending_row *row)
{
    long long visitor;
    if (!row->to_visitor || jid_record_number(row->channel, "visitor-", &visitor) != 0) {
        return NULL;
    }
    return pump_sessions(turn->lane->pump, visitor);
}

static bool emit_has_had(const struct turn *turn, const char *full, int64_t row)
{
    return pump_channel_has(pump_channel_find(turn->lane->pump, full), row);
}

/* A row for a visitor that goes out in this turn, and has not yet on this connection. */
static bool emit_goes_to_visitor(const struct turn *turn, const struct outbox_pending_row *row)
{
    const struct sessions *sessions = emit_sessions(turn, row);
    for (size_t i = 0; sessions != NULL && i < sessions->count; i++) {
        if (emit_has_had(turn, sessions->items[i].full, row->id)) {
            return false;
        }
    }
    return sessions != NULL;
}

/* `channel` NULL: to any visitor. */
static bool emit_speaks(const struct turn *turn, const char *channel)
{
    for (size_t i = 0; turn->pending != NULL && turn->epoch != 0 && i < turn->pending->count; i++) {
        const struct outbox_pending_row *row = &turn->pending->rows[i];
        if ((channel == NULL || strcmp(row->channel, channel) == 0) && emit_goes_to_visitor(turn, row)) {
            return true;
        }
    }
    return false;
}

/* Puts the marker off to the message that goes to the visitor anyway. */
static bool emit_marker_with_message(struct turn *turn, struct conversation *conversation, const char *id)
{
    if (conversation->customer || conversation->delivered != NULL ||
        !emit_speaks(turn, turn_contact(turn, conversation))) {
        return false;
    }
    conversation->delivered = id;
    return true;
}

/* A marker for the author of a message, under the id that their own client gave it. */
static void emit_marker(struct turn *turn, int64_t visitor, const char *client_id, const char *author,
                        bool has_person, int64_t person, bool displayed)
{
    struct conversation *conversation = turn_conversation(turn, visitor);
    const struct domains *domains = &turn->desk->settings.domains;
    const char *kind = displayed ? "displayed" : "received";
    const char *bytes = NULL;
    size_t length;
    if (conversation == NULL || client_id == NULL) {
        return;
    }
    bool to_visitor = strcmp(author, "visitor") == 0 && conversation->present;
    if (to_visitor && !displayed && emit_marker_with_message(turn, conversation, client_id)) {
        return;
    }
    if (to_visitor) {
        bytes = wire_marker(turn->arena, domains, "support", conversation->address, kind, client_id, &length);
    } else if (has_person && person == conversation->taker.id && displayed) {
        bytes = wire_marker(turn->arena, domains, turn_contact(turn, conversation),
                            turn_staff_address(turn, conversation->taker.username), kind, client_id, &length);
    } else if (has_person && person == conversation->taker.id) {
        bytes =
            wire_receipt(turn->arena, domains, turn_contact(turn, conversation),
                         turn_staff_address(turn, conversation->taker.username), client_id, NULL, &length);
    }
    if (bytes != NULL) {
        desk_send(turn->desk, bytes, length);
    }
}

static void emit_markers(struct turn *turn)
{
    for (size_t i = 0; turn->delivered != NULL && i < turn->delivered->count; i++) {
        const struct desk_delivered_row *row = &turn->delivered->rows[i];
        emit_marker(turn, row->visitor, row->client_id, row->author, row->has_person, row->person, false);
    }
    for (size_t i = 0; turn->displayed != NULL && i < turn->displayed->count; i++) {
        const struct desk_displayed_row *row = &turn->displayed->rows[i];
        emit_marker(turn, row->visitor, row->client_id, row->author, row->has_person, row->person, true);
    }
}

static void emit_presence(struct turn *turn)
{
    for (size_t i = 0; turn->watchers != NULL && i < turn->watchers->count; i++) {
        const struct desk_watchers_row *row = &turn->watchers->rows[i];
        const struct conversation *conversation = turn_conversation(turn, row->visitor);
        size_t length;
        const char *bytes =
            turn_presence(turn, conversation, turn_staff_address(turn, row->username), &length);
        desk_send(turn->desk, bytes, length);
    }
}

/* To the visitor: who has the conversation, and whether they are there. */
static void emit_agents(struct turn *turn)
{
    for (size_t i = 0; i < turn->conversation_count; i++) {
        const struct conversation *conversation = &turn->conversations[i];
        size_t length;
        if (!conversation->agent_changed || !conversation->present) {
            continue;
        }
        const char *bytes = turn_agent_presence(turn, conversation, conversation->address, &length);
        desk_send(turn->desk, bytes, length);
    }
}

/* Before the first message of a visitor to somebody on this connection: the contact, named and in its group,
 * with presence. */
static void emit_introduction(struct turn *turn, const struct outbox_pending_row *row)
{
    long long visitor;
    /* A notice is for somebody who has the contact, or has just lost it. */
    if (row->notice != NULL || jid_record_number(row->sender, "visitor-", &visitor) != 0) {
        return;
    }
    if (!pump_introduce(turn->lane->pump, visitor, row->recipient)) {
        return;
    }
    const struct conversation *conversation = turn_conversation(turn, visitor);
    const struct domains *domains = &turn->desk->settings.domains;
    const char *name =
        conversation != NULL ? conversation->name : wire_visitor_name(turn->arena, visitor, NULL);
    size_t length;
    const char *bytes = wire_roster_set(turn->arena, domains, row->recipient, visitor, name,
                                        conversation != NULL && conversation->customer, &length);
    desk_send(turn->desk, bytes, length);
    if (conversation == NULL) {
        return;
    }
    bytes = turn_presence(turn, conversation, row->recipient, &length);
    desk_send(turn->desk, bytes, length);
}

/* Contacts leave the rosters of those who have not got the conversation; shown to them again, they are put
 * there again. */
static void emit_removals(struct turn *turn)
{
    for (size_t i = 0; i < turn->removed_visitors.count; i++) {
        int64_t visitor = turn->removed_visitors.values[i];
        const char *username = turn->removed_usernames.values[i];
        size_t length;
        const char *bytes =
            wire_roster_set(turn->arena, &turn->desk->settings.domains, turn_staff_address(turn, username),
                            visitor, NULL, false, &length);
        desk_send(turn->desk, bytes, length);
        pump_forget(turn->lane->pump, visitor, turn_staff_address(turn, username));
    }
}

static void emit_stall(struct desk_lane *lane, const char *channel)
{
    text_list_add_once(lane->stalled_arena, &lane->stalled, arena_strdup(lane->stalled_arena, channel));
}

/* What a row says, for `to`; NULL when it can never be sent: it must not hold up what follows. */
static const char *emit_write(struct turn *turn, const struct outbox_pending_row *row, const char *to,
                              const char *delivered, size_t *length)
{
    const struct domains *domains = &turn->desk->settings.domains;
    const char *bytes = wire_message(turn->arena, domains, row, to, delivered, length);
    if (bytes == NULL) {
        log_error("an outbox row is too large to send row=%lld", (long long)row->id);
    }
    return bytes;
}

/* Rows of one channel for one side, and what has become of them in this turn. */
struct emit_rows {
    const struct outbox_pending_row **items;
    size_t count;
    int64_t *sent;
    size_t sent_count;
    bool stalled; /* after a row that could not be sent nothing of the channel goes out */
};

/* `delivered` travels with the row `with`, the first that none of the visitor's sessions has had. */
static void emit_to_session(struct turn *turn, struct emit_rows *rows, const char *full,
                            const char *delivered, int64_t with)
{
    const int64_t now = metric_now();
    const struct pump_channel *known = pump_channel_find(turn->lane->pump, full);
    size_t length;
    if (pump_channel_is_overdue(known, now)) {
        pump_channel_set(turn->lane->pump, full, NULL, 0, now);
        known = NULL;
    }
    rows->sent_count = 0;
    for (size_t i = 0; i < rows->count; i++) {
        const struct outbox_pending_row *row = rows->items[i];
        bool has = pump_channel_has(known, row->id);
        if (!has && !rows->stalled) {
            const char *bytes = emit_write(turn, row, full, row->id == with ? delivered : NULL, &length);
            has = bytes == NULL ||
                  stream_send(turn->desk->settings.stream, turn->epoch, bytes, length) == STREAM_OK;
        }
        if (has) {
            rows->sent[rows->sent_count++] = row->id;
        }
        rows->stalled |= !has;
    }
    pump_channel_set(turn->lane->pump, full, rows->sent, rows->sent_count, now);
}

static void emit_to_visitor(struct turn *turn, struct emit_rows *rows)
{
    const struct sessions *sessions = rows->count == 0 ? NULL : emit_sessions(turn, rows->items[0]);
    long long visitor = 0;
    int64_t with = 0;
    if (sessions == NULL) {
        return;
    }
    jid_record_number(rows->items[0]->channel, "visitor-", &visitor);
    struct conversation *conversation = turn_conversation(turn, visitor);
    for (size_t i = rows->count; i-- > 0;) {
        if (emit_goes_to_visitor(turn, rows->items[i])) {
            with = rows->items[i]->id;
        }
    }
    for (size_t i = 0; i < sessions->count; i++) {
        emit_to_session(turn, rows, sessions->items[i].full,
                        conversation == NULL ? NULL : conversation->delivered, with);
    }
    if (conversation != NULL) {
        conversation->delivered = NULL;
    }
}

static bool emit_row_to_staff(struct turn *turn, const struct outbox_pending_row *row)
{
    size_t length;
    emit_introduction(turn, row);
    const char *bytes = emit_write(turn, row, row->recipient, NULL, &length);
    return bytes == NULL || flight_send(turn->desk->flight, turn->desk->settings.stream, turn->epoch, bytes,
                                        length, row->id) == STREAM_OK;
}

static void emit_to_staff(struct turn *turn, const char *channel, struct emit_rows *rows)
{
    const struct pump_channel *known = pump_channel_find(turn->lane->pump, channel);
    for (size_t i = 0; i < rows->count; i++) {
        const struct outbox_pending_row *row = rows->items[i];
        bool has = pump_channel_has(known, row->id) || (!rows->stalled && emit_row_to_staff(turn, row));
        if (has) {
            rows->sent[rows->sent_count++] = row->id;
        }
        rows->stalled |= !has;
    }
    pump_channel_set(turn->lane->pump, channel, rows->sent, rows->sent_count, metric_now());
}

static struct emit_rows emit_rows_new(struct arena *arena, size_t capacity)
{
    struct emit_rows rows = {0};
    rows.items = arena_array(arena, capacity, sizeof(const struct outbox_pending_row *));
    rows.sent = arena_array(arena, capacity, sizeof *rows.sent);
    return rows;
}

/* Sends a channel's rows from `first` on; returns the index after its last. A visitor who is not there does
 * not hold up what is for staff. */
static size_t emit_channel(struct turn *turn, size_t first)
{
    const struct outbox_pending_row *rows = turn->pending->rows;
    const char *channel = rows[first].channel;
    size_t end = first;
    while (end < turn->pending->count && strcmp(rows[end].channel, channel) == 0) {
        end++;
    }
    struct emit_rows staff = emit_rows_new(turn->arena, end - first),
                     visitor = emit_rows_new(turn->arena, end - first);
    for (size_t i = first; i < end; i++) {
        struct emit_rows *side = rows[i].to_visitor ? &visitor : &staff;
        side->items[side->count++] = &rows[i];
    }
    emit_to_staff(turn, channel, &staff);
    emit_to_visitor(turn, &visitor);
    if (staff.stalled || visitor.stalled) {
        emit_stall(turn->lane, channel);
    }
    return end;
}

static bool emit_is_pending(const struct turn *turn, const char *channel)
{
    for (size_t i = 0; i < turn->pending->count; i++) {
        if (strcmp(turn->pending->rows[i].channel, channel) == 0) {
            return true;
        }
    }
    return false;
}

/* A connection that opened while the turn was under way has been told of every channel that had something to
 * send when it opened (reconcile.c): what this turn has committed since is in none of them. */
static void emit_later(struct turn *turn)
{
    uint64_t now = atomic_load(&turn->desk->open_epoch);
    for (size_t i = 0; now != 0 && now != turn->epoch && i < turn->touched.count; i++) {
        desk_pump_channel(turn->desk, turn->touched.values[i]);
    }
}

/* Nothing of a channel is under way any more. */
static void emit_forget(struct turn *turn, const char *channel)
{
    long long visitor;
    pump_channel_set(turn->lane->pump, channel, NULL, 0, 0);
    if (jid_record_number(channel, "visitor-", &visitor) != 0) {
        return;
    }
    const struct sessions *sessions = pump_sessions(turn->lane->pump, visitor);
    for (size_t i = 0; sessions != NULL && i < sessions->count; i++) {
        pump_channel_set(turn->lane->pump, sessions->items[i].full, NULL, 0, 0);
    }
}

static void emit_outbox(struct turn *turn)
{
    /* Not the connection that is open by now: what was pending when the rows were read may since have been
     * found in an archive (reconcile.h). */
    if (turn->pending == NULL || turn->epoch == 0) {
        return;
    }
    for (size_t i = 0; i < turn->pending->count;) {
        i = emit_channel(turn, i);
    }
    for (size_t i = 0; i < turn->touched.count; i++) {
        if (!emit_is_pending(turn, turn->touched.values[i])) {
            emit_forget(turn, turn->touched.values[i]);
        }
    }
}

/* Channels whose rows were settled may have more than a window's worth waiting. */
static void emit_routed(struct turn *turn)
{
    struct text_list channels = {0};
    for (size_t i = 0; turn->routed != NULL && i < turn->routed->count; i++) {
        text_list_add_once(turn->arena, &channels, turn->routed->rows[i].channel);
    }
    for (size_t i = 0; i < channels.count; i++) {
        desk_pump_channel(turn->desk, channels.values[i]);
    }
}

void emit_turn(struct turn *turn)
{
    if (turn->epoch != 0) {
        pump_epoch(turn->lane->pump, turn->epoch);
    }
    bool speaks = emit_speaks(turn, NULL);
    emit_list(turn->desk, &turn->first);
    if (speaks) {
        emit_list(turn->desk, &turn->receipts);
    }
    emit_markers(turn);
    emit_presence(turn);
    emit_agents(turn);
    emit_outbox(turn);
    if (!speaks) {
        emit_list(turn->desk, &turn->receipts);
    }
    emit_later(turn);
    emit_removals(turn);
    emit_list(turn->desk, &turn->last);
    emit_routed(turn);
}

void emit_stalled(struct desk_lane *lane)
{
    struct arena *arena = lane->stalled_arena;
    struct text_list stalled = lane->stalled;
    lane->stalled_arena = arena_new();
    lane->stalled = (struct text_list){0};
    for (size_t i = 0; i < stalled.count; i++) {
        desk_pump_channel(lane->desk, stalled.values[i]);
    }
    arena_free(arena);
}
