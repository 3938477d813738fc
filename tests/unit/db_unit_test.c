/* Units of work against a real server: results, decisions midway, rollback, each way to fail, and the server
 * dying at each moment. */
#include "db_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>
#include <unistd.h>

#include "db/statement.h"

/* ---------------------------------------------------------------- statements, as querygen would make them */

#define PARAMETERS(...)                                                                                      \
    .parameters = (const struct parameter[])                                                                 \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }
#define COLUMNS(...)                                                                                         \
    .columns = (const struct column[])                                                                       \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }

struct row {
    int64_t key;
    const char *body;
    bool has_amount;
    int64_t amount;
    bool flag;
    double ratio;
    int32_t small;
};
struct rows {
    size_t count;
    const struct row *rows;
};
struct texts_row {
    const char *value;
};
struct texts {
    size_t count;
    const struct texts_row *rows;
};
struct who_row {
    const char *role, *person, *surface, *request;
};
struct who {
    size_t count;
    const struct who_row *rows;
};

static const struct statement put = {
    .name = "put",
    .sql = "INSERT INTO test_row (key, body, amount) VALUES ($1, $2, $3)",
    PARAMETERS({"key", TYPE_BIGINT, false}, {"body", TYPE_TEXT, true}, {"amount", TYPE_BIGINT, true}),
    .parameter_count = 3};
static const struct statement get = {
    .name = "get",
    .sql =
        "SELECT key, body, amount, key > 1, key / 4.0::float8, key::int FROM test_row ORDER BY test_row.key",
    COLUMNS({"key", TYPE_BIGINT, false, offsetof(struct row, key), 0},
            {"body", TYPE_TEXT, true, offsetof(struct row, body), 0},
            {"amount", TYPE_BIGINT, true, offsetof(struct row, amount), offsetof(struct row, has_amount)},
            {"flag", TYPE_BOOLEAN, false, offsetof(struct row, flag), 0},
            {"ratio", TYPE_DOUBLE, false, offsetof(struct row, ratio), 0},
            {"small", TYPE_INT, false, offsetof(struct row, small), 0}),
    .column_count = 6,
    .row_size = sizeof(struct row)};
static const struct statement get_not_null = {
    .name = "get_not_null",
    .sql = "SELECT body FROM test_row",
    COLUMNS({"body", TYPE_TEXT, false, offsetof(struct texts_row, value), 0}),
    .column_count = 1,
    .row_size = sizeof(struct texts_row)};
static const struct statement unnest_texts = {
    .name = "unnest_texts",
    .sql = "SELECT value FROM unnest($1) WITH ORDINALITY AS a (value, n) ORDER BY n",
    PARAMETERS({"values", TYPE_TEXT_ARRAY, false}),
    .parameter_count = 1,
    COLUMNS({"value", TYPE_TEXT, true, offsetof(struct texts_row, value), 0}),
    .column_count = 1,
    .row_size = sizeof(struct texts_row)};
static const struct statement sum_numbers = {
    .name = "sum_numbers",
    .sql = "SELECT sum(value)::text FROM unnest($1) AS a (value)",
    PARAMETERS({"values", TYPE_BIGINT_ARRAY, true}),
    .parameter_count = 1,
    COLUMNS({"value", TYPE_TEXT, true, offsetof(struct texts_row, value), 0}),
    .column_count = 1,
    .row_size = sizeof(struct texts_row)};
static const struct statement echo = {
    .name = "echo",
    .sql = "SELECT concat_ws('|', $1, $2, $3, $4, $5, $6::text)",
    PARAMETERS({"a", TYPE_BIGINT, true}, {"b", TYPE_INT, false}, {"c", TYPE_BOOLEAN, false},
               {"d", TYPE_DOUBLE, false}, {"e", TYPE_UUID, false}, {"f", TYPE_TIMESTAMPTZ, false}),
    .parameter_count = 6,
    COLUMNS({"value", TYPE_TEXT, false, offsetof(struct texts_row, value), 0}),
    .column_count = 1,
    .row_size = sizeof(struct texts_row)};
