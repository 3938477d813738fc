/* away: says once that PostgreSQL is away, and once that it is back, however many connections notice.
 *
 * Threads: any; the state is this process's.
 */
#ifndef DB_AWAY_H
#define DB_AWAY_H

/* A connection was lost in use, or could not be made. The first line of `reason` is logged, unless that is
 * known. */
void away_say(const char *reason);

/* A connection was made. */
void away_over(void);

/* What the server says besides answers, above all why it closes a connection, is logged; but not where it
 * says only that it stops. */
void away_notice(const char *sqlstate, const char *message);

#endif
