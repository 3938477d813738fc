/* config: crmd.conf, one table of options with their defaults, limits and help.
 *
 * The table in config.c drives all of it: reading the file, the environment (CRMD_XMPP_DOMAIN wins over
 * domain= of [xmpp]), the checks, what SIGHUP may change, and the commented file that config_print_default()
 * writes. Secrets are not in the file but in files of their own, which nobody else may read. Threads: none of
 * its own; a struct config belongs to whoever loaded it.
 */
#ifndef BASE_CONFIG_H
#define BASE_CONFIG_H

#include <stdio.h>

#include "base/arena.h"
#include "base/log.h"

struct config {
    const char *path;         /* the file it came from; NULL for the environment only */
    const char *process_user; /* NULL: whoever starts it */
    const char *xmpp_domain;  /* D: staff have accounts at D; crmd itself is crm.D */
    const char *xmpp_component_host;
    long xmpp_component_port;
    const char *xmpp_component_secret; /* what the file of component_secret_file holds */
    const char *database_conninfo;
    const char *database_password; /* what the file of password_file holds; NULL when none is set */
    long lanes_chat, lanes_command, lanes_bulk, lanes_queue;
    long lanes_patience;      /* seconds */
    const char *web_base_url; /* where Prosody's web pages are, without a slash at the end */
    const char *web_local_url; /* where crmd itself reaches them */
    enum log_level log_level;
};

/* Reads the file, then the environment. Returns 0; or -1 and a message in `error`, a line for each thing that
 * is wrong, with file, line, key and what is allowed. A NULL path reads the environment only. Strings live in
 * the arena. */
int config_load(struct arena *arena, const char *path, struct config *out, const char **error);

/* What came of a configuration that was read anew: options as "[log] level", separated by ", "; "" for none.
 */
struct config_changes {
    const char *taken;   /* differ, and are in force now */
    const char *waiting; /* differ, and need a restart */
};

/* Copies from `fresh` into `running` what the table says may change while crmd runs; the rest of `running`
 * stays. Strings taken over live in the arena of `fresh`. */
struct config_changes config_take_changes(struct arena *arena, struct config *running,
                                          const struct config *fresh);

/* Writes a commented file with every option and its default. */
void config_print_default(FILE *file);

/* The man page crmd.conf(5), from the same table. */
char *config_manual(struct arena *arena);

/* Reads a secret: the first line of a regular file of at most 4 KiB that others have no right on. It belongs
 * to this user, and its group has no right on it; or to root, and its group may read it at most (0640, as
 * Debian keeps keys for a daemon that must not change them). Returns it, or NULL and a message. */
const char *config_read_secret(struct arena *arena, const char *path, const char **error);

#endif
