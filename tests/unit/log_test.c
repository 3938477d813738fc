#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"

static char captured[65536];

/* Runs a function in a child whose standard error is kept; returns the child's status. */
static int capture(void (*function)(void))
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        function();
        _exit(0);
    }
    close(ends[1]);
    size_t length = 0;
    ssize_t got;
    while ((got = read(ends[0], captured + length, sizeof captured - 1 - length)) > 0) {
        length += (size_t)got;
    }
    captured[length] = '\0';
    close(ends[0]);
    int status;
    waitpid(child, &status, 0);
    return status;
}

static void log_forgery(void)
{
    log_info("name='%s'", "x\ninfo  forged \x1b[31m \xE2\x80\xAE \xFF ₹");
}

static void log_levels(void)
{
    log_set_level(LOG_LEVEL_WARN);
    log_debug("one");
    log_info("two");
    log_warn("three");
    log_error("four");
}

static void log_long(void)
{
    static char text[100000];
    memset(text, '\n', sizeof text - 1);
    log_error("%s", text);
}

static void log_for_requests(void)
{
    static char text[100000];
    memset(text, '\n', sizeof text - 1);
    log_set_request("r-1");
    log_info("one");
    log_set_request("r\n2");
    log_info("two");
    log_set_request(NULL);
    log_info("three");
    log_set_request("r-4");
    log_info("%s", text);
}

static void test_lines_carry_the_request(void **state)
{
    (void)state;
    capture(log_for_requests);
    const char *three = "info  one request=r-1\ninfo  two request=r\\u{a}2\ninfo  three\n";
    assert_memory_equal(captured, three, strlen(three));
    assert_string_equal(captured + strlen(captured) - 13, " request=r-4\n");
}

static void abort_on_bug(void)
{
    signal(SIGABRT, SIG_DFL);
    log_bug("impossible value=%d", 5);
}

static void test_lines_cannot_be_forged(void **state)
{
    (void)state;
    capture(log_forgery);
    assert_string_equal(captured, "info  name='x\\u{a}info  forged \\u{1b}[31m \\u{202e} \\xff ₹'\n");
}

static void test_levels(void **state)
{
    (void)state;
    enum log_level level;
    capture(log_levels);
    assert_string_equal(captured, "warn  three\nerror four\n");
    assert_int_equal(log_level_parse("WARN", &level), 0);
    assert_int_equal(level, LOG_LEVEL_WARN);
    assert_int_equal(log_level_parse("loud", &level), -1);
}

static void test_long_lines_are_cut(void **state)
{
    (void)state;
    capture(log_long);
    assert_true(strlen(captured) < 4097);
    assert_ptr_equal(strchr(captured, '\n'), captured + strlen(captured) - 1);
}

static void log_for_journal(void)
{
    struct stat status;
    char stream[64];
    fstat(STDERR_FILENO, &status);
    snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)status.st_dev,
             (unsigned long long)status.st_ino);
    setenv("JOURNAL_STREAM", stream, 1);
    log_begin();
    log_levels();
    setenv("JOURNAL_STREAM", "1:1", 1);
    log_begin();
    log_warn("elsewhere");
}

static void test_journald_reads_the_level(void **state)
{
    (void)state;
    capture(log_for_journal);
    assert_string_equal(captured, "<4>three\n<3>four\nwarn  elsewhere\n");
}

static void test_a_bug_aborts(void **state)
{
    (void)state;
    int status = capture(abort_on_bug);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    assert_string_equal(captured, "bug   impossible value=5\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_cannot_be_forged),   cmocka_unit_test(test_levels),
        cmocka_unit_test(test_long_lines_are_cut),       cmocka_unit_test(test_lines_carry_the_request),
        cmocka_unit_test(test_journald_reads_the_level), cmocka_unit_test(test_a_bug_aborts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