static const struct statement big = {
    .name = "big",
    .sql = "SELECT repeat($2, 1000) FROM generate_series(1, $1)",
    PARAMETERS({"count", TYPE_BIGINT, false}, {"what", TYPE_TEXT, false}),
    .parameter_count = 2,
    COLUMNS({"value", TYPE_TEXT, false, offsetof(struct texts_row, value), 0}),
    .column_count = 1,
    .row_size = sizeof(struct texts_row)};
static const struct statement who_am_i = {
    .name = "who_am_i",
    .sql = "SELECT current_user, current_setting('crm.person'), current_setting('crm.surface'), "
           "current_setting('crm.request')",
    COLUMNS({"role", TYPE_TEXT, false, offsetof(struct who_row, role), 0},
            {"person", TYPE_TEXT, false, offsetof(struct who_row, person), 0},
            {"surface", TYPE_TEXT, false, offsetof(struct who_row, surface), 0},
            {"request", TYPE_TEXT, false, offsetof(struct who_row, request), 0}),
    .column_count = 4,
    .row_size = sizeof(struct who_row)};
static const struct statement raise_it = {.name = "raise_it",
                                          .sql = "SELECT test_raise($1)",
                                          PARAMETERS({"state", TYPE_TEXT, false}),
                                          .parameter_count = 1};
static const struct statement read_secrets = {.name = "read_secrets",
                                              .sql = "SELECT salt FROM crm.credential"};
static const struct statement defer = {.name = "defer",
                                       .sql = "INSERT INTO test_deferred (act) VALUES ($1)",
                                       PARAMETERS({"act", TYPE_TEXT, false}),
                                       .parameter_count = 1};
static const struct statement nap = {.name = "nap",
                                     .sql = "SELECT pg_sleep($1)",
                                     PARAMETERS({"seconds", TYPE_DOUBLE, false}),
                                     .parameter_count = 1};
static const struct statement pid = {
    .name = "pid",
    .sql = "SELECT pg_backend_pid()::text",
    COLUMNS({"value", TYPE_TEXT, false, offsetof(struct texts_row, value), 0}),
    .column_count = 1,
    .row_size = sizeof(struct texts_row)};

static const struct statement session_settings = {
    .name = "session_settings",
    .sql = "SELECT concat_ws(' ', current_setting('enable_seqscan'), current_setting('plan_cache_mode'), "
           "current_setting('jit'))",
    COLUMNS({"value", TYPE_TEXT, false, offsetof(struct texts_row, value), 0}),
    .column_count = 1,
    .row_size = sizeof(struct texts_row)};

static const struct affected *query_put(struct unit *unit, int64_t key, const char *body,
                                        const int64_t *amount)
{
    return statement_queue(unit, &put, (const void *const[]){&key, body, amount});
}
static const struct rows *query_get(struct unit *unit)
{
    return statement_queue(unit, &get, NULL);
}

/* ---------------------------------------------------------------- fixture */

static struct db_settings settings;
static struct db *db;
static struct arena *arena;
static const struct identity as_system = {"crm_system", 0, 0, "r1", "system"};

