/* commands: the lanes in which people's commands run, keyed by who asks, so that what one person types runs
 * in order.
 *
 * Threads: commands_push() and the rest from any; the surfaces run in the lanes.
 */
#ifndef DAEMON_COMMANDS_H
#define DAEMON_COMMANDS_H

#include "bots/mention.h"
#include "db/lane.h"
#include "desk/desk.h"

struct command_table;
struct commands;
struct daemon;

struct commands_settings {
    struct daemon *daemon;
    const struct command_table *table;
    const struct db_settings *database;
    const char *web_url; /* as in struct call */
    size_t lanes, queue_limit;
};

struct commands *commands_new(const struct commands_settings *settings);
void commands_stop(struct commands *commands); /* ends the lanes: from here on each push is refused */
void commands_free(struct commands *commands); /* only after commands_stop() */

/* Gives an IQ, a message to the bot or a lead, or a presence for a lead, to its sender's lane; takes over the
 * arena. An IQ that finds the lane full is answered `wait`, a presence is not; a message is left to the
 * archive, and a resync asked for. `key`: inbound.h. */
void commands_push(struct commands *commands, struct arena *arena, const struct stanza *stanza,
                   const char *key);

/* Gives what was said to the bot in a room to the speaker's lane; takes over the arena. It is answered with a
 * result once it is committed, and with `wait` when it cannot be taken in now: the room asks again. */
void commands_push_mention(struct commands *commands, struct arena *arena, const struct mention *mention);

/* As for the desk's lanes. */
void commands_fence(struct commands *commands, struct fence *fence);
size_t commands_lane_count(const struct commands *commands);
bool commands_has_room(const struct commands *commands, size_t jobs);
void commands_resume(struct commands *commands);

/* Any thread: links in answers begin with this address from the next job on. It must outlive the lanes. */
void commands_set_web_url(struct commands *commands, const char *web_url);

#endif
