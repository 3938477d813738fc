#include "base/process.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"

/* LeakSanitizer attaches to the process that it looks at. */
#if defined(__SANITIZE_ADDRESS__)
#define MAY_BE_ATTACHED_TO 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MAY_BE_ATTACHED_TO 1
#endif
#endif
#ifndef MAY_BE_ATTACHED_TO
#define MAY_BE_ATTACHED_TO 0
#endif

static void warn_unless(int result, const char *what)
{
    if (result != 0) {
        log_warn("%s: %s", what, strerror(errno));
    }
}

void process_harden(void)
{
    warn_unless(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "new rights cannot be ruled out");
    warn_unless(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}), "core files cannot be ruled out");
    warn_unless(prctl(PR_SET_DUMPABLE, MAY_BE_ATTACHED_TO, 0, 0, 0), "memory stays readable for our user");
    umask(S_IRWXG | S_IRWXO);
    warn_unless(close_range(STDERR_FILENO + 1, UINT_MAX, 0), "what was left open stays open");
}

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
