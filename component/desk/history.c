/* history: what was said, for the visitor who comes back (XEP-0313 version 2, with XEP-0059 paging), served
 * by crmd at support@crm.D.
 *
 * The archive id of a message is its sequence in the conversation. Everything is rebuilt from values: a
 * visitor sees their own messages under their own ids, and all others as from support@crm.D. */
#include <string.h>

#include "base/uuid.h"
#include "desk/history_query.h"
#include "desk/turn.h"
#include "xmpp/namespaces.h"

static void history_write_message(struct xml *xml, const struct desk *desk, const struct arena *arena,
                                  const struct stanza *stanza, const struct desk_history_row *row)
{
    (void)arena;
    bool own = strcmp(row->author, "visitor") == 0;
    xml_open(xml, "message", NS_CLIENT);
    xml_attribute(xml, "from", own ? stanza->from.bare : stanza->to.bare);
    xml_attribute(xml, "to", own ? stanza->to.bare : stanza->from.bare);
    xml_attribute(xml, "type", "chat");
    xml_attribute(xml, "id", own && row->client_id != NULL ? row->client_id : row->id);
    xml_leaf(xml, "body", NULL, row->body);
    if (row->replaces != NULL) {
        xml_open(xml, "replace", NS_CORRECT);
        xml_attribute(xml, "id", row->replaces);
        xml_close(xml);
    }
    if (row->nick != NULL) {
        xml_leaf(xml, "nick", NS_NICK, row->nick);
    }
    if (row->notice != NULL) {
        xml_open(xml, "notice", NS_CRM);
        xml_attribute(xml, "kind", row->notice);
        xml_close(xml);
    }
    xml_close(xml);
    (void)desk;
}

static void history_send_row(struct desk *desk, struct arena *arena, const struct stanza *stanza,
                             const struct history_query *query, const struct desk_history_row *row)
{
    size_t length;
    struct xml *xml = xml_new(arena);
    xml_open(xml, "message", NULL);
    xml_attribute(xml, "from", stanza->to.bare);
    xml_attribute(xml, "to", stanza->from.full);
    xml_attribute(xml, "id", uuid_new(arena));
    xml_open(xml, "result", NS_MAM);
    xml_attribute(xml, "queryid", query->query_id);
    xml_attribute_number(xml, "id", row->sequence);
    xml_open(xml, "forwarded", NS_FORWARD);
    xml_open(xml, "delay", NS_DELAY);
    xml_attribute(xml, "stamp", row->stamp);
    xml_close(xml);
    history_write_message(xml, desk, arena, stanza, row);
    xml_close(xml);
    xml_close(xml);
    xml_close(xml);
    const char *bytes = xml_finish(xml, &length);
    desk_send(desk, bytes, length);
}

static void history_send_end(struct desk *desk, struct arena *arena, const struct stanza *stanza,
                             const struct desk_history *page, const struct desk_history_size *size)
{
    size_t length;
    struct xml *xml = xml_new(arena);
    int64_t inside = size->count == 1 ? size->rows[0].inside : 0;
    stanza_open_result(xml, stanza);
    xml_open(xml, "fin", NS_MAM);
    xml_attribute(xml, "complete", (int64_t)page->count >= inside ? "true" : "false");
    xml_open(xml, "set", NS_RSM);
    if (page->count > 0) {
        xml_leaf(xml, "first", NULL, arena_printf(arena, "%lld", (long long)page->rows[0].sequence));
        xml_leaf(xml, "last", NULL,
                 arena_printf(arena, "%lld", (long long)page->rows[page->count - 1].sequence));
    }
    xml_leaf(xml, "count", NULL,
             arena_printf(arena, "%lld", size->count == 1 ? (long long)size->rows[0].count : 0LL));
    xml_close(xml);
    xml_close(xml);
    xml_close(xml);
    const char *bytes = xml_finish(xml, &length);
    desk_send(desk, bytes, length);
}

enum db_status history_answer(struct desk_lane *lane, const struct desk_job *job)
{
    struct arena *arena = job->arena;
    struct history_query query;
    if (history_query_read(job->stanza.root, &query) != 0) {
        size_t length;
        const char *bytes =
            wire_error(arena, &job->stanza, STANZA_ITEM_NOT_FOUND, "The archive has no such entry.", &length);
        desk_send(lane->desk, bytes, length);
        return DB_OK;
    }
    struct identity identity = desk_identity(lane->desk);
    struct unit *unit = unit_begin(lane->db, arena, &identity);
    const int64_t *after = query.has_after ? &query.after : NULL,
                  *before = query.has_before ? &query.before : NULL;
    const struct desk_history *page =
        query_desk_history(unit, job->visitor, after, before, query.newest, query.max);
    const struct desk_history_size *size = query_desk_history_size(unit, job->visitor, after, before);
    enum db_status status = unit_commit(unit);
    for (size_t i = 0; status == DB_OK && i < page->count; i++) {
        history_send_row(lane->desk, arena, &job->stanza, &query, &page->rows[i]);
    }
    if (status == DB_OK) {
        history_send_end(lane->desk, arena, &job->stanza, page, size);
    }
    return status;
}
