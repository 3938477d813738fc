#include "surface/visit.h"

#include <string.h>

#include "command/role.h"
#include "queries.h"

bool visit_find_place(struct visit *visit)
{
    const char *local = visit->iq->to.local;
    if (local[0] == '\0') {
        visit->place = PLACE_SERVICE;
        visit->name = "TrainCape CRM";
        return true;
    }
    if (strcmp(local, "bot") == 0) {
        visit->place = PLACE_BOT;
        visit->name = "Lead bot";
        return true;
    }
    visit->place = PLACE_RECORD;
    visit->record = target_of_address(local, &visit->number);
    return visit->record != NULL;
}

void visit_refuse(const struct visit *visit, enum stanza_error error, const char *sentence)
{
    surface_refuse(visit->surface, visit->arena, visit->iq, error, sentence);
}

void visit_refuse_absent(const struct visit *visit)
{
    visit_refuse(visit, STANZA_ITEM_NOT_FOUND, "There is nothing at this address.");
}

/* Fetches what is queued; the last fetch of whoever does not go on ends the transaction. */
static enum db_status fetch(struct visit *visit, bool goes_on)
{
    struct unit *unit = visit->opening.unit;
    if (goes_on) {
        return unit_flush(unit);
    }
    visit->opening.unit = NULL;
    return unit_commit(unit);
}

static enum db_status read_lead(struct visit *visit, bool goes_on)
{
    const struct surface_lead_name *rows = query_surface_lead_name(visit->opening.unit, visit->number);
    const struct command_lead_went *went = query_command_lead_went(visit->opening.unit, visit->number);
    enum db_status status = fetch(visit, goes_on);
    if (status == DB_OK && rows->count == 0 && went->count == 1) {
        const struct command_lead_went_row *row = &went->rows[0];
        visit->went = arena_printf(visit->arena, TARGET_MERGED, (long long)visit->number, (long long)row->id,
                                   row->name, (long long)row->id, visit->surface->domain);
    }
    if (status == DB_OK && rows->count == 1) {
        visit->name =
            arena_printf(visit->arena, "%s (lead %lld)", rows->rows[0].name, (long long)visit->number);
    }
    return status;
}

static enum db_status read_poll(struct visit *visit, bool goes_on)
{
    const struct command_target_poll *rows = query_command_target_poll(visit->opening.unit, visit->number);
    enum db_status status = fetch(visit, goes_on);
    if (status == DB_OK && rows->count == 1) {
        visit->name = arena_printf(visit->arena, "Poll %lld", (long long)visit->number);
    }
    return status;
}

static enum db_status read_visitor(struct visit *visit, bool goes_on)
{
    const struct surface_visitor_name *rows = query_surface_visitor_name(visit->opening.unit, visit->number);
    enum db_status status = fetch(visit, goes_on);
    if (status == DB_OK && rows->count == 1) {
        visit->name = rows->rows[0].name != NULL
                          ? rows->rows[0].name
                          : arena_printf(visit->arena, "Visitor %lld", (long long)visit->number);
    }
    /* A role without any right on visitors sees none. */
    return status == DB_CONSTRAINT ? DB_OK : status;
}

/* What the record is called, for whoever asks. */
static enum db_status read_record(struct visit *visit, bool goes_on)
{
    struct identity caller = {.role = role_database(visit->person.role),
                              .person = visit->person.id,
                              .request = visit->request.id,
                              .surface = visit->request.surface};
    visit->name = NULL;
    unit_become(visit->opening.unit, &caller);
    switch (visit->record->target) {
    case TARGET_LEAD:
        return read_lead(visit, goes_on);
    case TARGET_POLL:
        return read_poll(visit, goes_on);
    default:
        return read_visitor(visit, goes_on);
    }
}

/* Reads who asks, and what the address is called for them; with `session` what it keeps. */
static enum db_status look(struct visit *visit, const struct dispatch *dispatch, const char *session,
                           bool goes_on)
{
    visit->request = surface_request(visit->surface, visit->arena, &visit->iq->from, "form");
    if (visit->request.kind == NULL || strcmp(visit->request.kind, "staff") != 0) {
        return DB_OK;
    }
    dispatch_open(dispatch, &visit->request, &visit->opening);
    const struct command_defined *defined = surface_ask_table(visit->surface, visit->opening.unit);
    if (session != NULL) {
        visit->session = query_surface_session(visit->opening.unit, session, visit->iq->from.full);
    }
    enum db_status status = fetch(visit, goes_on || visit->record != NULL);
    if (status != DB_OK) {
        return status;
    }
    surface_take_table(visit->surface, defined);
    dispatch_read_person(visit->opening.caller, &visit->person);
    return visit->person.id != 0 && visit->record != NULL ? read_record(visit, goes_on) : DB_OK;
}

void visit_close(struct visit *visit)
{
    if (visit->opening.unit != NULL) {
        unit_abandon(visit->opening.unit);
        visit->opening.unit = NULL;
    }
}

/* For what writes nothing: without a lease. */
static enum db_status look_only(struct visit *visit)
{
    struct dispatch dispatch = surface_dispatch(visit->surface, visit->arena);
    dispatch.epoch = 0;
    enum db_status status = look(visit, &dispatch, NULL, false);
    visit_close(visit);
    return status;
}

bool visit_look(struct visit *visit)
{
    return look_only(visit) == DB_OK && visit->person.id != 0 && visit->name != NULL;
}

/* What is wrong is answered. */
static bool let_in(struct visit *visit, enum db_status status)
{
    const struct surface *surface = visit->surface;
    if (status == DB_FENCED && surface->fenced != NULL) {
        surface->fenced(surface->context);
    }
    if (status == DB_OK && visit->person.id == 0) {
        visit_refuse(visit, STANZA_FORBIDDEN, "Forbidden: this account is not in use here.");
        return false;
    }
    if (status != DB_OK) {
        visit_refuse(visit, STANZA_RESOURCE_CONSTRAINT, "The database is away. Try again in a moment.");
        return false;
    }
    if (visit->name == NULL && visit->went != NULL) {
        visit_refuse(visit, STANZA_ITEM_NOT_FOUND, visit->went);
        return false;
    }
    if (visit->name == NULL) {
        visit_refuse_absent(visit);
        return false;
    }
    return true;
}

bool visit_enter(struct visit *visit)
{
    return let_in(visit, look_only(visit));
}

bool visit_open(struct visit *visit, const char *session)
{
    struct dispatch dispatch = surface_dispatch(visit->surface, visit->arena);
    return let_in(visit, look(visit, &dispatch, session, true));
}

bool visit_offers(const struct visit *visit, const struct command *command)
{
    return visit->place != PLACE_RECORD || command->target == visit->record->target;
}
