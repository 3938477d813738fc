#include "lead/undo.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "command/reply.h"
#include "command/role.h"
#include "command/table.h"
#include "command/target.h"
#include "lead/rows.h"
#include "lead/saved.h"
#include "queries.h"

/* Whether the request did nothing, or that was taken back: "7 won" of a lead that is won already. All that a
 * row with values to begin with changes is the lead itself, so it is in the plan. */
static enum verdict check_nothing(struct call *call, const struct command *row, const char *request,
                                  bool *nothing)
{
    *nothing = false;
    if (row->target != TARGET_LEAD || row->current == NULL) {
        return VERDICT_DONE;
    }
    const struct undo_plan *plan = query_undo_plan(call->unit, request);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    *nothing = plan->count == 0;
    return VERDICT_DONE;
}

/* The last request that changed something; NULL when there was none. */
static enum verdict find_change(struct call *call, const struct undo_requests *done,
                                const struct undo_requests_row **change)
{
    *change = NULL;
    for (size_t i = 0; i < done->count; i++) {
        const struct command *row = command_table_find(call->table, done->rows[i].command);
        bool nothing = true;
        if (row != NULL && row->effect != EFFECT_READ &&
            check_nothing(call, row, done->rows[i].request, &nothing) != VERDICT_DONE) {
            return VERDICT_FAILED;
        }
        if (!nothing) {
            *change = &done->rows[i];
            return VERDICT_DONE;
        }
    }
    return VERDICT_DONE;
}

/* What the two rows take back, and how they say it. */
struct taking {
    const char *name; /* of the row */
    bool undoes;      /* a change; else: what "undo" took back */
    const char *done, *next;
    const char *fields;        /* what a field is then, that is not worth its value */
    const char *refusal, *why; /* before and behind the words of what was changed */
};

static const struct taking takings[] = {
    {"undo", true, "Undone", "Say redo to put it back as it was.", "as before", "Your last change was",
     "and that cannot be undone"},
    {"redo", false, "Put back", "Say undo to take it back again.", "as changed", "What you have undone was",
     "and you cannot do that any more"},
};

static const struct taking *taking_of(const char *command)
{
    for (size_t i = 0; i < sizeof takings / sizeof takings[0]; i++) {
        if (strcmp(takings[i].name, command) == 0) {
            return &takings[i];
        }
    }
    return NULL;
}

static enum verdict refuse_undone(struct reply *reply)
{
    return reply_refuse(
        reply, REFUSAL_STATE, NULL,
        "There is nothing more to undo: your last change has been undone already. Say redo to "
        "put it back as it was.");
}

static enum verdict refuse_redo(struct reply *reply)
{
    return reply_refuse(reply, REFUSAL_STATE, NULL,
                        "There is nothing to redo: the last thing that you did in these ten minutes was no "
                        "undo.");
}

/* Whether the last change is one that this row takes back. */
static enum verdict check_change(const struct taking *taking, const struct undo_requests_row *change,
                                 struct reply *reply)
{
    const struct taking *before = change == NULL ? NULL : taking_of(change->command);
    bool was_undone = before != NULL && before->undoes;
    if (taking->undoes && change == NULL) {
        return reply_refuse(reply, REFUSAL_STATE, NULL,
                            "There is nothing to undo: you have changed nothing in the last ten minutes.");
    }
    if (taking->undoes && was_undone) {
        return refuse_undone(reply);
    }
    return taking->undoes || was_undone ? VERDICT_DONE : refuse_redo(reply);
}

/* True when the caller may still do what the change did: of an undo or redo, what that goes back to. */
static bool may_still(const struct call *call, const struct undo_origin *origin)
{
    const struct command *row =
        origin->count == 0 ? NULL : command_table_find(call->table, origin->rows[0].command);
    return row != NULL && (row->roles & call->person->role) != 0;
}

/* True for what is done to a lead that is deleted now. */
static bool changes_deletion(const struct undo_plan_row *field)
{
    return strcmp(field->field, "created") == 0 || strcmp(field->field, "deleted_at") == 0 ||
           strcmp(field->field, "merged_into") == 0;
}

/* True when the row gives the lead back to that person. */
static bool gives_to(const struct undo_plan_row *field, const char *person)
{
    return strcmp(field->field, "assignee") == 0 && field->was != NULL && strcmp(field->was, person) == 0;
}