static int make_tables(void **state)
{
    (void)state;
    if (getenv("CRM_TEST_CONNINFO") == NULL) {
        return 0;
    }
    log_set_level(LOG_LEVEL_ERROR);
    settings = fixture_settings();
    admin("CREATE TABLE IF NOT EXISTS public.test_row (key bigint CONSTRAINT test_key PRIMARY KEY, body "
          "text, amount bigint);"
          "CREATE TABLE IF NOT EXISTS public.test_deferred (act text);"
          "GRANT ALL ON public.test_row, public.test_deferred TO crm_system, crm_sales;"
          "CREATE OR REPLACE FUNCTION public.test_raise(state text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN"
          "  RAISE EXCEPTION 'raised' USING ERRCODE = state, DETAIL = 'the detail'; END $$;"
          "CREATE OR REPLACE FUNCTION public.test_act() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
          "$$ BEGIN"
          "  CASE NEW.act WHEN 'terminate' THEN PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM "
          "pg_sleep(5);"
          "    WHEN 'sleep' THEN PERFORM pg_sleep(5); ELSE PERFORM test_raise(NEW.act); END CASE; RETURN "
          "NULL; END $$;"
          "DROP TRIGGER IF EXISTS act ON public.test_deferred;"
          "CREATE CONSTRAINT TRIGGER act AFTER INSERT ON public.test_deferred DEFERRABLE INITIALLY DEFERRED"
          "  FOR EACH ROW EXECUTE FUNCTION public.test_act()");
    return 0;
}

static int begin_test(void **state)
{
    (void)state;
    if (getenv("CRM_TEST_CONNINFO") == NULL) {
        return 0;
    }
    admin("TRUNCATE public.test_row, public.test_deferred");
    db = db_new(&settings);
    arena = arena_new();
    return 0;
}

static int end_test(void **state)
{
    (void)state;
    db_free(db);
    arena_free(arena);
    db = NULL;
    arena = NULL;
    return 0;
}

static void assert_rows(const char *count)
{
    assert_string_equal(admin("SELECT count(*) FROM public.test_row"), count);
}

/* The connection is good, or comes back, for the next unit. */
static void assert_usable(void)
{
    enum db_status status = DB_AWAY;
    for (int tries = 0; tries < 40 && status == DB_AWAY; tries++) {
        struct unit *unit = unit_begin(db, arena, &as_system);
        query_put(unit, 999, "next", NULL);
        status = unit_commit(unit);
    }
    assert_int_equal(status, DB_OK);
}

/* ---------------------------------------------------------------- results */

static void results_have_the_declared_types(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct unit *unit = unit_begin(db, arena, &as_system);
    const struct affected *one = query_put(unit, 1, "caf\xc3\xa9 'q' \\ \n", &(int64_t){INT64_MIN});
    const struct affected *two = query_put(unit, 2, NULL, NULL);
    const struct rows *rows = query_get(unit);
    assert_int_equal(rows->count, 0);
    assert_int_equal(unit_commit(unit), DB_OK);
    assert_int_equal(one->count, 1);
    assert_int_equal(two->count, 1);
    assert_int_equal(rows->count, 2);
    assert_string_equal(rows->rows[0].body, "caf\xc3\xa9 'q' \\ \n");
    assert_true(rows->rows[0].has_amount);
    assert_true(rows->rows[0].amount == INT64_MIN);
    assert_false(rows->rows[0].flag);
    assert_null(rows->rows[1].body);
    assert_false(rows->rows[1].has_amount);
    assert_true(rows->rows[1].flag);
    assert_true(rows->rows[1].ratio == 0.5);
    assert_int_equal(rows->rows[1].small, 2);
    assert_rows("2");
}

static void parameters_of_every_type_arrive(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct unit *unit = unit_begin(db, arena, &as_system);
    const struct texts *all = statement_queue(
        unit, &echo,
        (const void *const[]){&(int64_t){-7}, &(int32_t){8}, &(bool){true}, &(double){0.1},
                              "00000000-0000-0000-0000-00000000000a", "2026-12-01 10:30+05:30"});
    const struct texts *null = statement_queue(
        unit, &echo,
        (const void *const[]){NULL, &(int32_t){8}, &(bool){false}, &(double){1e300},
                              "00000000-0000-0000-0000-00000000000a", "2026-12-01 10:30+05:30"});
    assert_int_equal(unit_commit(unit), DB_OK);
    assert_string_equal(all->rows[0].value,
                        "-7|8|t|0.1|00000000-0000-0000-0000-00000000000a|2026-12-01 05:00:00+00");
    assert_string_equal(null->rows[0].value,
                        "8|f|1e+300|00000000-0000-0000-0000-00000000000a|2026-12-01 05:00:00+00");
}

