/* daemon: joins the rooms into crmd.
 *
 * DESIGN: the flow of one stanza
 *
 *   Prosody
 *      │
 *      ▼
 *   stream thread: route.c ─┬▶ chat lane (desk/): conversations ───────┐
 *                           ├▶ command lane (surface/, bots/) ─────────┤
 *                           ├▶ ask.c: answers to our own requests      ├─▶ stream_send() ─▶ Prosody
 *                           └▶ reception.c: who is there               │
 *                              bulk lane (jobs.c, job/): what is due ──┤
 *   PostgreSQL ─▶ listen thread: accounts, the lease, the clock ───────┘
 *
 * On each connection, and when something could not be taken in, reconcile.c makes PostgreSQL and Prosody
 * agree again; only then do rows of the outbox go out. Private to daemon/ and main.c. Threads: everything
 * here belongs to the stream thread unless it says otherwise.
 */
#ifndef DAEMON_DAEMON_H
#define DAEMON_DAEMON_H

#include <semaphore.h>
#include <stdatomic.h>

#include "base/config.h"
#include "desk/desk.h"
#include "daemon/ask.h"
#include "daemon/barrier.h"
#include "daemon/clients.h"
#include "daemon/commands.h"
#include "daemon/jobs.h"
#include "daemon/kept.h"
#include "daemon/reception.h"
#include "daemon/reconcile.h"

struct daemon {
    struct config config;  /* the signal thread's, which reads it again on SIGHUP */
    struct arena *reloads; /* what it has read since the start */
    struct domains domains;
    const struct db_settings *database;
    struct stream *stream;
    struct desk *desk;
    struct commands *commands;
    struct jobs *jobs;
    struct asks *asks;
    struct clients *clients;
    struct reception *reception;
    struct reconcile *reconcile;
    struct barrier *barrier;
    struct kept *kept;
    bool stuck;              /* a lane does not get on, and that has been said */
    atomic_llong lease;      /* 0: none */
    atomic_bool schema_told; /* that the database is not the one of this program */
    atomic_int exit_code;    /* -1 while running */
    sem_t may_connect;       /* posted when this crmd is in charge, or has to end */
};

/* Any thread: ends the process soon with this exit code. */
void daemon_end(struct daemon *daemon, int exit_code);

/* Any thread but the stream's; blocks while a migration runs: the lease is lost. Says to whom, another crmd
 * or a migration, and ends the process. */
void daemon_fenced(struct daemon *daemon);

#endif