/* "7, 8 and 9", as many as can be given at once. */
static const char *list_leads_of(struct call *call, const struct undo_plan *plan, const char *person,
                                 size_t *count)
{
    struct text numbers = text_new(call->arena);
    *count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct undo_plan_row *field = &plan->rows[i];
        if (gives_to(field, person) && ++*count <= TARGET_SEVERAL) {
            text_addf(&numbers, "%s%lld", numbers.length == 0 ? "" : ", ", (long long)field->lead_id);
        }
    }
    return numbers.data;
}

/* How many leads that person would get, and what else can be done with them. */
static enum verdict refuse_former(struct call *call, const struct undo_plan *plan,
                                  const struct undo_plan_row *field, const struct undo_person *former,
                                  struct reply *reply)
{
    size_t count;
    const char *numbers = list_leads_of(call, plan, field->was, &count);
    const char *leads = count == 1 ? arena_printf(call->arena, "lead %s", numbers)
                                   : arena_printf(call->arena, "%zu leads", count);
    bool disabled = former->count == 1 && !former->rows[0].enabled;
    return reply_refuse(
        reply, REFUSAL_STATE, NULL,
        "Not possible: %s, who had %s, takes no leads any more. Nothing was changed. Give %s to "
        "somebody else%s: assign %s to <name>.%s",
        former->count == 1 ? former->rows[0].name : "whoever it was", leads, count == 1 ? "it" : "them",
        count > TARGET_SEVERAL ? arena_printf(call->arena, ", %d at once", TARGET_SEVERAL) : "", numbers,
        disabled ? arena_printf(call->arena,
                                " Or undo again when an Admin has enabled the account: user enable %s.",
                                former->rows[0].username)
                 : "");
}

/* True when an earlier row gives a lead to the same person. */
static bool gives_as_before(const struct undo_plan *plan, const struct undo_plan_row *field)
{
    const struct undo_plan_row *row = plan->rows;
    while (row < field && !gives_to(row, field->was)) {
        row++;
    }
    return row < field;
}

/* Whether whose lead it was could be given it now. Each person is looked up once, for there may be a thousand
 * leads. */
static enum verdict check_former(struct call *call, const struct undo_plan *plan,
                                 const struct undo_plan_row *field, struct reply *reply)
{
    enum role role;
    if (strcmp(field->field, "assignee") != 0 || field->was == NULL || gives_as_before(plan, field)) {
        return VERDICT_DONE;
    }
    const struct undo_person *former = query_undo_person(call->unit, field->was);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (former->count == 1 && former->rows[0].enabled && role_parse(former->rows[0].role, &role) == 0 &&
        (role & ROLE_SALES) != 0) {
        return VERDICT_DONE;
    }
    return refuse_former(call, plan, field, former, reply);
}

/* Why one field cannot be taken back. */
static enum verdict check_field(struct call *call, const struct undo_plan *plan,
                                const struct undo_plan_row *field, const char *words, struct reply *reply)
{
    if (field->changed_by != NULL) {
        return reply_refuse(reply, REFUSAL_CONFLICT, NULL,
                            "Not possible: %s has changed lead %lld since “%s”. Nothing was changed.",
                            field->changed_by, (long long)field->lead_id, words);
    }
    if (field->deleted && !changes_deletion(field)) {
        return reply_refuse(reply, REFUSAL_CONFLICT, NULL,
                            "Not possible: lead %lld, %s, has been deleted since “%s”. Nothing was changed. "
                            "Bring it back first: restore %lld.",
                            (long long)field->lead_id, field->lead, words, (long long)field->lead_id);
    }
    return check_former(call, plan, field, reply);
}

/* Names what it all began with: nobody remembers an undo of a redo. */
static enum verdict refuse_change(struct call *call, const struct taking *taking,
                                  const struct undo_requests_row *change, const struct undo_origin *origin,
                                  struct reply *reply)
{
    const struct command *began =
        origin->count == 0 ? NULL : command_table_find(call->table, origin->rows[0].command);
    const struct command *row = began == NULL ? command_table_find(call->table, change->command) : began;
    return reply_refuse(reply, REFUSAL_STATE, NULL, "%s “%s”, %s. Nothing was changed.", taking->refusal,
                        command_words(call->arena, row), taking->why);
}