static void arrays_keep_every_element(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    static const char *const nasty[] = {"",        "\"",
                                        "\\",      "\\\"",
                                        "a,b",     "{}",
                                        "NULL",    NULL,
                                        " edge ",  "\xf0\x9f\x98\x80",
                                        "{\"x\"}", "line\nbreak\ttab",
                                        "'",       "\\\\\\\\",
                                        "null",    "\x01"};
    enum { KINDS = sizeof nasty / sizeof nasty[0], COUNT = 10000 };
    const char **values = arena_array(arena, COUNT, sizeof *values);
    int64_t *numbers = arena_array(arena, COUNT, sizeof *numbers);
    for (size_t i = 0; i < COUNT; i++) {
        values[i] = nasty[i % KINDS];
        numbers[i] = (int64_t)i - 5000;
    }
    struct unit *unit = unit_begin(db, arena, &as_system);
    const struct texts *back =
        statement_queue(unit, &unnest_texts, (const void *const[]){&(struct text_array){values, COUNT}});
    const struct texts *none =
        statement_queue(unit, &unnest_texts, (const void *const[]){&(struct text_array){NULL, 0}});
    const struct texts *sum =
        statement_queue(unit, &sum_numbers, (const void *const[]){&(struct bigint_array){numbers, COUNT}});
    const struct texts *null = statement_queue(unit, &sum_numbers, (const void *const[]){NULL});
    assert_int_equal(unit_commit(unit), DB_OK);
    assert_int_equal(back->count, COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        if (values[i] == NULL) {
            assert_null(back->rows[i].value);
        } else {
            assert_string_equal(back->rows[i].value, values[i]);
        }
    }
    assert_int_equal(none->count, 0);
    assert_string_equal(sum->rows[0].value, "-5000");
    assert_null(null->rows[0].value);
}

/* More than the socket's buffers hold, in both directions at once. */
static void long_pipelines_with_long_answers_do_not_deadlock(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    enum { STATEMENTS = 200 };
    const struct texts *results[STATEMENTS];
    char *what = arena_alloc(arena, 20001);
    memset(what, 'y', 20000);
    struct unit *unit = unit_begin(db, arena, &as_system);
    for (size_t i = 0; i < STATEMENTS; i++) {
        results[i] = statement_queue(unit, &big, (const void *const[]){&(int64_t){100}, "x"});
        query_put(unit, (int64_t)i, what, NULL);
    }
    assert_int_equal(unit_commit(unit), DB_OK);
    for (size_t i = 0; i < STATEMENTS; i++) {
        assert_int_equal(results[i]->count, 100);
        assert_int_equal(strlen(results[i]->rows[99].value), 1000);
    }
    assert_rows("200");
}

/* ---------------------------------------------------------------- one transaction */

static void a_flush_gives_results_and_the_transaction_goes_on(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct unit *unit = unit_begin(db, arena, &(struct identity){"crm_system", 7, 0, "r42", "chat"});
    query_put(unit, 1, "a", NULL);
    const struct rows *rows = query_get(unit);
    const struct who *first = statement_queue(unit, &who_am_i, NULL);
    assert_int_equal(unit_flush(unit), DB_OK);
    assert_int_equal(rows->count, 1);
    assert_rows("0");
    const struct who *second = statement_queue(unit, &who_am_i, NULL);
    assert_int_equal(unit_flush(unit), DB_OK);
    assert_int_equal(unit_flush(unit), DB_OK);
    unit_become(unit, &(struct identity){"crm_sales", 9, 0, "r43", "form"});
    const struct who *third = statement_queue(unit, &who_am_i, NULL);
    query_put(unit, 2, "b", NULL);
    assert_int_equal(unit_commit(unit), DB_OK);
    assert_string_equal(first->rows[0].role, "crm_system");
    assert_string_equal(second->rows[0].role, "crm_system");
    assert_string_equal(second->rows[0].person, "7");
    assert_string_equal(second->rows[0].surface, "chat");
    assert_string_equal(second->rows[0].request, "r42");
    assert_string_equal(third->rows[0].role, "crm_sales");
    assert_string_equal(third->rows[0].person, "9");
    assert_rows("2");
}

