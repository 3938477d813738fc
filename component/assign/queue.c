/* Many leads at once, and the queue in which they wait for whoever is free. */
#include <string.h>

#include "assign/rows.h"
#include "assign/weigh.h"
#include "base/text.h"
#include "lead/lead.h"
#include "lead/words.h"
#include "queries.h"

#define TAG_LIMIT  30
#define AT_ONCE    10000 /* leads: one statement, some seconds at most */
#define QUEUE_SEEN 20

struct wanted {
    const char *source, *tag;
    const int64_t *import;
};

static struct wanted read_wanted(struct call *call, const struct args *args)
{
    const struct value *tag = args_get(args, "tag");
    const struct value *import = args_get(args, "import");
    return (struct wanted){.source = args_get(args, "source")->text,
                           .tag = tag->present ? text_lower(call->arena, tag->text + strspn(tag->text, "#"))
                                               : NULL,
                           .import = import->present ? &import->number : NULL};
}

static const char *leads_word(struct arena *arena, int64_t count)
{
    return arena_printf(arena, "%lld lead%s", (long long)count, count == 1 ? "" : "s");
}

/* Who is there to take leads, in a sentence. NULL: the unit failed. */
static const char *who_is_free(struct call *call)
{
    struct assign_candidates all;
    int64_t people = 0;
    int64_t room = 0;
    if (!assign_weigh_all(call->unit, call->arena, &all)) {
        return NULL;
    }
    for (size_t i = 0; i < all.count; i++) {
        people += all.list[i].free;
        room += all.list[i].free ? all.list[i].room : 0;
    }
    return people == 0
               ? "No Sales Person with room for one is here now."
               : arena_printf(call->arena, "%lld Sales %s here, with room for %lld.", (long long)people,
                              people == 1 ? "Person is" : "Persons are", (long long)room);
}

enum verdict queue_distribute_warns(struct call *call, const struct args *args, const char **warning)
{
    const struct wanted wanted = read_wanted(call, args);
    const struct assign_free_leads *found =
        query_assign_free_leads(call->unit, wanted.source, wanted.tag, wanted.import, AT_ONCE);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (found->rows[0].count > 0) {
        const char *free = who_is_free(call);
        if (free == NULL) {
            return VERDICT_FAILED;
        }
        *warning = arena_printf(call->arena, "It is about %s, the oldest first. %s",
                                leads_word(call->arena, found->rows[0].count), free);
    }
    return VERDICT_DONE;
}

enum verdict queue_distribute(struct call *call, const struct args *args, struct reply *reply)
{
    const struct wanted wanted = read_wanted(call, args);
    const struct assign_queue *queued =
        query_assign_queue(call->unit, wanted.source, wanted.tag, wanted.import, AT_ONCE);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (queued->rows[0].added == 0) {
        return reply_refuse(
            reply, REFUSAL_STATE, NULL,
            "There is no such lead that is nobody's and does not wait already. Say “queue” for "
            "those that wait.");
    }
    query_job_put(call->unit, "assign.drain", "all", "now", NULL, "{}");
    const char *free = who_is_free(call);
    if (free == NULL) {
        return VERDICT_FAILED;
    }
    reply_say(reply,
              "%s on the way to whoever is free, the oldest first. %s The rest follows as people come or "
              "have fewer.",
              arena_printf(call->arena, "%s %s", leads_word(call->arena, queued->rows[0].added),
                           queued->rows[0].added == 1 ? "is" : "are"),
              free);
    reply_next(reply, "queue");
    return VERDICT_DONE;
}

/* ---- what waits */

const struct column queue_columns[] = {{"lead", "Lead", PARAM_NUMBER},
                                       {"name", "Name", PARAM_TEXT},
                                       {"source", "Source", PARAM_TEXT},
                                       {NULL, NULL, PARAM_TEXT}};

enum verdict queue_list(struct call *call, const struct args *args, struct reply *reply)
{
    (void)args;
    const struct assign_waiting_list *waiting = query_assign_waiting_list(call->unit, QUEUE_SEEN);
    const char *free = who_is_free(call);
    if (free == NULL) {
        return VERDICT_FAILED;
    }
    if (waiting->count == 0) {
        reply_say(reply, "No lead waits. %s", free);
        return VERDICT_DONE;
    }
    reply_say(reply, "%s %s for somebody who is free. %s",
              leads_word(call->arena, waiting->rows[0].all_of_them),
              waiting->rows[0].all_of_them == 1 ? "waits" : "wait", free);
    reply_title(reply, "The first that go");
    for (size_t i = 0; i < waiting->count; i++) {
        const struct assign_waiting_list_row *row = &waiting->rows[i];
        const char *number = arena_printf(call->arena, "%lld", (long long)row->lead);
        const char *cells[] = {number, row->name, row->source};
        reply_row(reply, number, cells);
    }
    return VERDICT_DONE;
}

enum verdict queue_clear(struct call *call, const struct args *args, struct reply *reply)
{
    (void)args;
    const struct affected *cleared = query_assign_queue_clear(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (cleared->count == 0) {
        return reply_refuse(reply, REFUSAL_STATE, NULL, "No lead waits.");
    }
    reply_say(reply, "%s wait%s no more, and stay%s nobody's.",
              leads_word(call->arena, (int64_t)cleared->count), cleared->count == 1 ? "s" : "",
              cleared->count == 1 ? "s" : "");
    reply_next(reply, "leads unassigned");
    return VERDICT_DONE;
}

/* ---- the parameters */

static const char *const tag_words[] = {"tagged", "with tag", NULL};
static const char *const import_words[] = {"of import", "from import", "import", NULL};

const struct param queue_distribute_params[] = {
    {.name = "source",
     .label = "Source",
     .hint = "Only leads from there",
     .type = PARAM_CHOICE,
     .flags = PARAM_SOURCE,
     .choices = lead_sources,
     .words = lead_words_source},
    {.name = "tag",
     .label = "Tag",
     .hint = "Only leads with this tag, such as excel",
     .type = PARAM_TEXT,
     .limit = TAG_LIMIT,
     .words = tag_words},
    {.name = "import",
     .label = "Import",
     .hint = "Only leads that this import has added, by its number",
     .type = PARAM_NUMBER,
     .words = import_words},
    {.name = NULL},
};