/* Why the whole of it cannot be taken back. */
static enum verdict check_plan(struct call *call, const struct taking *taking,
                               const struct undo_requests_row *change, const struct undo_plan *plan,
                               const struct undo_origin *origin, struct reply *reply)
{
    const char *words = command_words(call->arena, command_table_find(call->table, change->command));
    enum verdict verdict = VERDICT_DONE;
    bool possible = plan->count > 0 && may_still(call, origin);
    for (size_t i = 0; i < plan->count; i++) {
        possible = possible && plan->rows[i].restorable && plan->rows[i].visible;
    }
    if (!possible) {
        return refuse_change(call, taking, change, origin, reply);
    }
    for (size_t i = 0; i < plan->count && verdict == VERDICT_DONE; i++) {
        verdict = check_field(call, plan, &plan->rows[i], words, reply);
    }
    return verdict;
}

static const char *person_name(struct call *call, const char *id)
{
    const struct undo_person *person = query_undo_person(call->unit, id);
    return unit_flush(call->unit) == DB_OK && person->count == 1 ? person->rows[0].name : "nobody";
}

/* "budget_minor" as one says it. */
static const char *field_words(struct arena *arena, const char *field)
{
    if (strcmp(field, "follow_up_at") == 0) {
        return "follow-up";
    }
    char *words = arena_strdup(arena, field);
    for (char *c = words; *c != '\0'; c++) {
        *c = *c == '_' ? ' ' : *c;
    }
    return words;
}

static const char *describe(struct call *call, const struct taking *taking, const struct undo_plan_row *field)
{
    const char *was = field->was == NULL ? "none" : field->was;
    if (strcmp(field->field, "created") == 0) {
        return "taken away again";
    }
    if (strcmp(field->field, "merged_from") == 0) {
        return arena_printf(call->arena, "lead %s is one of its own again", was);
    }
    if (strncmp(field->field, LEAD_APART, strlen(LEAD_APART)) == 0) {
        return arena_printf(call->arena,
                            field->was == NULL ? "perhaps the same as lead %s" : "not the same as lead %s",
                            field->field + strlen(LEAD_APART));
    }
    if (strcmp(field->field, "merged_into") == 0) {
        return arena_printf(call->arena, "no longer in lead %s", field->is_now);
    }
    if (strcmp(field->field, "deleted_at") == 0) {
        return field->was == NULL ? "back" : "taken away again";
    }
    if (strcmp(field->field, "note") == 0) {
        return field->is_now != NULL ? "note taken back" : "note put back";
    }
    if (strcmp(field->field, "tag") == 0) {
        return field->was == NULL ? arena_printf(call->arena, "tag %s taken off again", field->is_now)
                                  : arena_printf(call->arena, "tag %s put back", field->was);
    }
    if (strncmp(field->field, LEAD_ADDED, strlen(LEAD_ADDED)) == 0) {
        return arena_printf(call->arena, "%s %s", field->field + strlen(LEAD_ADDED), taking->fields);
    }
    if (strcmp(field->field, "assignee") == 0) {
        return arena_printf(call->arena, "assigned to %s", person_name(call, field->was));
    }
    if (strcmp(field->field, "status") == 0) {
        return arena_printf(call->arena, "status %s", was);
    }
    if (strcmp(field->field, "reason") == 0) {
        return field->was == NULL ? "no reason" : arena_printf(call->arena, "reason: %s", was);
    }
    if (strcmp(field->field, "followed_up_at") == 0) {
        return field->was == NULL ? "not followed up yet" : "followed up";
    }
    return arena_printf(call->arena, "%s %s", field_words(call->arena, field->field), taking->fields);
}

/* ---- who is told */

/* What happens to somebody's leads by it. */
enum news { NEWS_LOST, NEWS_GOT, NEWS_DELETED, NEWS_BACK, NEWS_UNNOTED, NEWS_NOTED, NEWS_MOVED };

/* How that is said of one lead and of several: "@" is who did it, "#" the lead ("lead 7, Asha Rao") or how
 * many ("3 leads"), "*" their names, "=" the status. */
struct notice_words {
    const char *one, *several;
};

