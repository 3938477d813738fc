/* poll: anonymous polls: who wants a lead, or what people think.
 *
 * DESIGN (DESIGN.md section 8)
 *
 *   open ──close by hand, or job poll.close at the deadline──▶ closing ──job poll.decide──▶ closed
 *        crm.poll_freeze(): what everybody weighs is fixed       crm.poll_decide(): counts, draws, removes
 * votes
 *
 * Two transactions, so that nobody who holds the program's database roles can try weights, look who would
 * win, and take it back: what is decided on is committed before a vote is looked at.
 *
 * Nobody reads a vote. They are in crm.vote, on which no role of the program has a right; crm.poll_vote()
 * writes one, crm.poll_decide() is the one function that reads them, once, and leaves none. A vote comes to
 * poll-9@crm.D (surface/ballot.h), whose chat Prosody keeps in no archive and copies to nobody, or by its
 * form; the command poll.vote is `unrecorded`: no audit, no log line, no key, no kept form says even that
 * somebody has voted. All who were asked are told alike in the end, whether they answered or not. Counts show
 * after the closing, and not when they would tell.
 *
 * Whoever is here when a poll begins is told in the same transaction; whoever comes later, when they come
 * (crm.poll_come_online(), job poll.tell). Threads: as the call.
 */
#ifndef POLL_POLL_H
#define POLL_POLL_H

#include "command/command.h"
#include "command/reply.h"
#include "job/job.h"

extern const struct command poll_commands[];
extern const struct job_kind poll_jobs[];

#define POLL_CHOICES 9

/* The choices of a poll, from the text that the database gives: a line each. Returns how many. */
size_t poll_split(struct arena *arena, const char *lines, const char *choices[POLL_CHOICES]);

/* What somebody answers: "1", "1 4", "interested", "2 pass", "yes". `answer` is 0 when it means none of the
 * choices; `strength` 0 when none was said. */
void poll_read_answer(struct arena *arena, const char *text, const char *const *choices, size_t count,
                      bool lead, int *answer, int *strength);

#endif
