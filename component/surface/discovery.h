/* discovery: what our addresses say about themselves: service discovery (XEP-0030), vCards (XEP-0054,
 * XEP-0292), pictures (XEP-0084), version (XEP-0092) and ping (XEP-0199).
 *
 * Lists only what the caller's role may use. Threads: a command lane's.
 */
#ifndef SURFACE_DISCOVERY_H
#define SURFACE_DISCOVERY_H

#include "surface/visit.h"

/* Each answers the visit's IQ, whose sender has been let in by visit_enter(). */
void discovery_answer_info(struct visit *visit);
void discovery_answer_items(struct visit *visit);
void discovery_answer_vcard(struct visit *visit);
void discovery_answer_vcard4(struct visit *visit);
void discovery_answer_pubsub(struct visit *visit); /* the picture */

/* Answers a question about what presence names (XEP-0115) and returns true. The answer is the same for every
 * address of the kind, there or not, so that it needs no look at the record: a waiting visitor's contact is
 * seen by Sales Persons who may not read the visitor yet. */
bool discovery_answer_caps(struct visit *visit);

/* These tell nothing about anybody, and are answered without asking who it is. */
void discovery_answer_version(struct visit *visit);
void discovery_answer_ping(struct visit *visit);

#endif
