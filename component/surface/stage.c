/* DESIGN (XEP-0050: sections 2.4 actions, 3.3 sessions, 4 errors)
 *
 *   execute ──► nothing to ask? ──────────────────────────────► run ──► completed
 *                 │ else                                         ▲
 *                 ▼                                              │ last page: any of next, execute, complete,
 *               page 1 ◄──prev── page 2 … ──next──► page n ──────┘ no action; before it, where nothing more
 *                                                                  has to be given: complete, execute, none
 *
 *   A refusal that names a field shows its page again, with the warning. What is not done without a yes (it
 *   destroys, or the command warns of something) shows a page for that, with what it is about. A list that
 * goes on is no end: its pages are stages too. The session keeps the trail of cursors, and each page is the
 * command run again, with all that this checks.
 *
 * Each step is one call of the dispatcher: checking (nothing runs) until the end, then running. What the step
 * leaves behind (the session's row) and the answer's text are made in the settlement, inside the same
 * transaction. A session that has ended keeps its answer for a while: a double submit gets it again. Two
 * submits at once meet at the key in crm.inbound: the second waits, then finds itself repeated, and gets the
 * first one's answer.
 *
 * As soon as it is known which record is meant, the session keeps what it has then ("shown"), which fills the
 * fields; the dispatcher compares when the form runs (command/current.h).
 *
 * Clients drop session ids, never cancel, and send `next` on a last page: all of that is fine. A session that
 * is gone is bad-sessionid.
 */
#include "surface/stage.h"

#include <string.h>

#include "base/text.h"
#include "base/uuid.h"
#include "command/current.h"
#include "command/json.h"
#include "command/table.h"
#include "queries.h"
#include "surface/choices.h"
#include "surface/forms.h"
#include "xmpp/namespaces.h"

#define ARGUMENT_LIMIT 64
#define FORM_ROWS      20 /* of a page of a list: a form scrolls */

struct step {
    struct visit *visit;
    const struct command *command;
    const char *session; /* id */
    const char *jid;     /* full address */
    bool kept;           /* there is, or will be, a row of the session */
    bool ask_target;
    int64_t target; /* of the record's address; 0 otherwise */
    int page;       /* the one being submitted; -1: none yet */
    int next_page;  /* where to go when all is well; beyond the last: run */
    struct argument given[ARGUMENT_LIMIT];
    size_t given_count;
    struct argument shown[ARGUMENT_LIMIT]; /* what the record had when the form showed it */
    size_t shown_count;
    const char *const *trail; /* behind what each page of a list begins: those seen, and the next; none yet */
    size_t trail_count;
    size_t leaf; /* the page of the list that is to be shown */
    bool closes; /* the list, instead */
    bool confirmed;
    bool back;  /* to the page before: nothing is judged but the role */
    bool again; /* to the same page, to search for something else: the same */
    /* Made by the settlement: */
    struct xml *answer; /* the <command/>, or NULL: an error instead */
    enum stanza_error error;
};

/* ---- what was given */

static void give(struct step *step, const char *name, const char *value)
{
    for (size_t i = 0; i < step->given_count; i++) {
        if (strcmp(step->given[i].name, name) == 0) {
            step->given[i].value = value;
            return;
        }
    }
    if (step->given_count < ARGUMENT_LIMIT) {
        step->given[step->given_count++] = (struct argument){name, value};
    }
}

/* Another record is meant: what was shown and typed was of the one before. */
static void forget_record(struct step *step)
{
    size_t kept = 0;
    for (size_t i = 0; i < step->given_count; i++) {
        if (forms_is_key(step->command, step->given[i].name)) {
            step->given[kept++] = step->given[i];
        }
    }
    step->given_count = kept;
    step->shown_count = 0;
}

/* Takes what a field was sent back with. */
static void take_field(struct step *step, const char *name, const char *value)
{
    const char *before = arguments_get(&(struct arguments){step->given, step->given_count}, name);
    give(step, name, value);
    bool key = step->command->current != NULL && forms_is_key(step->command, name);
    if (key && (before == NULL || strcmp(before, value) != 0)) {
        forget_record(step);
    }
}

