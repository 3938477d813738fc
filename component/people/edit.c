/* user.edit: an Admin puts right what was typed wrong of a member of staff. The user name stays: it is the
 * address that colleagues' clients know. */
#include <string.h>

#include "base/text.h"
#include "command/current.h"
#include "command/reply.h"
#include "command/type.h"
#include "people/people.h"
#include "people/zone.h"
#include "queries.h"

static enum verdict refuse_gone(struct reply *reply)
{
    return reply_refuse(reply, REFUSAL_NOT_FOUND, "person", "There is no such person any more.");
}

static enum verdict current_person(struct call *call, const struct args *args, struct current *current)
{
    if (current->lock) {
        query_people_lock(call->unit, args->target);
    }
    const struct people_details *found = query_people_details(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (found->count > 0) {
        const struct people_details_row *row = &found->rows[0];
        current_put(current, CURRENT_SUBJECT, arena_printf(call->arena, "%s (%s)", row->name, row->username));
        current_put(current, "name", row->name);
        current_put(current, "email", row->email);
        current_put(current, "phone", current_phone(call->arena, row->phone));
        current_put(current, "time_zone", row->time_zone);
    }
    return VERDICT_DONE;
}

static bool gives(const struct value *value)
{
    return value->present || value->cleared;
}

/* What query_people_edit() makes of a parameter: NULL stays, "" takes away. */
static const char *change_of(const struct value *value)
{
    return value->cleared ? "" : value->text;
}

/* "Name: Asha Rao (was Asha Roa)", where it is another one. */
static void say_change(struct call *call, const char *label, enum param_type type, const char *before,
                       const char *after, struct text *text)
{
    if (strcmp(before == NULL ? "" : before, after == NULL ? "" : after) == 0) {
        return;
    }
    text_addf(text, "\n%s: %s (was %s)", label, after == NULL ? "none" : type_show(call->arena, type, after),
              before == NULL ? "none" : type_show(call->arena, type, before));
}

static void say_changes(struct call *call, const struct people_details_row *before,
                        const struct people_details_row *after, struct reply *reply)
{
    struct text text = text_new(call->arena);
    say_change(call, "Name", PARAM_TEXT, before->name, after->name, &text);
    say_change(call, "Email", PARAM_EMAIL, before->email, after->email, &text);
    say_change(call, "Phone", PARAM_PHONE, before->phone, after->phone, &text);
    say_change(call, "Time zone", PARAM_TEXT, before->time_zone, after->time_zone, &text);
    if (text.length == 0) {
        reply_say(reply, "%s (%s) is like that already.", after->name, after->username);
    } else {
        reply_say(reply, "%s (%s) is changed.%s", after->name, after->username, text.data);
    }
}

/* True when there is nothing to do: the reply says so. */
static bool gives_nothing(const struct args *args, struct reply *reply, enum verdict *verdict)
{
    if (gives(args_get(args, "name")) || gives(args_get(args, "email")) || gives(args_get(args, "phone")) ||
        gives(args_get(args, "time_zone"))) {
        return false;
    }
    *verdict = VERDICT_DONE;
    if (args->kept) {
        reply_say(reply, "Nothing was changed in the form: it stays as it was.");
    } else {
        *verdict = reply_refuse(reply, REFUSAL_MISSING, NULL,
                                "What should change? Give a field and its value, such as: user edit priya "
                                "name Priya Nair. A value of - takes an email or a phone away.");
    }
    return true;
}

static enum verdict run_edit(struct call *call, const struct args *args, struct reply *reply)
{
    const struct value *zone = args_get(args, "time_zone");
    const char *canonical = NULL;
    enum verdict verdict;
    if (gives_nothing(args, reply, &verdict)) {
        return verdict;
    }
    if (zone->present) {
        verdict = zone_find(call, "time_zone", "Time zone", zone->text, reply, &canonical);
        if (verdict != VERDICT_DONE) {
            return verdict;
        }
    }
    query_people_lock(call->unit, args->target);
    const struct people_details *before = query_people_details(call->unit, args->target);
    query_people_edit(call->unit, args->target, args_get(args, "name")->text,
                      change_of(args_get(args, "email")), change_of(args_get(args, "phone")), canonical);
    const struct people_details *after = query_people_details(call->unit, args->target);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (before->count == 0 || after->count == 0) {
        return refuse_gone(reply);
    }
    say_changes(call, &before->rows[0], &after->rows[0], reply);
    return VERDICT_DONE;
}

/* ---- the row */

static const char *const name_words[] = {"called", NULL};
static const char *const email_words[] = {"mail", "e-mail", "mail id", "email id", NULL};
static const char *const phone_words[] = {"ph",        "ph no",    "mob",          "mobile",
                                          "mobile no", "phone no", "phone number", NULL};
static const char *const zone_words[] = {"time zone", "timezone", "zone", NULL};

static const struct param edit_params[] = {
    {.name = "name",
     .label = "Name",
     .hint = "What colleagues see, such as Asha Rao",
     .type = PARAM_TEXT,
     .limit = 120,
     .words = name_words},
    {.name = "email",
     .label = "Email",
     .hint = "Such as asha@example.in; - for none",
     .type = PARAM_EMAIL,
     .flags = PARAM_CLEARS,
     .words = email_words},
    {.name = "phone",
     .label = "Phone",
     .hint = "Such as +91 98765 43210; - for none",
     .type = PARAM_PHONE,
     .flags = PARAM_CLEARS,
     .words = phone_words},
    {.name = "time_zone",
     .label = "Time zone",
     .hint = "Such as Asia/Kolkata or Berlin",
     .type = PARAM_TEXT,
     .limit = 60,
     .words = zone_words},
    {.name = NULL},
};

static const char *const edit_examples[] = {
    "user edit priya name Priya Nair",
    "rename user priya to Priya Nair",
    "user edit priya phone=\"+91 98765 43210\" email=-",
    NULL,
};

static const struct wording edit_wordings[] = {
    {"rename user * to *", "user edit * name *", false},
    {"rename member * to *", "user edit * name *", false},
    {"change name of * to *", "user edit * name *", false},
    {"change the name of * to *", "user edit * name *", false},
    {"rename * to *", "user edit * name *", true},
    {NULL, NULL, false},
};

static const char *const edit_verbs[] = {"change", "correct", "update", NULL};

const struct command user_edit_commands[] = {
    {.name = "user.edit",
     .wordings = edit_wordings,
     .verbs = edit_verbs,
     .summary = "Change what is known of a member of staff, such as the name.",
     .examples = edit_examples,
     .roles = ROLE_ADMIN,
     .audience = ROLE_ADMIN | ROLE_MANAGER,
     .effect = EFFECT_WRITE,
     .target = TARGET_PERSON,
     .params = edit_params,
     .run = run_edit,
     .current = current_person},
    {.name = NULL},
};
