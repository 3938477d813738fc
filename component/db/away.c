#include "db/away.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>

#include "base/log.h"

static atomic_bool away;

void away_say(const char *reason)
{
    if (!atomic_exchange(&away, true)) {
        log_warn("the database is away reason=\"%.*s\"", (int)strcspn(reason, "\n"), reason);
    }
}

void away_over(void)
{
    if (atomic_exchange(&away, false)) {
        log_info("the database is back");
    }
}

void away_notice(const char *sqlstate, const char *message)
{
    if (sqlstate == NULL || strncmp(sqlstate, "57P", 3) != 0) { /* operator intervention */
        log_warn("database notice sqlstate=%s message=\"%s\"", sqlstate == NULL ? "" : sqlstate, message);
    }
}
