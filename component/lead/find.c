#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "lead/rows.h"

#define FIND_PAGE    10
#define FIND_MOST    100
#define FEWER        "There are more: say more of the name."
#define MORE_LETTERS "Say three letters or more to look through all leads."

/* The digits of what looks like a telephone number, or NULL: at least four, and nothing but what is written
 * between them. */
static const char *digits_of(struct arena *arena, const char *text)
{
    struct text digits = text_new(arena);
    if (text[strspn(text, "+0123456789 -.()/")] != '\0') {
        return NULL;
    }
    for (const char *c = text; *c != '\0'; c++) {
        if (isdigit((unsigned char)*c) && (digits.length > 0 || *c != '0')) {
            text_add_char(&digits, *c);
        }
    }
    return digits.length >= 4 ? digits.data : NULL;
}

/* What follows a page, or what to do for more than pages give. */
static void put_end(struct call *call, const struct args *args, bool goes_on, size_t seen, bool whole,
                    struct reply *reply)
{
    if (goes_on && seen < FIND_MOST) {
        reply_more(reply, args, arena_printf(call->arena, "%zu", seen));
    } else if (goes_on) {
        reply_say(reply, FEWER);
    } else if (!whole) {
        reply_say(reply, MORE_LETTERS);
    }
}

enum verdict lead_find(struct call *call, const struct args *args, struct reply *reply)
{
    const char *text = args_get(args, "text")->text;
    const struct value *after = args_get(args, "after");
    const size_t seen = after->present && after->number > 0 ? (size_t)after->number : 0;
    if (seen > FIND_MOST) {
        return reply_refuse(reply, REFUSAL_INVALID, "after", "Seen: at most 100 are shown. " FEWER);
    }
    const struct lead_find *leads =
        query_lead_find(call->unit, text_lower(call->arena, text), digits_of(call->arena, text),
                        (int64_t)seen + FIND_PAGE + 1);
    const struct lead_find_whole *looked = query_lead_find_whole(call->unit, text);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const char *shown = text_shorten(call->arena, text, 40);
    bool whole = looked->rows[0].whole;
    if (leads->count == 0) {
        reply_say(reply,
                  whole ? "There is no lead with “%s” in its name, email or phone."
                        : "No name begins with “%s”, and the newest leads do not have it. " MORE_LETTERS,
                  shown);
        return VERDICT_DONE;
    }
    if (leads->count <= seen) {
        reply_say(reply, "There is no further lead with “%s” in its name, email or phone.", shown);
        return VERDICT_DONE;
    }
    reply_title(reply, "Leads with “%s”%s", shown, seen > 0 ? ", continued" : "");
    for (size_t i = seen; i < leads->count && i < seen + FIND_PAGE; i++) {
        const struct lead_find_row *lead = &leads->rows[i];
        const char *number = arena_printf(call->arena, "%lld", (long long)lead->id);
        const char *cells[] = {number, lead->name, lead->status, lead->assignee_name, lead->phone};
        reply_row(reply, arena_printf(call->arena, "lead-%s", number), cells);
    }
    put_end(call, args, leads->count > seen + FIND_PAGE, seen + FIND_PAGE, whole, reply);
    if (leads->count == 1) {
        reply_about(reply, TARGET_LEAD, leads->rows[0].id);
        reply_next(reply, arena_printf(call->arena, "lead %lld", (long long)leads->rows[0].id));
    }
    return VERDICT_DONE;
}

const struct param lead_find_params[] = {
    {.name = "text",
     .label = "Text",
     .hint = "A part of the name, the email or the phone, such as asha",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED | PARAM_REST,
     .limit = 100},
    {.name = "after",
     .label = "Seen",
     .hint = "Goes on behind so many that were shown",
     .type = PARAM_NUMBER,
     .flags = PARAM_CURSOR},
    {.name = NULL},
};

const struct column lead_find_columns[] = {
    {"number", "Number", PARAM_NUMBER}, {"name", "Name", PARAM_TEXT},
    {"status", "Status", PARAM_TEXT},   {"assignee", "Assigned to", PARAM_TEXT},
    {"phone", "Phone", PARAM_PHONE},    {NULL, NULL, PARAM_TEXT},
};

const char *const lead_find_examples[] = {"find asha", "lead asha rao", "lead find 98765", NULL};
