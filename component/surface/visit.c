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

static enum db_status read_lead(struct unit *unit, const struct visit *visit, const char **name)
{
    const struct surface_lead_name *rows = query_surface_lead_name(unit, visit->number);
    enum db_status status = unit_commit(unit);
    if (status == DB_OK && rows->count == 1) {
        *name = arena_printf(visit->arena, "%s (lead %lld)", rows->rows[0].name, (long long)visit->number);
    }
    return status;
}

static enum db_status read_poll(struct unit *unit, const struct visit *visit, const char **name)
{
    const struct command_target_poll *rows = query_command_target_poll(unit, visit->number);
    enum db_status status = unit_commit(unit);
    if (status == DB_OK && rows->count == 1) {
        *name = arena_printf(visit->arena, "Poll %lld", (long long)visit->number);
    }
    return status;
}

static enum db_status read_visitor(struct unit *unit, const struct visit *visit, const char **name)
{
    const struct surface_visitor_name *rows = query_surface_visitor_name(unit, visit->number);
    enum db_status status = unit_commit(unit);
    if (status == DB_OK && rows->count == 1) {
        *name = rows->rows[0].name != NULL
                    ? rows->rows[0].name
                    : arena_printf(visit->arena, "Visitor %lld", (long long)visit->number);
    }
    /* A role without any right on visitors sees none. */
    return status == DB_CONSTRAINT ? DB_OK : status;
}

static enum db_status read_record(const struct visit *visit, const char **name)
{
    struct identity caller = {
        .role = role_database(visit->person.role), .person = visit->person.id, .surface = "form"};
    struct unit *unit = unit_begin(visit->surface->db, visit->arena, &caller);
    *name = NULL;
    switch (visit->record->target) {
    case TARGET_LEAD:
        return read_lead(unit, visit, name);
    case TARGET_POLL:
        return read_poll(unit, visit, name);
    default:
        return read_visitor(unit, visit, name);
    }
}

/* Reads who asks, and what the address is called for them. */
static enum db_status look(struct visit *visit)
{
    struct dispatch dispatch = surface_dispatch(visit->surface, visit->arena);
    const char *kind = surface_kind(visit->surface, &visit->iq->from);
    enum db_status status = DB_OK;
    if (kind != NULL && strcmp(kind, "staff") == 0) {
        status = dispatch_caller(&dispatch, kind, visit->iq->from.local, &visit->person);
    }
    if (status == DB_OK && visit->person.id != 0 && visit->record != NULL) {
        status = read_record(visit, &visit->name);
    }
    return status;
}

bool visit_look(struct visit *visit)
{
    return look(visit) == DB_OK && visit->person.id != 0 && visit->name != NULL;
}

bool visit_enter(struct visit *visit)
{
    enum db_status status = look(visit);
    if (status == DB_OK && visit->person.id == 0) {
        visit_refuse(visit, STANZA_FORBIDDEN, "Forbidden: this account is not in use here.");
        return false;
    }
    if (status != DB_OK) {
        visit_refuse(visit, STANZA_RESOURCE_CONSTRAINT, "The database is away. Try again in a moment.");
        return false;
    }
    if (visit->name == NULL) {
        visit_refuse_absent(visit);
        return false;
    }
    return true;
}

bool visit_offers(const struct visit *visit, const struct command *command)
{
    return visit->place != PLACE_RECORD || command->target == visit->record->target;
}
