/* metrics: how crmd is doing, for whoever watches the server.
 *
 * Prosody's module (prosody/mod_crm_metrics.lua) asks from the address D itself, which no account can send
 * from, with <metrics xmlns='urn:traincape:crm:0'/>; the answer is <metrics ready='true|false'> with
 * OpenMetrics text in it. Ready is who has answered and whose database answers. Threads: a command lane's,
 * like any command, so that lanes that hang do not look well.
 */
#ifndef DAEMON_METRICS_H
#define DAEMON_METRICS_H

#include <stdbool.h>

#include "surface/surface.h"

bool metrics_asked(const struct surface *surface, const struct stanza *stanza);

void metrics_answer(const struct surface *surface, struct arena *arena, const struct stanza *stanza);

#endif