static const struct notice_words undone_words[] = {
    [NEWS_LOST] = {"@ has taken #, back from you.", "@ has taken # back from you: *."},
    [NEWS_GOT] = {"#, is yours again: @ took the last change back.",
                  "# are yours again: @ took the last change back. They are *."},
    [NEWS_DELETED] = {"@ took it back: your #, is deleted after all.",
                      "@ took it back: # of yours are deleted after all: *."},
    [NEWS_BACK] = {"@ took it back: your #, is not deleted.",
                   "@ took it back: # of yours are not deleted: *."},
    [NEWS_UNNOTED] = {"@ took back what they had noted on your #.",
                      "@ took back what they had noted on # of yours: *."},
    [NEWS_NOTED] = {"@ put back what they had noted on your #.",
                    "@ put back what they had noted on # of yours: *."},
    [NEWS_MOVED] = {"@ took the last change back: your #, is = again.",
                    "@ took the last change back: # of yours are = again: *."},
};

static const struct notice_words redone_words[] = {
    [NEWS_LOST] = {"@ has taken #, off your list again.", "@ has taken # off your list again: *."},
    [NEWS_GOT] = {"@ has given you #, again.", "@ has given you # again: *."},
    [NEWS_DELETED] = {"@ has deleted your #, again.", "@ has deleted # of yours again: *."},
    [NEWS_BACK] = {"@ has brought your #, back again.", "@ has brought # of yours back again: *."},
    [NEWS_UNNOTED] = {"@ has taken back again what they had noted on your #.",
                      "@ has taken back again what they had noted on # of yours: *."},
    [NEWS_NOTED] = {"@ put back what they had noted on your #.",
                    "@ put back what they had noted on # of yours: *."},
    [NEWS_MOVED] = {"@ has put it back: your #, is = again.",
                    "@ has put it back: # of yours are = again: *."},
};

#define NAMED      5  /* leads, in one notice */
#define NAME_SHOWN 40 /* characters of a name, among several */

/* One notice: what one person hears of some leads. */
struct notice {
    int64_t person;
    enum news news;
    const char *status;
    const struct undo_plan_row *first;
    struct text names;
    long long count;
};

struct notices {
    struct notice *list;
    size_t count;
};

static void add_notice(struct call *call, struct notices *notices, int64_t person, enum news news,
                       const char *status, const struct undo_plan_row *field)
{
    size_t at = 0;
    if (person == 0 || person == call->person->id) {
        return;
    }
    while (at < notices->count && (notices->list[at].person != person || notices->list[at].news != news ||
                                   strcmp(notices->list[at].status, status) != 0)) {
        at++;
    }
    struct notice *notice = &notices->list[at];
    if (at == notices->count) {
        *notice = (struct notice){
            .person = person, .news = news, .status = status, .first = field, .names = text_new(call->arena)};
        notices->count++;
    }
    if (notice->count++ < NAMED) {
        text_addf(&notice->names, "%s%lld %s", notice->count == 1 ? "" : ", ", (long long)field->lead_id,
                  text_shorten(call->arena, field->lead, NAME_SHOWN));
    }
}

static int64_t person_number(const char *id)
{
    return id == NULL ? 0 : strtoll(id, NULL, 10);
}

static void add_to_assignee(struct call *call, struct notices *notices, enum news news, const char *status,
                            const struct undo_plan_row *field)
{
    const struct lead_lock_any *leads = query_lead_lock_any(call->unit, field->lead_id);
    if (unit_flush(call->unit) == DB_OK && leads->count == 1 && leads->rows[0].has_assignee) {
        add_notice(call, notices, leads->rows[0].assignee, news, status, field);
    }
}

/* A move that came with an assignment is part of that. */
static bool is_assigned_too(const struct undo_plan *plan, int64_t lead)
{
    for (size_t i = 0; i < plan->count; i++) {
        if (plan->rows[i].lead_id == lead && strcmp(plan->rows[i].field, "assignee") == 0) {
            return true;
        }
    }
    return false;
}

/* Whoever was told of the change hears of this; of more leads than anybody has named one by one, only whose
 * they are. */
static void add_notices(struct call *call, const struct undo_plan *plan, const struct undo_plan_row *field,
                        bool many, struct notices *notices)
{
    if (strcmp(field->field, "assignee") == 0) {
        add_notice(call, notices, person_number(field->is_now), NEWS_LOST, "", field);
        add_notice(call, notices, person_number(field->was), NEWS_GOT, "", field);
    } else if (many) {
        return;
    } else if (strcmp(field->field, "deleted_at") == 0) {
        add_to_assignee(call, notices, field->was == NULL ? NEWS_BACK : NEWS_DELETED, "", field);
    } else if (strcmp(field->field, "note") == 0) {
        add_to_assignee(call, notices, field->is_now != NULL ? NEWS_UNNOTED : NEWS_NOTED, "", field);
    } else if (strcmp(field->field, "status") == 0 && !is_assigned_too(plan, field->lead_id)) {
        add_to_assignee(call, notices, NEWS_MOVED, field->was, field);
    }
}

