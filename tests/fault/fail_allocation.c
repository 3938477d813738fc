/* crmd with an allocator that fails when a test wants it: linked in front of crmd's objects it makes
 * BUILD/torture-daemon/crmd.
 *
 * DESIGN: the file that CRM_FAIL_ALLOCATION names is mapped; its first 8 bytes are a countdown that the test
 * writes at any time. 0: nothing fails. n > 0: the n-th allocation from now on fails, in whichever thread;
 * its next 8 bytes say whether all that follow fail too. */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/interposed_malloc.h"

struct orders {
    atomic_llong countdown;
    atomic_llong all_that_follow;
};

static struct orders *_Atomic orders;

__attribute__((constructor)) static void open_orders(void)
{
    const char *path = getenv("CRM_FAIL_ALLOCATION");
    int fd = path == NULL ? -1 : open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0) {
        return;
    }
    void *mapped = mmap(NULL, sizeof *orders, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    orders = mapped == MAP_FAILED ? NULL : mapped;
}

static bool allocation_fails(void)
{
    struct orders *now = orders;
    if (now == NULL || atomic_load(&now->countdown) == 0) {
        return false;
    }
    bool follow = atomic_load(&now->all_that_follow) != 0;
    long long left = atomic_fetch_sub(&now->countdown, 1);
    if (left > 1) {
        return false;
    }
    atomic_store(&now->countdown, follow ? -1 : 0);
    return left == 1 || follow; /* else another thread's allocation was the one */
}