static void an_identity_does_not_outlive_its_unit(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct unit *unit = unit_begin(db, arena, &(struct identity){"crm_sales", 9, 0, "r", "chat"});
    assert_int_equal(unit_commit(unit), DB_OK);
    unit = unit_begin(db, arena, &(struct identity){"crm_manager", 0, 0, NULL, NULL});
    const struct who *who = statement_queue(unit, &who_am_i, NULL);
    assert_int_equal(unit_commit(unit), DB_OK);
    assert_string_equal(who->rows[0].role, "crm_manager");
    assert_string_equal(who->rows[0].person, "0");
    assert_string_equal(who->rows[0].request, "");
}

static void an_abandoned_unit_leaves_nothing(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct unit *unit = unit_begin(db, arena, &as_system);
    query_put(unit, 1, "a", NULL);
    assert_int_equal(unit_flush(unit), DB_OK);
    query_put(unit, 2, "b", NULL);
    assert_int_equal(unit_abandon(unit), DB_OK);
    assert_int_equal(unit_abandon(unit), DB_OK);
    unit = unit_begin(db, arena, &as_system);
    query_put(unit, 3, "never flushed", NULL);
    assert_int_equal(unit_abandon(unit), DB_OK);
    assert_rows("0");
    assert_usable();
    assert_rows("1");
}

/* ---------------------------------------------------------------- refusals */

static void an_error_undoes_all_and_is_told_apart(void **state)
{
    static const struct {
        const char *sqlstate;
        enum db_status status;
    } cases[] = {{"40001", DB_CONFLICT},   {"40P01", DB_CONFLICT},   {"23514", DB_CONSTRAINT},
                 {"P0001", DB_CONSTRAINT}, {"CR002", DB_CONSTRAINT}, {"CR001", DB_FENCED},
                 {"57014", DB_AWAY},       {"53100", DB_AWAY},       {"XX000", DB_FAILED}};
    (void)state;
    NEEDS_POSTGRES();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        for (int at_commit = 0; at_commit < 3; at_commit++) {
            struct unit *unit = unit_begin(db, arena, &as_system);
            query_put(unit, 1, "a", NULL);
            const struct statement *how = at_commit == 2 ? &defer : &raise_it;
            statement_queue(unit, how, (const void *const[]){cases[i].sqlstate});
            const struct affected *skipped = query_put(unit, 2, "b", NULL);
            assert_int_equal(at_commit ? unit_commit(unit) : unit_flush(unit), cases[i].status);
            if (at_commit < 2) {
                assert_int_equal(skipped->count, 0);
            }
            query_put(unit, 3, "no-op", NULL);
            assert_int_equal(unit_flush(unit), cases[i].status);
            assert_int_equal(unit_commit(unit), cases[i].status);
            assert_int_equal(unit_abandon(unit), cases[i].status);
            assert_string_equal(unit_error(unit)->sqlstate, cases[i].sqlstate);
            assert_string_equal(unit_error(unit)->message, "raised");
            assert_string_equal(unit_error(unit)->constraint, "the detail");
            assert_rows("0");
        }
    }
    assert_usable();
}

