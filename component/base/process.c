#include "base/process.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <unistd.h>

const char *process_become(struct arena *arena, const char *name)
{
    if (name == NULL || geteuid() != 0) {
        return NULL;
    }
    const struct passwd *user = getpwnam(name);
    if (user == NULL) {
        return arena_printf(
            arena, "[process] user: there is no system user '%s'; make it, or leave the option out", name);
    }
    if (initgroups(name, user->pw_gid) != 0 || setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0) {
        return arena_printf(arena, "cannot go on as the user '%s': %s", name, strerror(errno));
    }
    return NULL;
}
