/* What the database tests share: the private cluster of tests/tools/with-postgres, and SQL as its superuser.
 */
#ifndef DB_FIXTURE_H
#define DB_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <libpq-fe.h>

#include "base/arena.h"
#include "base/log.h"
#include "db/unit.h"

static inline struct db_settings fixture_settings(void)
{
    return (struct db_settings){getenv("CRM_TEST_CONNINFO"), getenv("CRM_TEST_PASSWORD"), "crmd test", NULL,
                                NULL};
}

/* Without a cluster a test is skipped; with one it has to work. */
#define NEEDS_POSTGRES()                                                                                     \
    do {                                                                                                     \
        if (getenv("CRM_TEST_CONNINFO") == NULL)                                                             \
            skip();                                                                                          \
    } while (0)

/* Runs SQL as the superuser and returns its first value (static memory), "" for none. Tries again while the
 * server recovers. The connection is kept: making one costs more than what it is asked. */
static inline const char *admin(const char *format, ...) __attribute__((format(printf, 1, 2)));
static inline const char *admin(const char *format, ...)
{
    static PGconn *connection;
    static char value[4096];
    char sql[8192];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(sql, sizeof sql, format, arguments);
    va_end(arguments);
    for (int tries = 0; tries < 300; tries++) {
        connection = connection != NULL ? connection : PQconnectdb(getenv("CRM_TEST_ADMIN_CONNINFO"));
        PGresult *result = PQexec(connection, sql);
        ExecStatusType status = PQresultStatus(result);
        bool good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
        const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
        /* No code: libpq itself says it. 57P..: the server is about to close the connection. */
        bool lost =
            sqlstate == NULL || strncmp(sqlstate, "57P", 3) == 0 || PQstatus(connection) != CONNECTION_OK;
        if (!good && !lost)
            print_error("%s: %s", sql, PQresultErrorMessage(result));
        snprintf(value, sizeof value, "%s", good && PQntuples(result) > 0 ? PQgetvalue(result, 0, 0) : "");
        PQclear(result);
        if (good)
            return value;
        assert_true(lost);
        PQfinish(connection);
        connection = NULL;
        nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
    }
    fail_msg("the server does not come back");
    return value;
}

#endif
