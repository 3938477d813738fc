#include "people/seed.h"

#include <stdlib.h>

#include "base/log.h"
#include "command/role.h"
#include "people/credential.h"
#include "queries.h"

struct demo_person {
    const char *kind, *username, *name;
    enum role role;
    const char *email, *phone;
};

static const struct demo_person demo_people[] = {
    {"staff", "admin", "Anjali Menon", ROLE_ADMIN, "anjali@traincape.example", "+919810000001"},
    {"staff", "manoj", "Manoj Verma", ROLE_MANAGER, "manoj@traincape.example", "+919810000002"},
    {"staff", "priya", "Priya Nair", ROLE_SALES, "priya@traincape.example", "+919810000003"},
    {"staff", "ravi", "Ravi Kumar", ROLE_SALES, "ravi@traincape.example", "+919810000004"},
    {"staff", "leela", "Leela Das", ROLE_LEAD, "leela@traincape.example", "+919810000005"},
    {"customer", "kiran", "Kiran Shah", ROLE_CUSTOMER, "kiran@shahtraders.example", "+919820000006"},
};

#define PERSON_COUNT (sizeof demo_people / sizeof demo_people[0])
#define MANAGER      1
#define PRIYA        2
#define RAVI         3

struct demo_lead {
    const char *name, *email, *phone, *source;
    int64_t budget; /* in paise, 0 for none */
    const char *requirements, *follow_up;
    int assignee; /* place in demo_people, -1 for nobody */
};

static const struct demo_lead demo_leads[] = {
    {"Deepa Nambiar", "deepa.nambiar@example.in", "+919876500123", "linkedin", 5000000,
     "Advanced Excel for 12 people", NULL, PRIYA},
    {"Vikram Iyer", "vikram@iyerlogistics.example", "+919845012345", "website", 15000000,
     "Fleet safety training at two depots", "2 days", RAVI},
    {"Meera Joshi", "meera.joshi@example.in", NULL, "referral", 0, "Wants a call about weekend courses", NULL,
     -1},
    {"Arjun Singh", NULL, "+919811122233", "direct", 7500000, "Spoken English for hotel staff", "1 day",
     PRIYA},
    {"Fatima Sheikh", "fatima@sheikhtextiles.example", "+912223456789", "linkedin", 32500000,
     "Quality management course for 40 people", NULL, -1},
    {"Suresh Pillai", "suresh.pillai@example.in", NULL, "website", 0, NULL, NULL, -1},
};

struct demo {
    struct arena *arena;
    struct unit *unit;
    int64_t ids[PERSON_COUNT];
    const char *passwords[PERSON_COUNT];
};

static const struct people_add *add_person(struct demo *demo, size_t place)
{
    const struct demo_person *person = &demo_people[place];
    demo->passwords[place] = credential_password(demo->arena);
    struct credential keys = credential_new(demo->arena, demo->passwords[place]);
    return query_people_add(demo->unit, person->kind, person->username, person->name, role_word(person->role),
                            person->email, person->phone, "Asia/Kolkata", keys.salt, keys.iterations,
                            keys.stored_sha1, keys.server_sha1, keys.stored_sha256, keys.server_sha256);
}

static enum db_status add_people(struct demo *demo)
{
    const struct people_add *added[PERSON_COUNT];
    for (size_t i = 0; i < PERSON_COUNT; i++) {
        added[i] = add_person(demo, i);
    }
    enum db_status status = unit_flush(demo->unit);
    for (size_t i = 0; status == DB_OK && i < PERSON_COUNT; i++) {
        demo->ids[i] = added[i]->rows[0].id;
    }
    return status;
}

/* As the Manager, under the same rules as anyone. */
static void add_leads(struct demo *demo)
{
    for (size_t i = 0; i < sizeof demo_leads / sizeof demo_leads[0]; i++) {
        const struct demo_lead *lead = &demo_leads[i];
        bool assigned = lead->assignee >= 0;
        query_people_demo_lead(demo->unit, lead->name, lead->email, lead->phone, lead->source,
                               lead->budget == 0 ? NULL : &lead->budget, lead->requirements, lead->follow_up,
                               assigned ? &demo->ids[lead->assignee] : NULL, demo->ids[MANAGER]);
    }
}

static enum db_status fill(struct demo *demo, struct db *db, bool *empty)
{
    const struct identity system = {.role = "crm_system", .request = "seed-demo", .surface = "system"};
    struct identity manager = {
        .role = role_database(ROLE_MANAGER), .request = "seed-demo", .surface = "system"};
    demo->unit = unit_begin(db, demo->arena, &system);
    const struct people_any *any = query_people_any(demo->unit);
    enum db_status status = unit_flush(demo->unit);
    *empty = status == DB_OK && !any->rows[0].one;
    if (!*empty) {
        unit_abandon(demo->unit);
        return status;
    }
    status = add_people(demo);
    if (status != DB_OK) {
        unit_abandon(demo->unit);
        return status;
    }
    manager.person = demo->ids[MANAGER];
    unit_become(demo->unit, &manager);
    add_leads(demo);
    return unit_commit(demo->unit);
}

static void print(const struct demo *demo, const char *domain, FILE *out)
{
    for (size_t i = 0; i < PERSON_COUNT; i++) {
        const struct demo_person *person = &demo_people[i];
        fprintf(out, "%s@%s%s\t%s\t%s\t%s\n", person->username, person->role == ROLE_CUSTOMER ? "my." : "",
                domain, demo->passwords[i], role_label(person->role), person->name);
    }
}

int seed_demo(const struct config *config, FILE *out)
{
    const struct db_settings settings = {config->database_conninfo, config->database_password, "crmd seed",
                                         NULL, NULL};
    struct demo demo = {.arena = arena_new()};
    struct db *db = db_new(&settings);
    bool empty = false;
    enum db_status status = fill(&demo, db, &empty);
    if (status != DB_OK) {
        log_error("the demo organisation could not be made, database status %d", (int)status);
    } else if (empty) {
        print(&demo, config->xmpp_domain, out);
    }
    db_free(db);
    arena_free(demo.arena);
    return status == DB_OK && fflush(out) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
