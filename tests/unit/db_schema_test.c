/* The program and the database are of one version, and notice when they are not. */
#include "db_fixture.h"

#include <dirent.h>
#include <time.h>

#include "db/schema.h"

static void the_program_knows_the_last_migration(void **state)
{
    int last = 0;
    (void)state;
    DIR *folder = opendir("schema/migrations");
    assert_non_null(folder);
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strtol(entry->d_name, NULL, 10) > last) {
            last = (int)strtol(entry->d_name, NULL, 10);
        }
    }
    closedir(folder);
    assert_int_equal(last, SCHEMA_VERSION);
}

static void another_version_is_a_problem_in_words(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    const char *problem;
    struct db_settings settings = fixture_settings();
    struct db *db = db_new(&settings);
    struct arena *arena = arena_new();
    assert_int_equal(schema_check(db, arena, &problem), DB_OK);
    assert_null(problem);
    admin("INSERT INTO crm.schema_migration (version, name, sha256) VALUES (999, 'test', '')");
    enum db_status newer = schema_check(db, arena, &problem);
    admin("DELETE FROM crm.schema_migration WHERE version = 999");
    assert_int_equal(newer, DB_OK);
    assert_non_null(strstr(problem, "the database has schema version 999"));
    arena_free(arena);
    db_free(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_program_knows_the_last_migration),
        cmocka_unit_test(another_version_is_a_problem_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
