#include "base/version.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define PARTS 3

struct least {
    const char *name;
    int version[PARTS];
    bool of_this_major; /* judges only versions that begin with the same number: several are kept up */
    const char *why;
};

#define ROWS_OF_ANOTHER_ROLE                                                                                 \
    "CVE-2024-10976: a query planned for one role could be run for another, past row-level security"

/* Rows of one name: the ones of a major version first, then what is older or newer than all of them. */
static const struct least table[] = {
    {"expat",
     {2, 5, 0},
     false,
     "CVE-2022-25236 lets two parsers see different stanzas, CVE-2022-40674 and CVE-2022-43680 free memory "
     "twice"},
    {"libstrophe",
     {0, 12, 0},
     false,
     "crmd was tried with it; its way of connecting a component is relied on"},
    {"PostgreSQL", {15, 9, 0}, true, ROWS_OF_ANOTHER_ROLE},
    {"PostgreSQL", {16, 5, 0}, true, ROWS_OF_ANOTHER_ROLE},
    {"PostgreSQL", {17, 1, 0}, true, ROWS_OF_ANOTHER_ROLE},
    {"PostgreSQL", {15, 0, 0}, false, "security_invoker views, which the schema is made of, came with it"},
    {"Prosody",
     {0, 12, 3},
     false,
     "CVE-2022-0217 lets anybody use up its memory over WebSocket, and 0.12.3 mended archives and "
     "resumption"},
};

/* "expat_2.4.1", "15.9 (Debian …)", "0.12.3": the first number in it and what follows dots. */
static bool read_version(const char *text, int version[PARTS])
{
    const char *at = text + strcspn(text, "0123456789");
    bool found = *at != '\0';
    memset(version, 0, PARTS * sizeof *version);
    for (int i = 0; i < PARTS; i++) {
        size_t digits = strspn(at, "0123456789");
        version[i] = digits > 0 && digits < 9 ? (int)strtol(at, NULL, 10) : 0;
        at += digits;
        if (*at++ != '.') {
            break;
        }
    }
    return found;
}

static bool is_older(const int version[PARTS], const int least[PARTS])
{
    for (int i = 0; i < PARTS; i++) {
        if (version[i] != least[i]) {
            return version[i] < least[i];
        }
    }
    return false;
}

const char *version_complaint(struct arena *arena, const char *name, const char *version)
{
    int parts[PARTS];
    bool known = false;
    if (!read_version(version, parts)) {
        return arena_printf(arena, "%s does not say a version but “%s”", name, version);
    }
    for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
        const struct least *row = &table[i];
        if (strcmp(row->name, name) != 0) {
            continue;
        }
        known = true;
        if ((!row->of_this_major || row->version[0] == parts[0]) && is_older(parts, row->version)) {
            return arena_printf(
                arena,
                "%s %d.%d.%d is older than %d.%d.%d (%s); update it, unless its distributor has "
                "mended it",
                name, parts[0], parts[1], parts[2], row->version[0], row->version[1], row->version[2],
                row->why);
        }
    }
    if (!known) {
        log_bug("nothing is known of %s", name);
    }
    return NULL;
}

void version_check(const char *name, const char *version)
{
    log_info("stands on %s version='%s'", name, version);
    struct arena *arena = arena_new();
    const char *complaint = version_complaint(arena, name, version);
    if (complaint != NULL) {
        log_warn("%s", complaint);
    }
    arena_free(arena);
}
