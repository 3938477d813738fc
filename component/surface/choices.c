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
static void become(const struct search *search, bool caller)
{
    const struct person *person = search->settlement->person;
    struct identity *identity = arena_alloc(search->settlement->arena, sizeof *identity);
    *identity = (struct identity){.role = caller ? role_database(person->role) : "crm_system",
                                  .person = caller ? person->id : 0,
                                  .epoch = search->wish->epoch,
                                  .request = "choices",
                                  .surface = "form"};
    unit_become(search->settlement->unit, identity);
}

static struct choice lead_choice(struct arena *arena, const struct surface_leads_row *lead)
{
    const char *number = arena_printf(arena, "%lld", (long long)lead->id);
    return (struct choice){number, arena_printf(arena, "%s (lead %s, %s)", lead->name, number, lead->status)};
}

/* All leads that the caller may see when they are few; otherwise those that the word is a part of. */
static enum db_status lead_choices(struct search *search, const struct choice **out)
{
    struct arena *arena = search->settlement->arena;
    become(search, true);
    const struct surface_leads *leads =
        query_surface_leads(search->settlement->unit, search->given, CHOICES_LIMIT + 1);
    const struct surface_leads *any = query_surface_leads(search->settlement->unit, NULL, CHOICES_LIMIT + 1);
    enum db_status status = unit_flush(search->settlement->unit);
    become(search, false);
    if (status != DB_OK) {
        return status;
    }
    bool few = any->count <= CHOICES_LIMIT;
    const struct surface_leads *shown = few ? any : leads;
    struct choice *choices = arena_array(arena, CHOICES_LIMIT + 2, sizeof *choices);
    size_t count = 0;
    while (count < shown->count && count < CHOICES_LIMIT) {
        choices[count] = lead_choice(arena, &shown->rows[count]);
        count++;
    }
    *out = few                     ? (count > 0 ? choices : NULL)
           : search->given == NULL ? NULL
                                   : narrowed(search, choices, count);
    return DB_OK;
}

static enum db_status target_choices(struct search *search)
{
    const struct target_kind *kind = target_kind(search->wish->command->target);
    if (!kind->numbered) {
        search->out->target =
            narrow(search, people_choices(search->settlement->unit, search->settlement->arena, 0, true));
        return DB_OK;
    }
    return search->wish->command->target == TARGET_LEAD ? lead_choices(search, &search->out->target) : DB_OK;
}

/* The people who can be chosen; "me" and "nobody" before them where nobody can be. */
static const struct choice *person_choices(const struct search *search, const struct param *param)
{
    struct arena *arena = search->settlement->arena;
    const struct choice *people = people_choices(search->settlement->unit, arena, param->people, false);
    if (people == NULL || (param->flags & PARAM_NOBODY) == 0) {
        return people;
    }
    size_t count = count_choices(people);
    struct choice *choices = arena_array(arena, count + 3, sizeof *choices);
    choices[0] = (struct choice){"me", "Me"};
    choices[1] = (struct choice){"nobody", "Nobody"};
    memcpy(choices + 2, people, count * sizeof *choices);
    return choices;
}

static const struct choice *param_choices(struct search *search, const struct param *param)
{
    const struct settlement *settlement = search->settlement;
    switch (param->type) {
    case PARAM_PERSON:
        return narrow(search, person_choices(search, param));
    case PARAM_COMMAND:
        return narrow(search,
                      command_choices(settlement->arena, search->wish->table, settlement->person->role));
    default:
        return narrow(search, param->choices);
    }
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
            params[command_param(wish->command, name)] = param_choices(&search, fields[i]);
        }
    }
    return status;
}
