/* adhoc: every IQ to crm.D, bot@crm.D and the records' addresses is answered here; commands (XEP-0050) in
 * stage.c, the rest in discovery.c.
 *
 * Threads: a command lane's; blocks on the database, then sends the one answer.
 */
#ifndef SURFACE_ADHOC_H
#define SURFACE_ADHOC_H

#include "surface/surface.h"

/* Answers an IQ of type get or set; others are left alone. */
void adhoc_handle(struct surface *surface, struct arena *arena, const struct stanza *iq);

#endif