static void a_constraint_is_named(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct unit *unit = unit_begin(db, arena, &as_system);
    query_put(unit, 1, "a", NULL);
    query_put(unit, 1, "b", NULL);
    assert_int_equal(unit_commit(unit), DB_CONSTRAINT);
    assert_string_equal(unit_error(unit)->sqlstate, "23505");
    assert_string_equal(unit_error(unit)->constraint, "test_key");
    unit = unit_begin(db, arena, &(struct identity){"crm_sales", 1, 0, "r", "form"});
    statement_queue(unit, &read_secrets, NULL);
    assert_int_equal(unit_commit(unit), DB_CONSTRAINT);
    assert_string_equal(unit_error(unit)->sqlstate, "42501");
    assert_rows("0");
}

static void an_unexpected_null_fails_and_rolls_back(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct unit *unit = unit_begin(db, arena, &as_system);
    query_put(unit, 1, NULL, NULL);
    statement_queue(unit, &get_not_null, NULL);
    assert_int_equal(unit_flush(unit), DB_FAILED);
    assert_rows("0");
    assert_usable();
}

/* A Parse behind an error was skipped; one before it was done. Neither may be mistaken for the other. */
static void preparing_survives_errors(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    for (int round = 0; round < 2; round++) {
        struct unit *unit = unit_begin(db, arena, &as_system);
        statement_queue(unit, &pid, NULL);
        statement_queue(unit, &raise_it, (const void *const[]){"P0001"});
        query_get(unit);
        assert_int_equal(unit_commit(unit), DB_CONSTRAINT);
    }
    struct unit *unit = unit_begin(db, arena, &as_system);
    const struct texts *one = statement_queue(unit, &pid, NULL);
    const struct texts *two = statement_queue(unit, &pid, NULL);
    query_get(unit);
    assert_int_equal(unit_commit(unit), DB_OK);
    assert_string_equal(one->rows[0].value, two->rows[0].value);
}

static void a_changed_table_is_prepared_anew(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct unit *unit = unit_begin(db, arena, &as_system);
    query_get(unit);
    assert_int_equal(unit_commit(unit), DB_OK);
    admin("ALTER TABLE public.test_row ALTER body TYPE varchar(50)");
    unit = unit_begin(db, arena, &as_system);
    query_get(unit);
    enum db_status status = unit_commit(unit);
    admin("ALTER TABLE public.test_row ALTER body TYPE text");
    assert_int_equal(status, DB_FAILED);
    assert_usable();
}

static void a_stale_epoch_is_fenced(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    int64_t epoch = strtoll(admin("SELECT crm.lease_take(0)"), NULL, 10);
    struct identity leased = {"crm_system", 0, epoch, "r", "system"};
    struct unit *unit = unit_begin(db, arena, &leased);
    query_put(unit, 1, "a", NULL);
    assert_int_equal(unit_flush(unit), DB_OK);
    unit_become(unit, &(struct identity){"crm_manager", 1, epoch, "r", "form"});
    unit_become(unit, &leased);
    assert_int_equal(unit_commit(unit), DB_OK);
    admin("SELECT crm.lease_take(0)");
    unit = unit_begin(db, arena, &leased);
    query_put(unit, 2, "b", NULL);
    assert_int_equal(unit_commit(unit), DB_FENCED);
    unit = unit_begin(db, arena, &as_system);
    query_put(unit, 3, "a tool without an epoch", NULL);
    assert_int_equal(unit_commit(unit), DB_OK);
    assert_rows("2");
}

/* ---------------------------------------------------------------- the server dies */

