/* listen: the connection that makes this process the one crmd, hears notifications, and is the clock.
 *
 * It holds a session-level advisory lock for as long as it is connected; a second crmd waits for it and says
 * once who holds it. With the lock comes the epoch of the lease, which every writing unit of work checks
 * (identity.epoch): what an old instance still has under way after another one has taken over is refused with
 * DB_FENCED.
 *
 *     connecting --> waiting for the lock --> leading: leading(), then notified() and tick()
 *         ^------------- connection lost (the pause grows from 50 ms to 1 s) -------'
 *
 * Threads: listen_run() is a thread of its own and makes all callbacks there; listen_stop() may be called
 * from any, and from a signal handler.
 */
#ifndef DB_LISTEN_H
#define DB_LISTEN_H

#include <stdint.h>

#include "db/unit.h"

struct listen;

struct listen_callbacks {
    /* This process is the one crmd, and listens. Called at the start and again after each loss of the
     * connection: notifications may have been missed before, so look at everything. The epoch is the same as
     * before when nobody took it in between. */
    void (*leading)(void *context, int64_t epoch);
    /* A NOTIFY came. Strings live until the callback returns. */
    void (*notified)(void *context, const char *channel, const char *payload);
    /* The interval has passed; only while leading, and never twice to catch up. */
    void (*tick)(void *context);
    void *context;
    int tick_ms;
};

/* `channels` are identifiers ("crm_account"), ended by NULL. All pointers must outlive the listener. */
struct listen *listen_new(const struct db_settings *settings, const char *const *channels,
                          const struct listen_callbacks *callbacks);

/* Runs until listen_stop(); for pthread_create(): takes the struct listen as its argument, returns NULL. */
void *listen_run(void *argument);

/* Makes listen_run() return soon. Its connection, and with it the lock, is closed then. */
void listen_stop(struct listen *listen);

void listen_free(struct listen *listen);

#endif
