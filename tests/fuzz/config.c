/* Contract of config_load(): a file is taken with every number within its limits and every required value
 * set, or refused with at least one line of text; either way nothing else is opened than what the file names
 * as a secret. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/config.h"
#include "fuzz.h"

#define SECRET_FD 200

static void check(const struct config *config)
{
    FUZZ_CHECK(config->xmpp_domain != NULL && config->xmpp_domain[0] != '\0');
    FUZZ_CHECK(strpbrk(config->xmpp_domain, "/@ '\"<&\n") == NULL);
    FUZZ_CHECK(config->xmpp_component_host != NULL && config->xmpp_component_secret != NULL);
    FUZZ_CHECK(config->xmpp_component_port >= 1 && config->xmpp_component_port <= 65535);
    FUZZ_CHECK(config->lanes_chat >= 1 && config->lanes_chat <= 64);
    FUZZ_CHECK(config->lanes_command >= 1 && config->lanes_command <= 64);
    FUZZ_CHECK(config->lanes_bulk >= 1 && config->lanes_bulk <= 16);
    FUZZ_CHECK(config->lanes_queue >= 1 && config->lanes_queue <= 1000000);
    FUZZ_CHECK(config->log_level >= LOG_LEVEL_DEBUG && config->log_level <= LOG_LEVEL_ERROR);
    FUZZ_CHECK(strncmp(config->web_base_url, "http", 4) == 0);
    FUZZ_CHECK(strncmp(config->web_local_url, "http", 4) == 0);
}

/* In place of the daemon's file: one in memory, which a path under /proc names. */
static int write_file(const uint8_t *data, size_t size, char *path, size_t path_size)
{
    int fd = memfd_create("crmd.conf", MFD_CLOEXEC);
    FUZZ_CHECK(fd >= 0);
    FUZZ_CHECK(write(fd, data, size) == (ssize_t)size);
    snprintf(path, path_size, "/proc/self/fd/%d", fd);
    return fd;
}

/* What component_secret_file=200 names, from the folder of that path. */
static void hold_secret(void)
{
    int fd = memfd_create("secret", MFD_CLOEXEC);
    FUZZ_CHECK(fd >= 0 && fchmod(fd, 0600) == 0);
    FUZZ_CHECK(write(fd, "0123456789abcdef\n", 17) == 17);
    FUZZ_CHECK(dup2(fd, SECRET_FD) == SECRET_FD);
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool held;
    char path[64];
    struct config config;
    const char *error = NULL;
    if (memmem(data, size, "/dev", 4) != NULL) {
        return 0; /* opening a device is not for an invented name */
    }
    if (!held) {
        hold_secret();
        held = true;
    }
    int fd = write_file(data, size, path, sizeof path);
    struct arena *arena = arena_new();
    if (config_load(arena, path, &config, &error) == 0) {
        check(&config);
    } else {
        FUZZ_CHECK(error != NULL && error[0] != '\0');
    }
    arena_free(arena);
    close(fd);
    return 0;
}