/* What is to be shown of the record. Fields that were not touched follow it, when it has changed since. */
static void show(struct step *step, const struct arguments *current)
{
    const struct arguments before = {step->shown, step->shown_count};
    for (size_t i = 0; i < step->given_count; i++) {
        const char *was = arguments_get(&before, step->given[i].name);
        const char *now = arguments_get(current, step->given[i].name);
        if (was != NULL && now != NULL && current_is_same(step->given[i].value, was)) {
            step->given[i].value = now;
        }
    }
    step->shown_count = 0;
    for (size_t i = 0; i < current->count && i < ARGUMENT_LIMIT; i++) {
        step->shown[step->shown_count++] = current->list[i];
    }
}

static const char *target_word(const struct step *step)
{
    const struct target_kind *kind = target_kind(step->command->target);
    return kind == NULL ? NULL : kind->word;
}

/* The arguments without the target, which the dispatcher takes apart. */
static struct arguments without_target(const struct step *step, const char **target)
{
    struct argument *list = arena_array(step->visit->arena, step->given_count + 1, sizeof *list);
    size_t count = 0;
    const char *word = target_word(step);
    *target = NULL;
    for (size_t i = 0; i < step->given_count; i++) {
        if (word != NULL && strcmp(step->given[i].name, word) == 0) {
            *target = step->given[i].value;
        } else {
            list[count++] = step->given[i];
        }
    }
    return (struct arguments){list, count};
}

/* What is kept between two pages: no secrets. */
static const char *kept_json(const struct step *step, const struct argument *list, size_t count)
{
    struct text text = text_new(step->visit->arena);
    json_open(&text);
    for (size_t i = 0; i < count; i++) {
        int param = command_param(step->command, list[i].name);
        if (param < 0 || (step->command->params[param].flags & PARAM_SECRET) == 0) {
            json_add_member(&text, list[i].name, list[i].value);
        }
    }
    json_close(&text);
    return text.data;
}

/* ---- the settlement: the next stage, or the end */

/* What a page says above its fields. */
struct remark {
    const char *warning; /* may be NULL */
    const char *wrong;   /* name of the field to be marked; may be NULL */
};

/* A search that found something is no mistake: what it found is offered. */
static void remark_on_search(struct step *step, const struct choices *choices, struct remark *remark)
{
    const char *given = arguments_get(&(struct arguments){step->given, step->given_count}, remark->wrong);
    given = text_shorten(step->visit->arena, given, 40);
    remark->warning = arena_printf(step->visit->arena,
                                   choices->found == 1 ? "This is what matches “%s”. Is it the right one?"
                                                       : "Several match “%s”. Choose one, or search again.",
                                   given);
    if (choices->only != NULL) {
        give(step, remark->wrong, choices->only);
    }
    remark->wrong = NULL;
}

static enum db_status show_page(struct step *step, const struct settlement *settlement, int page,
                                struct remark remark)
{
    const struct choices_wish wish = {.table = step->visit->surface->table,
                                      .command = step->command,
                                      .epoch = step->visit->surface->epoch(step->visit->surface->context),
                                      .ask_target = step->ask_target,
                                      .page = page,
                                      .values = {step->given, step->given_count},
                                      .shown = {step->shown, step->shown_count},
                                      .wrong = remark.wrong};
    struct choices choices;
    enum db_status status = choices_load(settlement, &wish, &choices);
    if (status != DB_OK) {
        return status;
    }
    if (choices.found > 0 && remark.wrong != NULL) {
        remark_on_search(step, &choices, &remark);
    }
    query_surface_session_keep(settlement->unit, step->session, step->jid, step->command->name, step->target,
                               page, kept_json(step, step->given, step->given_count),
                               kept_json(step, step->shown, step->shown_count), (struct text_array){NULL, 0});
    struct forms_stage stage = {.command = step->command,
                                .ask_target = step->ask_target,
                                .page = page,
                                .session = step->session,
                                .values = {step->given, step->given_count},
                                .shown = {step->shown, step->shown_count},
                                .choices = choices.params,
                                .target_choices = choices.target,
                                .warning = remark.warning,
                                .wrong = remark.wrong};
    forms_write_stage(step->answer, settlement->arena, &stage);
    return unit_flush(settlement->unit);
}

