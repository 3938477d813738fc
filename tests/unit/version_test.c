#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/version.h"

static const struct {
    const char *name, *version, *complaint; /* a part of it; NULL: none */
} cases[] = {
    {"expat", "expat_2.5.0", NULL},
    {"expat", "expat_2.6.1", NULL},
    {"expat", "expat_3.0.0", NULL},
    {"expat", "expat_2.4.9", "expat 2.4.9 is older than 2.5.0"},
    {"expat", "expat_1.95", "CVE-2022-25236"},
    {"libstrophe", "0.12.2", NULL},
    {"libstrophe", "0.11", "libstrophe 0.11.0 is older than 0.12.0"},
    {"PostgreSQL", "15.20 (Debian 15.20-0+deb12u1)", NULL},
    {"PostgreSQL", "15.9", NULL},
    {"PostgreSQL", "15.8", "PostgreSQL 15.8.0 is older than 15.9.0 (CVE-2024-10976"},
    {"PostgreSQL", "16.4", "16.5.0"},
    {"PostgreSQL", "16.5", NULL},
    {"PostgreSQL", "17.0", "17.1.0"},
    {"PostgreSQL", "18.0", NULL},
    {"PostgreSQL", "14.20", "security_invoker"},
    {"Prosody", "0.12.3", NULL},
    {"Prosody", "13.0.1", NULL},
    {"Prosody", "0.11.9", "CVE-2022-0217"},
    {"Prosody", "trunk nightly build", "does not say a version"},
    {"Prosody", "", "does not say a version"},
};

static void test_versions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct arena *arena = arena_new();
        const char *complaint = version_complaint(arena, cases[i].name, cases[i].version);
        if (cases[i].complaint == NULL && complaint != NULL) {
            fail_msg("%s %s: %s", cases[i].name, cases[i].version, complaint);
        }
        if (cases[i].complaint != NULL &&
            (complaint == NULL || strstr(complaint, cases[i].complaint) == NULL)) {
            fail_msg("%s %s: %s", cases[i].name, cases[i].version, complaint == NULL ? "nothing" : complaint);
        }
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
