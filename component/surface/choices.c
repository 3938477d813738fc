#include "surface/choices.h"

#include <string.h>

#include "command/people.h"
#include "command/role.h"
#include "command/table.h"
#include "command/target.h"
#include "queries.h"
#include "surface/forms.h"

/* One field while its list is made. */
struct search {
    const struct settlement *settlement;
    const struct choices_wish *wish;
    const char *given; /* what to search for; NULL: nothing was searched for */
    struct choices *out;
};

static size_t count_choices(const struct choice *choices)
{
    size_t count = 0;
    while (choices[count].value != NULL) {
        count++;
    }
    return count;
}

const struct choice *choices_short(const struct choice *choices)
{
    return choices == NULL || count_choices(choices) > CHOICES_LIMIT ? NULL : choices;
}

/* As many as fit, with room for two more. */
static struct choice *cut(const struct search *search, const struct choice *choices)
{
    struct choice *room = arena_array(search->settlement->arena, CHOICES_LIMIT + 2, sizeof *room);
    for (size_t i = 0; i < CHOICES_LIMIT && choices[i].value != NULL; i++) {
        room[i] = choices[i];
    }
    return room;
}

/* What was found, with a way to search again. `found` has room for two more. */
static const struct choice *narrowed(struct search *search, struct choice *found, size_t count)
{
    if (count == 0) {
        return NULL;
    }
    search->out->found = count;
    search->out->only = count == 1 ? found[0].value : NULL;
    found[count] = (struct choice){FORMS_AGAIN, "Search again…"};
    found[count + 1] = (struct choice){NULL, NULL};
    return found;
}

/* A short list as it is; of a long one what the word may mean, or NULL. */
static const struct choice *narrow(struct search *search, const struct choice *all)
{
    size_t count = 0;
    if (all == NULL || count_choices(all) <= CHOICES_LIMIT) {
        return all;
    }
    if (search->given == NULL) {
        return NULL;
    }
    struct choice *found = arena_array(search->settlement->arena, CHOICES_LIMIT + 2, sizeof *found);
    for (; all->value != NULL && count < CHOICES_LIMIT; all++) {
        if (strcasestr(all->value, search->given) != NULL || strcasestr(all->label, search->given) != NULL) {
            found[count++] = *all;
        }
    }
    return narrowed(search, found, count);
}

/* From here on the unit acts as the caller, or as crm_system. */
static void become(const struct settlement *settlement, int64_t epoch, bool caller)
{
    const struct person *person = settlement->person;
    struct identity *identity = arena_alloc(settlement->arena, sizeof *identity);
    *identity = (struct identity){.role = caller ? role_database(person->role) : "crm_system",
                                  .person = caller ? person->id : 0,
                                  .epoch = epoch,
                                  .surface = "form"};
    unit_become(settlement->unit, identity);
}

/* What a list offers comes from: all of it, when it is few; what holds the word that was searched for. */
typedef const struct choice *list_source(const struct search *search, const void *what, const char *part);

/* A list short enough to be offered as it is, or what was found in a long one; NULL: there is nothing to
 * offer, or too much of it. One more than fits is asked for, to know which. */
static enum db_status list(struct search *search, list_source *source, const void *what, bool open,
                           const struct choice **out)
{
    const struct choice *found = NULL;
    become(search->settlement, search->wish->epoch, true);
    const struct choice *all = source(search, what, NULL);
    if (all != NULL && count_choices(all) > CHOICES_LIMIT && search->given != NULL && !open) {
        found = source(search, what, search->given);
    }
    enum db_status status = unit_flush(search->settlement->unit);
    become(search->settlement, search->wish->epoch, false);
    if (status != DB_OK || all == NULL) {
        return status;
    }
    if (count_choices(all) <= CHOICES_LIMIT) {
        *out = count_choices(all) > 0 ? all : NULL;
    } else if (open) {
        *out = cut(search, all);
    } else if (found != NULL) {
        *out = narrowed(search, cut(search, found), count_choices(cut(search, found)));
    }
    return DB_OK;
}

static struct choice lead_choice(struct arena *arena, const struct surface_leads_row *lead)
{
    const char *number = arena_printf(arena, "%lld", (long long)lead->id);
    return (struct choice){number, arena_printf(arena, "%s (lead %s, %s)", lead->name, number, lead->status)};
}

/* Leads that the caller may see; `what` is the command that is to act on one. */
static const struct choice *leads(const struct search *search, const void *what, const char *part)
{
    struct arena *arena = search->settlement->arena;
    const struct command *command = what;
    const bool deleted = command->target == TARGET_ANY_LEAD;
    const bool live = !deleted || command->effect == EFFECT_DESTROY; /* erased is either, restored one kind */
    const struct surface_leads *rows =
        query_surface_leads(search->settlement->unit, part, deleted, live, CHOICES_LIMIT + 1);
    if (unit_flush(search->settlement->unit) != DB_OK) {
        return NULL;
    }
    struct choice *choices = arena_array(arena, rows->count + 1, sizeof *choices);
    for (size_t i = 0; i < rows->count; i++) {
        choices[i] = lead_choice(arena, &rows->rows[i]);
    }
    return choices;
}

