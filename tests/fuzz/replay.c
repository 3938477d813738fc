/* Runs a target over its committed corpus, each file as one test, in TAP: what make test does with the
 * targets. A file that breaks the contract or a sanitizer ends the program, which tests/tools/programs
 * counts as a failure. FUZZ_TARGET is the target's name.
 *
 * usage: TARGET [FILE…]        files: instead of the corpus, to look at a finding */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

#define INPUT_LIMIT ((size_t)(1024 * 1024))

static int run(const char *path)
{
    static uint8_t bytes[INPUT_LIMIT];
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        perror(path);
        return -1;
    }
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    uint8_t *exact = malloc(size == 0 ? 1 : size); /* so that AddressSanitizer sees a read past the end */
    if (exact == NULL) {
        return -1;
    }
    memcpy(exact, bytes, size);
    fprintf(stderr, "# %s\n", path);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

static int is_input(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Returns how many were run, or -1. */
static int run_corpus(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_input, alphasort);
    for (int i = 0; i < count; i++) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        printf("%sok %d - %s\n", run(path) == 0 ? "" : "not ", i + 1, path);
        free(entries[i]);
    }
    if (count >= 0) {
        free(entries);
    }
    return count;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (run(argv[i]) != 0) {
            return 1;
        }
    }
    if (argc > 1) {
        return 0;
    }
    int count = run_corpus("tests/fuzz/corpus/" FUZZ_TARGET);
    printf("1..%d\n", count);
    if (count <= 0) {
        printf("not ok - %s has no corpus\n", FUZZ_TARGET);
    }
    return count <= 0;
}