static unsigned abilities_of(const struct step *step)
{
    const struct surface *surface = step->visit->surface;
    return surface->abilities == NULL ? 0 : surface->abilities(surface->context, step->jid);
}

static const struct reply_item *find_more(const struct reply *reply)
{
    const struct reply_item *item = reply->first;
    while (item != NULL && item->kind != REPLY_MORE) {
        item = item->next;
    }
    return item;
}

/* A page of a list that goes on. The session keeps how to find the pages before it and the one behind it. */
static enum db_status show_leaf(struct step *step, const struct settlement *settlement,
                                const struct reply_item *more)
{
    const char **trail = arena_array(settlement->arena, step->leaf + 2, sizeof *trail);
    size_t count = 0;
    for (; count <= step->leaf; count++) {
        trail[count] = count < step->trail_count ? step->trail[count] : "";
    }
    if (more != NULL) {
        trail[count++] = more->cursor;
    }
    int page = forms_page_count(step->command, step->ask_target) + (int)step->leaf;
    query_surface_session_keep(settlement->unit, step->session, step->jid, step->command->name, step->target,
                               page, kept_json(step, step->given, step->given_count),
                               kept_json(step, step->shown, step->shown_count),
                               (struct text_array){trail, count});
    const struct forms_leaf leaf = {.node = step->command->name,
                                    .session = step->session,
                                    .number = step->leaf,
                                    .more = more != NULL,
                                    .abilities = abilities_of(step)};
    forms_write_leaf(step->answer, settlement->arena, &leaf, settlement->reply);
    return DB_OK;
}

static void write_end(const struct step *step, const struct settlement *settlement, struct xml *xml)
{
    if (step->closes) {
        forms_write_closed(xml, step->command->name, step->session);
    } else {
        forms_write_reply(xml, settlement->arena, step->command->name, step->session, settlement->reply,
                          abilities_of(step));
    }
}

static enum db_status show_end(struct step *step, const struct settlement *settlement)
{
    struct xml *copy = xml_new(settlement->arena);
    size_t length = 0;
    write_end(step, settlement, step->answer);
    write_end(step, settlement, copy);
    const char *bytes = xml_finish(copy, &length);
    if (step->command->unrecorded) {
        query_surface_session_drop(settlement->unit, step->session, step->jid);
    } else if (step->kept && bytes != NULL) {
        query_surface_session_end(settlement->unit, step->session, step->jid, bytes);
    }
    return DB_OK;
}

/* The page on which a refusal can be put right, or -1. */
static int page_to_correct(const struct step *step, const struct reply *reply)
{
    if (reply->refusal == REFUSAL_UNCONFIRMED) {
        return forms_page_count(step->command, step->ask_target) - 1;
    }
    return reply->field == NULL ? -1 : forms_page_of(step->command, step->ask_target, reply->field);
}

static enum db_status settle_refusal(struct step *step, const struct settlement *settlement)
{
    const struct reply *reply = settlement->reply;
    int page = page_to_correct(step, reply);
    if (reply->refusal == REFUSAL_FORBIDDEN) {
        step->answer = NULL;
        step->error = STANZA_FORBIDDEN;
        return DB_OK;
    }
    if (page >= 0) {
        /* What somebody else was faster to change is no mistake of this person's. */
        const char *wrong = reply->refusal == REFUSAL_CONFLICT && step->shown_count > 0 ? NULL : reply->field;
        /* Sent without the tick, the page must not just come back as it was. */
        bool unticked = reply->refusal == REFUSAL_UNCONFIRMED && step->page == page;
        const char *warning =
            !unticked ? reply->sentence
                      : arena_printf(settlement->arena,
                                     "Nothing was done: it needs the tick at “" FORMS_CONFIRM_LABEL "”. %s",
                                     reply->sentence);
        return show_page(step, settlement, page, (struct remark){warning, wrong});
    }
    if (reply->refusal == REFUSAL_NOT_FOUND && step->visit->place == PLACE_RECORD) {
        step->answer = NULL;
        step->error = STANZA_ITEM_NOT_FOUND;
        return DB_OK;
    }
    return show_end(step, settlement);
}

