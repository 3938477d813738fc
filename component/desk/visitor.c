#include "desk/visitor.h"

#include "command/reply.h"
#include "command/role.h"
#include "command/target.h"
#include "queries.h"

static const char *presence_words(const struct visitor_show_row *visitor)
{
    return !visitor->present ? "Has left" : visitor->away ? "Away" : "Here now";
}

/* Of a conversation that the caller was only shown, there is nothing to see but that it waits. */
static const char *conversation_words(struct arena *arena, const struct visitor_show_row *visitor)
{
    if (visitor->taker != NULL) {
        return arena_printf(arena, "With %s", visitor->taker);
    }
    return visitor->state != NULL || visitor->present ? "Waits for an answer" : "Over";
}

static enum verdict visitor_show(struct call *call, const struct args *args, struct reply *reply)
{
    const struct visitor_show *visitors =
        query_visitor_show(call->unit, args->target, call->person->time_zone);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (visitors->count == 0) {
        return target_refuse_absent(call, args->target, reply);
    }
    const struct visitor_show_row *visitor = &visitors->rows[0];
    reply_title(reply, "Visitor %lld", (long long)args->target);
    reply_field(reply, "name", "Name", PARAM_TEXT, visitor->name);
    reply_field(reply, "kind", "Who", PARAM_TEXT,
                visitor->customer ? "A customer with an account" : "A visitor of the website");
    reply_field(reply, "presence", "There", PARAM_TEXT, presence_words(visitor));
    reply_field(reply, "place", "On the website", PARAM_TEXT, visitor->place);
    reply_field(reply, "conversation", "Conversation", PARAM_TEXT, conversation_words(call->arena, visitor));
    reply_field(reply, "last", "Wrote last", PARAM_DATE, visitor->last);
    reply_field(reply, "first", "First here", PARAM_DATE, visitor->first);
    return VERDICT_DONE;
}

static const char *const show_examples[] = {"visitor 17", NULL};

const struct command visitor_commands[] = {
    {.name = "visitor.show",
     .summary = "Show who a visitor is, and who talks to them.",
     .examples = show_examples,
     .roles = ROLE_ADMIN | ROLE_MANAGER | ROLE_SALES,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_READ,
     .target = TARGET_VISITOR,
     .run = visitor_show},
    {.name = NULL},
};
