/* stage: ad-hoc commands (XEP-0050): sessions of forms, page by page.
 *
 * Sessions live in crm.form_session under (session id, full address), expire, and hold no secrets. The role
 * is checked at every step, by the dispatcher. Threads: a command lane's.
 */
#ifndef SURFACE_STAGE_H
#define SURFACE_STAGE_H

#include "surface/visit.h"

/* Answers <command/>, also to those who are not let in. */
void stage_answer(struct visit *visit);

#endif