/* Members of staff; `what` is which of them. */
static const struct choice *people(const struct search *search, const void *what, const char *part)
{
    const struct people_wish *wish = what;
    return people_find(search->settlement->unit, search->settlement->arena, wish, part, CHOICES_LIMIT + 1);
}

/* What a parameter's own query finds. */
static const struct choice *own(const struct search *search, const void *what, const char *part)
{
    const struct param *param = what;
    return param->find(search->settlement->unit, search->settlement->arena, part, CHOICES_LIMIT + 1);
}

static enum db_status target_choices(struct search *search)
{
    const struct command *command = search->wish->command;
    const struct people_wish whom = {.offered = command->offered};
    switch (command->target) {
    case TARGET_PERSON:
        return list(search, people, &whom, false, &search->out->target);
    case TARGET_LEAD:
    case TARGET_ANY_LEAD:
        return list(search, leads, command, false, &search->out->target);
    default:
        return DB_OK;
    }
}

/* "nobody" before the people, where nobody can be meant, and "me" where it can be the caller. */
static const struct choice *with_nobody(const struct search *search, const struct param *param,
                                        const struct choice *people)
{
    size_t count = count_choices(people), before = 0;
    struct choice *choices = arena_array(search->settlement->arena, count + 3, sizeof *choices);
    if (param->people == 0 || (param->people & search->settlement->person->role) != 0) {
        choices[before++] = (struct choice){"me", "Me"};
    }
    choices[before++] = (struct choice){"nobody", "Nobody"};
    memcpy(choices + before, people, count * sizeof *choices);
    return choices;
}

static enum db_status person_choices(struct search *search, const struct param *param,
                                     const struct choice **out)
{
    const struct people_wish whom = {.roles = param->people,
                                     .offered = (param->flags & PARAM_ANYBODY) != 0 ? OFFERED_ANYBODY
                                                                                    : OFFERED_ENABLED};
    enum db_status status = list(search, people, &whom, false, out);
    if (status == DB_OK && *out != NULL && (param->flags & PARAM_NOBODY) != 0) {
        *out = with_nobody(search, param, *out);
    }
    return status;
}

const struct choice *choices_for_record(const struct settlement *settlement, int64_t epoch,
                                        const struct param *param, int64_t number)
{
    if (param->offer == NULL || number == 0) {
        return param->choices;
    }
    become(settlement, epoch, true);
    const struct choice *offered = param->offer(settlement->unit, settlement->arena, number);
    become(settlement, epoch, false);
    return offered;
}

/* What the record has comes first: a form shows it, and it can be left so. */
static const struct choice *with_present(const struct search *search, const struct param *param,
                                         const struct choice *offered)
{
    const char *present = arguments_get(&search->wish->shown, param->name);
    const struct choice *known = param->choices;
    while (present != NULL && known->value != NULL && strcmp(known->value, present) != 0) {
        known++;
    }
    if (offered == NULL || present == NULL || known->value == NULL) {
        return offered;
    }
    size_t count = count_choices(offered);
    struct choice *choices = arena_array(search->settlement->arena, count + 2, sizeof *choices);
    choices[0].value = known->value;
    choices[0].label = arena_printf(search->settlement->arena, "%s (as it is now)", known->label);
    memcpy(choices + 1, offered, count * sizeof *choices);
    return choices;
}

static enum db_status param_choices(struct search *search, const struct param *param,
                                    const struct choice **out)
{
    const struct settlement *settlement = search->settlement;
    if (param->type == PARAM_PERSON) {
        return person_choices(search, param, out);
    }
    if (param->find != NULL) {
        return list(search, own, param, (param->flags & PARAM_OPEN) != 0, out);
    }
    if (param->offer != NULL && settlement->target != 0) {
        *out = with_present(search, param,
                            choices_for_record(settlement, search->wish->epoch, param, settlement->target));
        return unit_flush(settlement->unit);
    }
    *out = narrow(search,
                  param->type != PARAM_COMMAND
                      ? param->choices
                      : command_choices(settlement->arena, search->wish->table, settlement->person->role));
    return DB_OK;
}

static const char *searched_for(const struct choices_wish *wish, const char *field)
{
    const char *given =
        wish->wrong != NULL && strcmp(wish->wrong, field) == 0 ? arguments_get(&wish->values, field) : NULL;
    return given == NULL || given[0] == '\0' ? NULL : given;
}

enum db_status choices_load(const struct settlement *settlement, const struct choices_wish *wish,
                            struct choices *out)
{
    const struct param *fields[FORMS_PAGE_FIELDS];
    size_t count = forms_fields(wish->command, wish->ask_target, wish->page, fields);
    const struct choice **params =
        arena_array(settlement->arena, command_param_count(wish->command) + 1, sizeof(void *));
    enum db_status status = DB_OK;
    *out = (struct choices){.params = params};
    for (size_t i = 0; i < count && status == DB_OK; i++) {
        const char *name = fields[i] == NULL ? target_kind(wish->command->target)->word : fields[i]->name;
        struct search search = {settlement, wish, searched_for(wish, name), out};
        if (fields[i] == NULL) {
            status = target_choices(&search);
        } else {
            status = param_choices(&search, fields[i], &params[command_param(wish->command, name)]);
        }
    }
    return status;
}