static enum db_status settle(void *context, const struct settlement *settlement)
{
    struct step *step = context;
    step->answer = xml_new(settlement->arena);
    stanza_open_result(step->answer, step->visit->iq);
    if (settlement->current.count > 0) {
        show(step, &settlement->current);
    }
    if (settlement->reply->refusal != REFUSAL_NONE) {
        return settle_refusal(step, settlement);
    }
    if (step->next_page < forms_page_count(step->command, step->ask_target)) {
        return show_page(step, settlement, step->next_page, (struct remark){NULL, NULL});
    }
    const struct reply_item *more = find_more(settlement->reply);
    bool leafs = !step->closes && (more != NULL || step->trail_count > 0);
    return leafs ? show_leaf(step, settlement, more) : show_end(step, settlement);
}

/* ---- one step */

static void send_stored(struct step *step);

/* The settlement needs the step; touching a channel needs the surface. */
static void touch(void *context, const char *channel)
{
    const struct surface *surface = ((struct step *)context)->visit->surface;
    surface->channel_touched(surface->context, channel);
}

static void send_answer(struct step *step, const struct reply *reply)
{
    if (step->answer == NULL) {
        if (step->error == STANZA_ITEM_NOT_FOUND) {
            visit_refuse_absent(step->visit);
        } else {
            visit_refuse(step->visit, step->error, reply->sentence);
        }
        return;
    }
    xml_close(step->answer);
    /* What was given is shown again, and may be longer written than it came. */
    if (!surface_send(step->visit->surface, step->answer)) {
        visit_refuse(step->visit, STANZA_POLICY_VIOLATION, "This form holds too much text. Shorten it.");
    }
}

static void take(struct step *step, enum request_mode mode)
{
    struct visit *visit = step->visit;
    struct dispatch dispatch = surface_dispatch(visit->surface, visit->arena);
    struct request request = visit->request;
    struct reply reply;
    const char *target = NULL;
    const bool looks = step->command->effect == EFFECT_READ;
    dispatch.settle = settle;
    dispatch.touched = touch;
    dispatch.context = step;
    request.mode = mode;
    request.opening = &visit->opening;
    request.rows = FORM_ROWS;
    request.command = step->command->name;
    struct arguments given = without_target(step, &target);
    if (step->back) {
        target = NULL;
    } else {
        request.arguments = given;
    }
    request.target = step->target != 0 ? arena_printf(visit->arena, "%lld", (long long)step->target) : target;
    const struct arguments shown = {step->shown, step->shown_count};
    request.shown = &shown;
    request.wants_current = step->shown_count == 0;
    request.confirmed = step->confirmed;
    if (step->kept && mode == REQUEST_RUN && !looks && !step->command->unrecorded) {
        /* What only looks may run twice; its session goes on, with no answer to give again. */
        request.inbound_key = arena_printf(visit->arena, "form %s %s", step->session, step->jid);
    }
    switch (command_dispatch(&dispatch, &request, &reply)) {
    case OUTCOME_DONE:
    case OUTCOME_REFUSED:
        send_answer(step, &reply);
        break;
    case OUTCOME_REPEATED:
        send_stored(step);
        break;
    case OUTCOME_STRANGER:
        visit_refuse(visit, STANZA_FORBIDDEN, reply.sentence);
        break;
    case OUTCOME_FENCED:
        if (visit->surface->fenced != NULL) {
            visit->surface->fenced(visit->surface->context);
        }
        visit_refuse(visit, STANZA_RESOURCE_CONSTRAINT, reply.sentence);
        break;
    case OUTCOME_AWAY:
        visit_refuse(visit, STANZA_RESOURCE_CONSTRAINT, reply.sentence);
        break;
    }
}

/* The first request: shows the first page, or runs what has nothing to ask but perhaps for a yes. */
static void begin(struct step *step)
{
    step->session = uuid_new(step->visit->arena);
    step->page = -1;
    step->next_page = 0;
    step->kept = forms_page_count(step->command, step->ask_target) > 0;
    take(step, forms_last_page(step->command, step->ask_target) >= 0 ? REQUEST_CHECK : REQUEST_RUN);
}

/* A field that does not come back was not touched: nothing is taken away that nobody has emptied. */
static const char *untouched(const struct step *step, const char *name)
{
    const char *shown = arguments_get(&(struct arguments){step->shown, step->shown_count}, name);
    return shown != NULL ? shown : "";
}

