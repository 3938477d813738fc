#include "people/first.h"

#include <stdlib.h>
#include <string.h>

#include "db/unit.h"
#include "people/link.h"
#include "people/people.h"
#include "queries.h"

struct first {
    const struct config *config;
    struct arena *arena;
    const char *username, *name;
    FILE *out, *err;
};

static int refuse(const struct first *first, const char *sentence)
{
    fprintf(first->err, "%s\n", sentence);
    return EXIT_FAILURE;
}

static int tell(const struct first *first, const struct people_first_admin_row *row, const char *token)
{
    if (strcmp(row->outcome, "exists") == 0) {
        return refuse(first,
                      arena_printf(first->arena,
                                   "There is an Admin already: %s. They add others; a new link for them: "
                                   "crmctl --as %s user.password %s",
                                   row->admin, row->admin, row->admin));
    }
    if (strcmp(row->outcome, "taken") == 0) {
        return refuse(first,
                      arena_printf(first->arena, "The user name %s is taken. Give another one.", row->admin));
    }
    fprintf(first->out,
            "%s@%s is the first Admin. Whoever opens this link first sets the password; it works once, until "
            "%s:\n%s/account/%s\n",
            row->admin, first->config->xmpp_domain, row->until, first->config->web_base_url, token);
    return fflush(first->out) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int make(const struct first *first, struct db *db)
{
    const struct identity system = {.role = "crm_system", .request = "first-admin", .surface = "ctl"};
    struct link_token token = link_token_new(first->arena);
    struct unit *unit = unit_begin(db, first->arena, &system);
    const struct people_first_admin *found =
        query_people_first_admin(unit, first->username, first->name, token.sha256);
    switch (unit_commit(unit)) {
    case DB_OK:
        return tell(first, &found->rows[0], token.text);
    case DB_CONSTRAINT:
        return refuse(first, "The full name has to have 1 to 120 characters.");
    default:
        return refuse(first, "The database could not do it. Say: crmctl check");
    }
}

int first_admin(const struct config *config, const char *username, const char *name, FILE *out, FILE *err)
{
    const struct db_settings settings = {.conninfo = config->database_conninfo,
                                         .password = config->database_password,
                                         .application_name = "crmd first"};
    struct first first = {.config = config, .arena = arena_new(), .name = name, .out = out, .err = err};
    first.username = people_read_username(first.arena, username);
    int result = EXIT_FAILURE;
    if (first.username == NULL) {
        refuse(&first, "This is no user name. Use small letters, digits, dots and hyphens, as in asha.rao.");
    } else {
        struct db *db = db_new(&settings);
        result = make(&first, db);
        db_free(db);
    }
    arena_free(first.arena);
    return result;
}