static pid_t backend_of(struct unit *unit)
{
    const struct texts *result = statement_queue(unit, &pid, NULL);
    assert_int_equal(unit_flush(unit), DB_OK);
    return (pid_t)strtol(result->rows[0].value, NULL, 10);
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

static void *kill_later(void *argument)
{
    pause_ms(300);
    kill(*(pid_t *)argument, SIGKILL);
    return NULL;
}

static void killed_between_units_is_not_noticed(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct unit *unit = unit_begin(db, arena, &as_system);
    pid_t backend = backend_of(unit);
    assert_int_equal(unit_commit(unit), DB_OK);
    admin("SELECT pg_terminate_backend(%d)", (int)backend);
    pause_ms(100);
    unit = unit_begin(db, arena, &as_system);
    query_put(unit, 1, "a", NULL);
    assert_int_equal(unit_commit(unit), DB_OK);
    assert_rows("1");
}

static void killed_midway_is_away(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    for (int how = 0; how < 4; how++) {
        bool hard = how % 2 != 0, commit = how / 2 != 0;
        struct unit *unit = unit_begin(db, arena, &as_system);
        query_put(unit, 1, "a", NULL);
        pid_t backend = backend_of(unit);
        if (hard) {
            kill(backend, SIGKILL);
        } else {
            admin("SELECT pg_terminate_backend(%d)", (int)backend);
        }
        pause_ms(100);
        query_put(unit, 2, "b", NULL);
        assert_int_equal(commit ? unit_commit(unit) : unit_flush(unit), DB_AWAY);
        assert_int_equal(unit_commit(unit), DB_AWAY);
        assert_int_equal(unit_abandon(unit), DB_AWAY);
        assert_rows("0");
    }
    assert_usable();
}

static void killed_while_abandoning_is_nothing(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct unit *unit = unit_begin(db, arena, &as_system);
    query_put(unit, 1, "a", NULL);
    kill(backend_of(unit), SIGKILL);
    assert_int_equal(unit_abandon(unit), DB_OK);
    assert_rows("0");
    assert_usable();
}

static const struct statement die = {.name = "die",
                                     .sql = "SELECT pg_terminate_backend($1::int), pg_sleep(5)",
                                     PARAMETERS({"pid", TYPE_TEXT, false}),
                                     .parameter_count = 1};

/* In answer to a statement: the Sync behind it was never reached. */
static void terminated_in_a_statement_of_the_commit_is_away(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct unit *unit = unit_begin(db, arena, &as_system);
    query_put(unit, 1, "a", NULL);
    pid_t backend = backend_of(unit);
    char sql[64];
    snprintf(sql, sizeof sql, "%d", (int)backend);
    admin("GRANT pg_signal_backend TO crm_system");
    statement_queue(unit, &die, (const void *const[]){sql});
    enum db_status status = unit_commit(unit);
    admin("REVOKE pg_signal_backend FROM crm_system");
    assert_int_equal(status, DB_AWAY);
    assert_rows("0");
    assert_usable();
}

static void lost_at_commit_is_unknown(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct unit *unit = unit_begin(db, arena, &as_system);
    query_put(unit, 1, "a", NULL);
    statement_queue(unit, &defer, (const void *const[]){"terminate"});
    assert_int_equal(unit_commit(unit), DB_UNKNOWN);
    assert_usable();

    unit = unit_begin(db, arena, &as_system);
    query_put(unit, 1, "a", NULL);
    pid_t backend = backend_of(unit);
    statement_queue(unit, &defer, (const void *const[]){"sleep"});
    pthread_t killer;
    pthread_create(&killer, NULL, kill_later, &backend);
    assert_int_equal(unit_commit(unit), DB_UNKNOWN);
    pthread_join(killer, NULL);
    admin("DELETE FROM public.test_row");
    assert_usable();
}

static const char *settings_of(struct db *of)
{
    struct unit *unit = unit_begin(of, arena, &as_system);
    const struct texts *answer = statement_queue(unit, &session_settings, NULL);
    assert_int_equal(unit_commit(unit), DB_OK);
    return answer->rows[0].value;
}

static void planner_settings_are_the_sessions_own(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct db_settings planned = settings;
    planned.planner = "-c enable_seqscan=off -c plan_cache_mode=force_generic_plan";
    struct db *lane = db_new(&planned);
    assert_string_equal(settings_of(lane), "off force_generic_plan off");
    assert_string_equal(settings_of(db), "on auto off");
    db_free(lane);
}

static void a_missing_server_is_away_without_spinning(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct db_settings nowhere = {"host=/nonexistent dbname=crm user=crmd", "", "crmd test", NULL, NULL};
    struct db *other = db_new(&nowhere);
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < 4; i++) {
        struct unit *unit = unit_begin(other, arena, &as_system);
        const struct rows *rows = query_get(unit);
        assert_int_equal(unit_flush(unit), DB_AWAY);
        assert_int_equal(rows->count, 0);
        assert_int_equal(unit_commit(unit), DB_AWAY);
        assert_int_equal(unit_abandon(unit), DB_AWAY);
    }
    clock_gettime(CLOCK_MONOTONIC, &to);
    assert_true((to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000 >= 300);
    db_free(other);
}

static void *cancel_later(void *argument)
{
    pause_ms(300);
    db_cancel(argument);
    return NULL;
}

static void a_cancelled_statement_is_away(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct unit *unit = unit_begin(db, arena, &as_system);
    query_put(unit, 1, "a", NULL);
    statement_queue(unit, &nap, (const void *const[]){&(double){20}});
    pthread_t canceller;
    pthread_create(&canceller, NULL, cancel_later, db);
    assert_int_equal(unit_commit(unit), DB_AWAY);
    pthread_join(canceller, NULL);
    assert_string_equal(unit_error(unit)->sqlstate, "57014");
    assert_rows("0");
    db_cancel(db);
    assert_usable();
}

/* Prints ratios; asserts nothing about time. */
static void what_a_unit_costs(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    enum { TIMES = 2000 };
    struct timespec from, to;
    for (int kind = 0; kind < 3; kind++) {
        struct arena *scratch = arena_new();
        clock_gettime(CLOCK_MONOTONIC, &from);
        for (int i = 0; i < TIMES; i++) {
            struct unit *unit = unit_begin(db, scratch, &as_system);
            if (kind > 0) {
                statement_queue(unit, &who_am_i, NULL);
            }
            if (kind == 2) {
                assert_int_equal(unit_abandon(unit), DB_OK);
            } else {
                assert_int_equal(unit_commit(unit), DB_OK);
            }
        }
        clock_gettime(CLOCK_MONOTONIC, &to);
        double us =
            ((double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec)) / 1e3 / TIMES;
        print_message("# %s: %.0f us\n",
                      kind == 0   ? "empty unit"
                      : kind == 1 ? "one statement"
                                  : "one statement, abandoned",
                      us);
        arena_free(scratch);
    }
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(results_have_the_declared_types),
        CASE(parameters_of_every_type_arrive),
        CASE(arrays_keep_every_element),
        CASE(long_pipelines_with_long_answers_do_not_deadlock),
        CASE(a_flush_gives_results_and_the_transaction_goes_on),
        CASE(an_identity_does_not_outlive_its_unit),
        CASE(an_abandoned_unit_leaves_nothing),
        CASE(an_error_undoes_all_and_is_told_apart),
        CASE(a_constraint_is_named),
        CASE(an_unexpected_null_fails_and_rolls_back),
        CASE(preparing_survives_errors),
        CASE(a_changed_table_is_prepared_anew),
        CASE(a_stale_epoch_is_fenced),
        CASE(killed_between_units_is_not_noticed),
        CASE(killed_midway_is_away),
        CASE(killed_while_abandoning_is_nothing),
        CASE(terminated_in_a_statement_of_the_commit_is_away),
        CASE(lost_at_commit_is_unknown),
        CASE(planner_settings_are_the_sessions_own),
        CASE(a_missing_server_is_away_without_spinning),
        CASE(a_cancelled_statement_is_away),
        CASE(what_a_unit_costs),
    };
    return cmocka_run_group_tests(tests, make_tables, NULL);
}
