/* upkeep: what has to be looked at from time to time: conversations whose taker has gone, whether somebody is
 * there, and what is old enough to be forgotten.
 *
 * Threads: the stream thread; the work is done in lanes.
 */
#ifndef DAEMON_UPKEEP_H
#define DAEMON_UPKEEP_H

struct daemon;

/* Four times a second, while nothing is being reconciled; `ticks` counts them. */
void upkeep_tick(struct daemon *daemon, unsigned ticks);

#endif
