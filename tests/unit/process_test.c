#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/process.h"

/* Which of them does not hold, or 0. In a process of its own: there is no way back. */
static int broken_promise(int left_open)
{
    struct rlimit core;
    struct stat status;
    process_harden();
    if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1) {
        return 1;
    }
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0) {
        return 2;
    }
#ifndef __SANITIZE_ADDRESS__
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0) {
        return 3;
    }
#endif
    if (fcntl(left_open, F_GETFD) != -1 || fcntl(STDERR_FILENO, F_GETFD) == -1) {
        return 4;
    }
    FILE *file = tmpfile();
    if (file == NULL || fstat(fileno(file), &status) != 0 || (status.st_mode & (S_IRWXG | S_IRWXO)) != 0 ||
        (umask(0) != (S_IRWXG | S_IRWXO))) {
        return 5;
    }
    fclose(file);
    return 0;
}

static void test_what_is_promised_holds(void **state)
{
    (void)state;
    int status;
    int left_open = open("/dev/null", O_RDONLY);
    assert_true(left_open > STDERR_FILENO);
    pid_t child = fork();
    if (child == 0) {
        _exit(broken_promise(left_open));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    close(left_open);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_promised_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
