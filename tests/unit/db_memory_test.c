/* Memory runs out within a unit of work, at each allocation of libpq's and ours in turn: the process ends
 * loudly, or the unit says that it failed. It never takes an answer that could not be read for an empty one,
 * and never says that something is written which is not. In a process of its own each time.
 *
 * Sanitizers have an allocator of their own, in whose place none can stand; there the calls of our own
 * objects are covered by tests/fuzz/torture.c, and this is left out. */
#include "db_fixture.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "db/statement.h"
#include "queries.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ALLOCATIONS_CAN_FAIL false
static long made, failing;
#else
#define ALLOCATIONS_CAN_FAIL true

static long made, failing; /* allocations since it was set, and which of them fails; 0: none */

#include "tests/fuzz/interposed_malloc.h"

static bool allocation_fails(void)
{
    return failing > 0 && ++made == failing;
}
#endif

/* libpq can throw an answer away and then wait for it. The unit gives up after a minute (db/connection.c) and
 * says DB_UNKNOWN; the test does not wait for that. */
#define GIVE_UP_SECONDS 5

enum end {
    END_DONE = 10, /* committed, by its word, and what it read was right */
    END_NOT_WRITTEN,
    END_UNKNOWN,
    END_WRONG, /* it read something else than what is there, and did not notice */
};

/* Reads the settings, decides, and writes a visitor: a unit as a turn of the desk is one. The connection is
 * made before memory runs out. */
static enum end work(struct db *db, const char *address, long fail_at)
{
    struct arena *arena = arena_new();
    const struct identity desk = {.role = "crm_system", .surface = "test"};
    struct unit *unit = unit_begin(db, arena, &desk);
    if (unit_flush(unit) != DB_OK) {
        return END_WRONG;
    }
    made = 0;
    failing = fail_at;
    const struct settings_list *settings = query_settings_list(unit);
    enum db_status status = unit_flush(unit);
    if (status == DB_OK && settings->count < 5) {
        return END_WRONG;
    }
    const struct desk_visitor_make *made_visitor = query_desk_visitor_make(unit, address, NULL);
    status = unit_commit(unit);
    failing = 0;
    if (status == DB_OK) {
        return made_visitor->count == 1 && made_visitor->rows[0].id > 0 ? END_DONE : END_WRONG;
    }
    return status == DB_UNKNOWN ? END_UNKNOWN : END_NOT_WRITTEN;
}

static int run_child(const char *address, long fail_at)
{
    struct db_settings settings = fixture_settings();
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        if (freopen("/dev/null", "w", stderr) == NULL) {
            _exit(END_WRONG);
        }
        alarm(GIVE_UP_SECONDS);
        _exit(work(db_new(&settings), address, fail_at));
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static bool is_written(const char *address)
{
    return strcmp(admin("SELECT count(*) FROM crm.visitor WHERE address = '%s'", address), "1") == 0;
}

static void test_no_unit_is_half_read_or_half_written(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    if (!ALLOCATIONS_CAN_FAIL) {
        skip();
    }
    int done = 0, failed = 0;
    for (long fail_at = 1; done < 3; fail_at++) {
        char address[64];
        snprintf(address, sizeof address, "memory-%ld@guest.example", fail_at);
        int status = run_child(address, fail_at);
        if (WIFSIGNALED(status)) { /* loudly, by log_bug(), or it waits still */
            assert_true(WTERMSIG(status) == SIGABRT || WTERMSIG(status) == SIGALRM);
            failed++;
            continue;
        }
        int end = WEXITSTATUS(status);
        assert_int_not_equal(end, END_WRONG);
        assert_true(end >= END_DONE && end <= END_UNKNOWN);
        if (end != END_UNKNOWN) {
            assert_int_equal(is_written(address), end == END_DONE);
        }
        done = end == END_DONE ? done + 1 : 0; /* three in a row: the last allocation has been tried */
        failed += end != END_DONE;
    }
    assert_true(failed >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_unit_is_half_read_or_half_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
