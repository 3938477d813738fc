/* Runs a target over its committed corpus while memory runs out: at each N-th allocation, first that one
 * alone, then that one and all that follow. Each time in a process of its own, which must end the way DESIGN
 * section 3 says, by abort() with a line that says "out of memory", or go on and keep the target's contract;
 * any other end is corruption. One test per file of the corpus, in TAP. FUZZ_TARGET is the target's name. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fuzz.h"
#include "interposed_malloc.h"

#define INPUT_LIMIT ((size_t)(64 * 1024))
#define POINTS      40 /* allocations tried of each file, evenly spread when it makes more */
#define SAID_LIMIT  4096

/* How many allocations there have been, and which one fails first; 0: none does. */
static long made, failing;
static bool all_that_follow;

static bool allocation_fails(void)
{
    if (fuzz_checking) {
        return false;
    }
    made++;
    return failing > 0 && (all_that_follow ? made >= failing : made == failing);
}

struct input {
    uint8_t bytes[INPUT_LIMIT];
    size_t size;
};

static int read_input(const char *path, struct input *input)
{
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return -1;
    }
    input->size = fread(input->bytes, 1, sizeof input->bytes, file);
    fclose(file);
    return 0;
}

/* In the child: with a standard error that the parent reads, and no core file. */
_Noreturn static void run_child(const struct input *input, long fail_at, bool follow, int said, long *count)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    dup2(said, STDERR_FILENO);
    made = 0;
    failing = fail_at;
    all_that_follow = follow;
    LLVMFuzzerTestOneInput(input->bytes, input->size);
    *count = made;
    _exit(0);
}

/* How a run with a failure ended; `said` is what it wrote. Returns true when it ended as it should. */
static bool run_once(const struct input *input, long fail_at, bool follow, char said[SAID_LIMIT], long *count)
{
    int status;
    int fd = memfd_create("said", MFD_CLOEXEC);
    pid_t child = fork();
    if (child == 0) {
        run_child(input, fail_at, follow, fd, count);
    }
    if (fd < 0 || child < 0 || waitpid(child, &status, 0) != child) {
        snprintf(said, SAID_LIMIT, "cannot run it: %s", strerror(errno));
        return false;
    }
    ssize_t length = pread(fd, said, SAID_LIMIT - 1, 0);
    said[length < 0 ? 0 : length] = '\0';
    close(fd);
    if (WIFEXITED(status)) {
        return WEXITSTATUS(status) == 0;
    }
    return fail_at > 0 && WTERMSIG(status) == SIGABRT && strstr(said, "out of memory") != NULL;
}

static bool torture(const struct input *input, long *count)
{
    char said[SAID_LIMIT];
    if (!run_once(input, 0, false, said, count)) {
        printf("# without a failure: %s\n", said);
        return false;
    }
    long allocations = *count;
    long step = allocations / POINTS + 1;
    for (long at = 1; at <= allocations; at += step) {
        for (int follow = 0; follow < 2; follow++) {
            if (!run_once(input, at, follow != 0, said, count)) {
                printf("# allocation %ld of %ld%s: %s\n", at, allocations,
                       follow != 0 ? " and all after it" : "", said);
                return false;
            }
        }
    }
    return true;
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

int main(void)
{
    static struct input input;
    struct dirent **entries;
    const char *folder = "tests/fuzz/corpus/" FUZZ_TARGET;
    long *count = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int files = scandir(folder, &entries, is_input, alphasort);
    int failed = 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int i = 0; i < files && count != MAP_FAILED; i++) {
        char path[PATH_MAX];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        free(entries[i]);
        bool good = read_input(path, &input) == 0 && torture(&input, count);
        failed += !good;
        printf("%sok %d - %s without memory\n", good ? "" : "not ", i + 1, path);
        /* The first file has been tried with nothing made yet; the others shall not make the table again. */
        LLVMFuzzerTestOneInput(input.bytes, input.size);
    }
    printf("1..%d\n", files);
    if (files <= 0 || count == MAP_FAILED) {
        printf("not ok - %s cannot be tortured\n", FUZZ_TARGET);
        return 1;
    }
    free(entries);
    return failed > 0;
}