static void read_submitted(struct step *step, const struct form *form)
{
    struct argument fields[FORMS_PAGE_FIELDS];
    size_t count =
        forms_read_page(step->visit->arena, step->command, step->ask_target, step->page, form, fields);
    for (size_t i = 0; i < count; i++) {
        const char *value = fields[i].value != NULL ? fields[i].value : untouched(step, fields[i].name);
        bool again = strcmp(value, FORMS_AGAIN) == 0;
        step->again = step->again || again;
        take_field(step, fields[i].name, again ? "" : value);
    }
    const char *confirmed = form_value(form, FORMS_CONFIRM);
    step->confirmed = confirmed != NULL && (strcmp(confirmed, "1") == 0 || strcmp(confirmed, "true") == 0);
}

/* Any way of going on completes a last page (poezio always sends "next"), and what wants a yes then comes
 * back with the page that asks for it; before it, all but "next" do where nothing more has to be given. */
static bool completes(const struct step *step, const char *action)
{
    return step->page >= forms_last_page(step->command, step->ask_target) ||
           (strcmp(action, "next") != 0 && forms_can_complete(step->command, step->ask_target, step->page));
}

/* From a page of a list to another one, or to its end. */
static void turn(struct step *step, size_t leaf, const struct form *form, const char *action)
{
    bool more = leaf + 1 < step->trail_count;
    const struct param *cursor = step->command->params;
    while ((cursor->flags & PARAM_CURSOR) == 0) {
        cursor++;
    }
    enum forms_turn turn = forms_read_turn(form, action, more);
    step->closes = turn == FORMS_TURN_CLOSE;
    step->leaf = turn == FORMS_TURN_ON ? leaf + 1 : turn == FORMS_TURN_BACK && leaf > 0 ? leaf - 1 : 0;
    give(step, cursor->name, step->trail[step->leaf]);
    step->next_page = forms_page_count(step->command, step->ask_target);
    take(step, step->closes ? REQUEST_CHECK : REQUEST_RUN);
}

static void go_on(struct step *step, const char *action)
{
    struct visit *visit = step->visit;
    const struct element *x = element_child(visit->query, "x", NS_DATA_FORM);
    struct form form = {.type = "submit"};
    if (x != NULL && form_read(visit->arena, x, &form) != 0) {
        visit_refuse(visit, STANZA_BAD_REQUEST, "This form cannot be read.");
        return;
    }
    int leaf = step->page - forms_page_count(step->command, step->ask_target);
    if (step->trail_count > 0 && leaf >= 0) {
        turn(step, (size_t)leaf, &form, action);
        return;
    }
    if (x != NULL || strcmp(action, "prev") != 0) {
        read_submitted(step, &form);
    }
    step->back = strcmp(action, "prev") == 0 || step->again;
    bool run = !step->back && completes(step, action);
    step->next_page = step->again                    ? step->page
                      : step->back && step->page > 0 ? step->page - 1
                      : step->back                   ? 0
                      : run                          ? forms_page_count(step->command, step->ask_target)
                                                     : step->page + 1;
    take(step, run ? REQUEST_RUN : REQUEST_CHECK);
}

/* ---- sessions */

static void cancel(struct step *step)
{
    struct visit *visit = step->visit;
    struct dispatch dispatch = surface_dispatch(visit->surface, visit->arena);
    struct identity system = dispatch_system(&dispatch, "cancel", "form");
    visit_close(visit);
    struct unit *unit = unit_begin(visit->surface->db, visit->arena, &system);
    query_surface_session_drop(unit, step->session, step->jid);
    if (unit_commit(unit) != DB_OK) {
        visit_refuse(visit, STANZA_RESOURCE_CONSTRAINT, "The database is away. Try again in a moment.");
        return;
    }
    struct xml *xml = xml_new(visit->arena);
    stanza_open_result(xml, visit->iq);
    forms_write_canceled(xml, step->command->name, step->session);
    xml_close(xml);
    surface_send(visit->surface, xml);
}

static void refuse_session(const struct visit *visit)
{
    visit_refuse(visit, STANZA_SESSION_EXPIRED, "This form has expired. Please begin again.");
}

