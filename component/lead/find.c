#include <ctype.h>
#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "lead/field.h"
#include "lead/filter.h"
#include "lead/lead.h"
#include "lead/rows.h"
#include "lead/saved.h"
#include "lead/words.h"

#define FIND_PAGE    10
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

/* What follows a page, or what to do for more than was looked at. */
static void put_end(struct call *call, const struct args *args, const struct lead_find *leads, bool whole,
                    struct reply *reply)
{
    if (leads->count > FIND_PAGE) {
        reply_more(reply, args, arena_printf(call->arena, "%lld", (long long)leads->rows[FIND_PAGE - 1].id));
    } else if (!whole) {
        reply_say(reply, MORE_LETTERS);
    } else if (leads->rows[0].cut) {
        reply_say(reply, FEWER);
    }
}

/* A person's names for what they ask for often come before words of leads. */
static bool asks_only_text(const struct args *args)
{
    for (size_t i = 0; args->params[i].name != NULL; i++) {
        if (args->values[i].present && strcmp(args->params[i].name, "text") != 0) {
            return false;
        }
    }
    return true;
}

static enum verdict say_none(struct call *call, const char *shown, const int64_t *after, bool whole,
                             bool narrowed, struct reply *reply)
{
    const struct command_target_any_lead *mark =
        after == NULL ? NULL : query_command_target_any_lead(call->unit, *after);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (mark != NULL && mark->count == 0) {
        reply_say(reply, LEAD_LIST_CHANGED);
    } else if (after != NULL) {
        reply_say(reply, "There is no further lead with “%s” in its name, email or phone.", shown);
    } else if (narrowed) {
        reply_say(reply, "There is no lead like this with “%s” in its name, email or phone.", shown);
    } else {
        reply_say(reply,
                  whole ? "There is no lead with “%s” in its name, email or phone."
                        : "No name begins with “%s”, and the newest leads do not have it. " MORE_LETTERS,
                  shown);
    }
    return VERDICT_DONE;
}

static void put_title(const struct lead_find *leads, const char *shown, const int64_t *after,
                      struct reply *reply)
{
    if (after != NULL) {
        reply_title(reply, "Leads with “%s”, continued", shown);
    } else if (leads->rows[0].nearly) {
        reply_title(reply, "No lead has “%s”. These are similar", shown);
    } else {
        reply_title(reply, "Leads with “%s”", shown);
    }
}

static enum verdict put_rows(struct call *call, const struct lead_filter *filter,
                             const struct lead_find *leads, struct reply *reply)
{
    int64_t *ids = arena_array(call->arena, leads->count + 1, sizeof *ids);
    for (size_t i = 0; i < leads->count; i++) {
        ids[i] = leads->rows[i].id;
    }
    const struct lead_values_shown *values =
        lead_fields_read_shown(call, filter->shown, (struct bigint_array){ids, leads->count});
    for (size_t i = 0; values != NULL && i < leads->count && i < FIND_PAGE; i++) {
        const struct lead_find_row *lead = &leads->rows[i];
        const char *number = arena_printf(call->arena, "%lld", (long long)lead->id);
        const char *const cells[] = {number,       lead->name,
                                     lead->status, lead->assignee_name,
                                     lead->phone,  lead->nearly ? "similar" : NULL};
        reply_row(reply, arena_printf(call->arena, "lead-%s", number),
                  lead_fields_cells(call, cells, sizeof cells / sizeof cells[0], values, lead->id));
    }
    return values == NULL ? VERDICT_FAILED : VERDICT_DONE;
}

/* The only one that has it is what "it" means next. */
static void put_about(struct call *call, const struct lead_find *leads, struct reply *reply)
{
    if (leads->count == 1 || (leads->count > 1 && !leads->rows[0].nearly && leads->rows[1].nearly)) {
        reply_about(reply, TARGET_LEAD, leads->rows[0].id);
        reply_next(reply, arena_printf(call->arena, "lead %lld", (long long)leads->rows[0].id));
    }
}

enum verdict lead_find(struct call *call, const struct args *args, struct reply *reply)
{
    struct lead_filter filter;
    const char *text = args_get(args, "text")->text;
    const struct value *after = args_get(args, "after");
    const char *shown = text_shorten(call->arena, text, 40);
    bool only_text = asks_only_text(args);
    enum verdict verdict = VERDICT_DONE;
    if (only_text && saved_run_named(call, text, reply, &verdict)) {
        return verdict;
    }
    verdict = lead_filter_read(call, args, &filter, reply);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    filter.after = after->present ? &after->number : NULL;
    const char *list =
        lead_filter_list(call, &filter, "best", text_lower(call->arena, text), digits_of(call->arena, text));
    const struct lead_find *leads = query_lead_find(call->unit, list, filter.after, FIND_PAGE + 1);
    const struct lead_find_whole *looked = query_lead_find_whole(call->unit, text);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    bool whole = looked->rows[0].whole;
    if (leads->count == 0) {
        return say_none(call, shown, filter.after, whole, !only_text, reply);
    }
    put_title(leads, shown, filter.after, reply);
    verdict = put_rows(call, &filter, leads, reply);
    put_end(call, args, leads, whole, reply);
    put_about(call, leads, reply);
    return verdict;
}

const struct param lead_find_params[] = {
    {.name = "text",
     .label = "Text",
     .hint = "A part of the name, the email or the phone, such as asha",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED | PARAM_REST,
     .limit = 100},
    LEAD_FILTERS(PARAM_NAMED, NULL, lead_words_owner_named, 0, NULL, NULL, lead_words_sort_named),
    {.name = "after",
     .label = "After lead",
     .hint = "Goes on behind the lead of this number",
     .type = PARAM_NUMBER,
     .flags = PARAM_CURSOR},
    {.name = NULL},
};

const struct column lead_find_columns[] = {
    {"number", "Number", PARAM_NUMBER}, {"name", "Name", PARAM_TEXT},
    {"status", "Status", PARAM_TEXT},   {"assignee", "Assigned to", PARAM_TEXT},
    {"phone", "Phone", PARAM_PHONE},    {"match", "Match", PARAM_TEXT},
    {NULL, NULL, PARAM_TEXT},
};

const char *const lead_find_examples[] = {"find asha", "lead asha rao", "lead find 98765",
                                          "find rao from linkedin, sorted by budget", NULL};
