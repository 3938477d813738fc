#include "ctl/operate.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

struct operation {
    const char *name, *usage, *summary;
    const char *option; /* of crmd; NULL: a script of that name, which looks at its words itself */
    size_t least, most; /* words, of an option of crmd */
};

static const struct operation operations[] = {
    {"setup", "DOMAIN [--host NAME]", "Make users, secrets, database and certificate, as root.", NULL, 0, 0},
    {"check", "", "Say of all that the server needs whether it is there.", "--check", 0, 0},
    {"first-admin", "USERNAME [--name NAME]", "Make the first Admin, and a link to set a password.",
     "--first-admin", 1, 3},
    {"backup", "FILE", "Write everything that lasts into one archive, while all runs.", NULL, 0, 0},
    {"restore", "FILE", "Put an archive onto a machine that has nothing yet.", NULL, 0, 0},
};

#define OPERATION_COUNT (sizeof operations / sizeof operations[0])

static const struct operation *find(const char *name)
{
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        if (strcmp(operations[i].name, name) == 0) {
            return &operations[i];
        }
    }
    return NULL;
}

bool operate_knows(const char *name)
{
    return find(name) != NULL;
}

/* The folder that this program is in. */
static const char *own_folder(struct arena *arena)
{
    char path[4096] = "";
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    const char *slash = length > 0 ? strrchr(path, '/') : NULL;
    return slash == NULL ? "." : arena_strndup(arena, path, (size_t)(slash - path));
}

static const char *script_of(struct arena *arena, const char *name)
{
    const char *folder = own_folder(arena);
    const char *installed = arena_printf(arena, "%s/../lib/traincape/operate/%s", folder, name);
    return access(installed, F_OK) == 0 ? installed
                                        : arena_printf(arena, "%s/../component/operate/%s", folder, name);
}

const char *operate_become(struct arena *arena, const char *config, const char *const *words)
{
    const struct operation *operation = find(words[0]);
    size_t count = 0, used = 0;
    while (words[count] != NULL) {
        count++;
    }
    if (operation->option != NULL && (count - 1 < operation->least || count - 1 > operation->most)) {
        return arena_printf(arena, "Say: crmctl %s%s%s", operation->name,
                            *operation->usage == '\0' ? "" : " ", operation->usage);
    }
    const char **list = arena_array(arena, count + 5, sizeof *list);
    const char *program = operation->option != NULL ? arena_printf(arena, "%s/crmd", own_folder(arena))
                                                    : script_of(arena, operation->name);
    list[used++] = program;
    if (operation->option != NULL && config != NULL) {
        list[used++] = "--config";
        list[used++] = config;
    }
    if (operation->option != NULL) {
        list[used++] = operation->option;
    }
    for (size_t i = 1; i < count; i++) {
        list[used++] = words[i];
    }
    list[used] = NULL;
    execv(program, (char *const *)list);
    return arena_printf(arena, "%s cannot be started: %s", program, strerror(errno));
}

const struct manual_row *operate_rows(struct arena *arena)
{
    struct manual_row *rows = arena_array(arena, OPERATION_COUNT + 1, sizeof *rows);
    for (size_t i = 0; i < OPERATION_COUNT; i++) {
        const char *usage = operations[i].usage;
        rows[i].words = arena_printf(arena, "%s%s%s", operations[i].name, *usage == '\0' ? "" : " ", usage);
        rows[i].what = operations[i].summary;
    }
    rows[OPERATION_COUNT].words = NULL;
    return rows;
}