static void send_answer_again(const struct visit *visit, const char *answer)
{
    const struct element *command = element_parse(visit->arena, answer);
    if (command == NULL) {
        refuse_session(visit);
        return;
    }
    struct xml *xml = xml_new(visit->arena);
    stanza_open_result(xml, visit->iq);
    xml_element(xml, command);
    xml_close(xml);
    surface_send(visit->surface, xml);
}

/* The other one of two submits has ended meanwhile: its answer. */
static void send_stored(struct step *step)
{
    struct visit *visit = step->visit;
    struct identity system = {.role = "crm_system", .surface = "form"};
    struct unit *unit = unit_begin(visit->surface->db, visit->arena, &system);
    const struct surface_session *session = query_surface_session(unit, step->session, step->jid);
    if (unit_commit(unit) != DB_OK) {
        visit_refuse(visit, STANZA_RESOURCE_CONSTRAINT, "The database is away. Try again in a moment.");
    } else if (session->count == 0 || session->rows[0].answer == NULL) {
        refuse_session(visit);
    } else {
        send_answer_again(visit, session->rows[0].answer);
    }
}

/* True when the session belongs to this command at this address. */
static bool fits(const struct step *step, const struct surface_session *session)
{
    return session->count > 0 && strcmp(session->rows[0].command, step->command->name) == 0 &&
           session->rows[0].target == step->target;
}

/* What the session keeps. */
static void recall(struct step *step, const struct surface_session *session)
{
    const char **trail = arena_array(step->visit->arena, session->count, sizeof *trail);
    for (size_t i = 0; i < session->count; i++) {
        const struct surface_session_row *kept = &session->rows[i];
        if (kept->part == NULL) {
            continue;
        }
        if (strcmp(kept->part, "values") == 0) {
            give(step, kept->name, kept->value);
        } else if (strcmp(kept->part, "trail") == 0) {
            trail[step->trail_count++] = kept->value;
        } else if (step->shown_count < ARGUMENT_LIMIT) {
            step->shown[step->shown_count++] = (struct argument){kept->name, kept->value};
        }
    }
    step->trail = trail;
    step->page = session->rows[0].page;
}

static void resume(struct step *step, const char *action)
{
    const struct surface_session *session = step->visit->session;
    if (!fits(step, session)) {
        refuse_session(step->visit);
        return;
    }
    if ((step->command->roles & step->visit->person.role) != 0 && session->rows[0].answer != NULL) {
        send_answer_again(step->visit, session->rows[0].answer);
        return;
    }
    if (strcmp(action, "cancel") == 0) {
        cancel(step);
        return;
    }
    step->kept = true;
    recall(step, session);
    go_on(step, action);
}

static bool is_action(const char *action)
{
    static const char *const actions[] = {"execute", "next", "prev", "complete", "cancel"};
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        if (strcmp(actions[i], action) == 0) {
            return true;
        }
    }
    return false;
}

static void answer(struct visit *visit, const char *session)
{
    const char *node = element_attribute(visit->query, "node");
    const char *action = element_attribute(visit->query, "action");
    struct step step = {.visit = visit, .jid = visit->iq->from.full};
    step.command = node == NULL ? NULL : command_table_find(visit->surface->table, node);
    if (step.command == NULL || !visit_offers(visit, step.command)) {
        visit_refuse(visit, STANZA_ITEM_NOT_FOUND, "There is no such command here.");
        return;
    }
    if (action != NULL && !is_action(action)) {
        visit_refuse(visit, STANZA_BAD_REQUEST, "There is no such action.");
        return;
    }
    step.target = visit->place == PLACE_RECORD ? visit->number : 0;
    step.ask_target = visit->place != PLACE_RECORD && step.command->target != TARGET_NONE;
    step.session = session;
    if (session != NULL) {
        resume(&step, action == NULL ? "execute" : action);
    } else if (action != NULL && strcmp(action, "execute") != 0) {
        refuse_session(visit);
    } else {
        begin(&step);
    }
}

void stage_answer(struct visit *visit)
{
    const char *session = element_attribute(visit->query, "sessionid");
    session = session == NULL || session[0] == '\0' ? NULL : session;
    if (visit_open(visit, session)) {
        answer(visit, session);
    }
    visit_close(visit);
}