static const char *notice_text(struct call *call, const struct taking *taking, const struct notice *notice)
{
    const struct notice_words *words =
        taking->undoes ? &undone_words[notice->news] : &redone_words[notice->news];
    struct text text = text_new(call->arena);
    for (const char *c = notice->count == 1 ? words->one : words->several; *c != '\0'; c++) {
        if (*c == '@') {
            text_add(&text, call->person->name);
        } else if (*c == '#' && notice->count == 1) {
            text_addf(&text, "%s %lld, %s", text.length == 0 ? "Lead" : "lead",
                      (long long)notice->first->lead_id, notice->first->lead);
        } else if (*c == '#') {
            text_addf(&text, "%lld leads", notice->count);
        } else if (*c == '*') {
            text_add(&text, notice->names.data);
            if (notice->count > NAMED) {
                text_addf(&text, " and %lld more", notice->count - NAMED);
            }
        } else if (*c == '=') {
            text_add(&text, notice->status);
        } else {
            text_add_char(&text, *c);
        }
    }
    return text.data;
}

static void notify(struct call *call, const struct taking *taking, const struct undo_plan *plan, bool many,
                   struct reply *reply)
{
    struct notices notices = {arena_array(call->arena, 2 * plan->count, sizeof *notices.list), 0};
    for (size_t i = 0; i < plan->count; i++) {
        add_notices(call, plan, &plan->rows[i], many, &notices);
    }
    for (size_t i = 0; i < notices.count; i++) {
        reply_notify(reply, notices.list[i].person, "%s", notice_text(call, taking, &notices.list[i]));
    }
}

static size_t count_leads(const struct undo_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < plan->count; i++) {
        count += i == 0 || plan->rows[i - 1].lead_id != plan->rows[i].lead_id;
    }
    return count;
}

/* ---- what is said */

/* One sentence for each lead, with all that is as it was. */
static void tell(struct call *call, const struct taking *taking, const struct undo_plan *plan,
                 struct reply *reply)
{
    struct text text = text_new(call->arena);
    size_t leads = count_leads(plan);
    notify(call, taking, plan, leads > TARGET_SEVERAL, reply);
    if (leads > TARGET_SEVERAL) {
        reply_say(reply, "%s. %zu leads are %s.", taking->done, leads, taking->fields);
        return;
    }
    for (size_t i = 0; i < plan->count; i++) {
        const struct undo_plan_row *field = &plan->rows[i];
        bool first = i == 0 || plan->rows[i - 1].lead_id != field->lead_id;
        bool last = i + 1 == plan->count || plan->rows[i + 1].lead_id != field->lead_id;
        if (first) {
            text = text_new(call->arena);
            text_addf(&text, "%s. Lead %lld, %s: ", taking->done, (long long)field->lead_id, field->lead);
        }
        text_addf(&text, "%s%s", first ? "" : ", ", describe(call, taking, field));
        if (last) {
            reply_say(reply, "%s.", text.data);
        }
    }
}

enum verdict undo_run(struct call *call, const struct args *args, struct reply *reply)
{
    (void)args;
    query_undo_hold(call->unit);
    const struct undo_requests *done = query_undo_requests(call->unit);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const struct taking *taking = taking_of(call->command->name);
    const struct undo_requests_row *change;
    enum verdict verdict = find_change(call, done, &change);
    verdict = verdict == VERDICT_DONE ? check_change(taking, change, reply) : verdict;
    if (verdict != VERDICT_DONE || change == NULL) {
        return verdict;
    }
    bool saved = false;
    verdict = saved_undo(call, change->request, reply, &saved);
    if (verdict != VERDICT_DONE || saved) {
        return verdict;
    }
    const struct undo_plan *plan = query_undo_plan(call->unit, change->request);
    const struct undo_origin *origin = query_undo_origin(call->unit, change->request);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    verdict = check_plan(call, taking, change, plan, origin, reply);
    if (verdict != VERDICT_DONE) {
        return verdict;
    }
    query_undo_apply(call->unit, change->request);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    tell(call, taking, plan, reply);
    reply_say(reply, "%s", taking->next);
    return VERDICT_DONE;
}
