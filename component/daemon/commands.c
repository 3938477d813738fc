#include "daemon/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/log.h"
#include "base/uuid.h"
#include "bots/bot.h"
#include "daemon/daemon.h"
#include "daemon/metrics.h"
#include "daemon/run.h"
#include "surface/adhoc.h"
#include "surface/ballot.h"
#include "surface/record.h"

#define COMMANDS_BATCH 16

enum command_job_kind {
    COMMAND_STANZA,
    COMMAND_MENTION,
    COMMAND_RESUME,
    COMMAND_FENCE,
};

struct command_job {
    enum command_job_kind kind;
    struct arena *arena; /* the job lives here */
    struct stanza stanza;
    const char *key;
    const struct mention *mention;
    struct fence *fence;
};

struct command_lane {
    struct commands *commands;
    struct lane *lane;
    struct surface surface;
    atomic_bool broken; /* a message was not taken in: further ones are left to the archive, so that none
                           overtakes it */
    char name[20];
};

struct commands {
    struct commands_settings settings;
    struct command_lane *lanes;
    const char *_Atomic web_url;
};

static int64_t commands_epoch(void *context)
{
    const struct command_lane *lane = context;
    return atomic_load(&lane->commands->settings.daemon->lease);
}

static void commands_send(void *context, const char *bytes, size_t length)
{
    const struct command_lane *lane = context;
    desk_send(lane->commands->settings.daemon->desk, bytes, length);
}

static void commands_touched(void *context, const char *channel)
{
    const struct command_lane *lane = context;
    desk_pump_channel(lane->commands->settings.daemon->desk, channel);
}

static unsigned commands_abilities(void *context, const char *address)
{
    const struct command_lane *lane = context;
    return clients_abilities(lane->commands->settings.daemon->clients, address);
}

static void commands_fenced(void *context)
{
    const struct command_lane *lane = context;
    daemon_fenced(lane->commands->settings.daemon);
}

static void commands_leave_to_archive(struct command_lane *lane)
{
    atomic_store(&lane->broken, true);
    reconcile_want(lane->commands->settings.daemon->reconcile);
}

/* The room asks again when it was not taken in: no archive has to. */
static void commands_run_mention(struct command_lane *lane, struct command_job *job)
{
    const struct stanza *request = &job->mention->request;
    if (bot_handle_mention(&lane->surface, job->arena, job->mention)) {
        struct xml *xml = xml_new(job->arena);
        stanza_open_result(xml, request);
        xml_close(xml);
        surface_send(&lane->surface, xml);
    } else {
        surface_refuse(&lane->surface, job->arena, request, STANZA_RESOURCE_CONSTRAINT,
                       "The database is away.");
    }
}

static void commands_run_stanza(struct command_lane *lane, struct command_job *job)
{
    const char *local = job->stanza.to.local;
    bool to_bot = *local == '\0' || strcmp(local, "bot") == 0, taken = true;
    if (metrics_asked(&lane->surface, &job->stanza)) {
        metrics_answer(&lane->surface, job->arena, &job->stanza);
    } else if (job->stanza.kind == STANZA_IQ) {
        adhoc_handle(&lane->surface, job->arena, &job->stanza);
    } else if (job->stanza.kind == STANZA_PRESENCE) {
        record_presence(&lane->surface, job->arena, &job->stanza);
    } else if (ballot_is_address(local)) {
        ballot_handle(&lane->surface, job->arena, &job->stanza);
    } else if (atomic_load(&lane->broken)) {
        kept_message(lane->commands->settings.daemon->kept, &job->stanza);
    } else {
        taken = to_bot ? bot_handle(&lane->surface, job->arena, &job->stanza, job->key)
                       : record_handle(&lane->surface, job->arena, &job->stanza, job->key);
    }
    if (!taken) {
        commands_leave_to_archive(lane);
    }
}

static void commands_run_job(struct command_lane *lane, struct command_job *job)
{
    static const char *const words[] = {[COMMAND_STANZA] = "stanza",
                                        [COMMAND_MENTION] = "mention",
                                        [COMMAND_RESUME] = "resume",
                                        [COMMAND_FENCE] = "fence"};
    lane->surface.request = uuid_new(job->arena);
    log_set_request(lane->surface.request);
    log_debug("command job=%s", words[job->kind]);
    switch (job->kind) {
    case COMMAND_STANZA:
        commands_run_stanza(lane, job);
        break;
    case COMMAND_MENTION:
        commands_run_mention(lane, job);
        break;
    case COMMAND_RESUME:
        atomic_store(&lane->broken, false);
        break;
    case COMMAND_FENCE:
        if (atomic_load(&lane->broken)) {
            atomic_store(&job->fence->broken, true);
        }
        if (atomic_fetch_sub(&job->fence->left, 1) == 1) {
            job->fence->passed(job->fence, lane->surface.db);
        }
        break;
    }
}

static void commands_lane_run(void *context, struct lane *handle, void **items, size_t count)
{
    struct command_lane *lane = context;
    lane->surface.db = lane_db(handle);
    lane->surface.web_url = atomic_load(&lane->commands->web_url);
    for (size_t i = 0; i < count; i++) {
        struct command_job *job = items[i];
        commands_run_job(lane, job);
        log_set_request(NULL);
        arena_free(job->arena);
    }
}

struct commands *commands_new(const struct commands_settings *settings)
{
    const struct domains *domains = &settings->daemon->domains;
    struct commands *commands = calloc(1, sizeof *commands);
    if (commands == NULL || (commands->lanes = calloc(settings->lanes, sizeof *commands->lanes)) == NULL) {
        log_bug("out of memory");
    }
    commands->settings = *settings;
    atomic_init(&commands->web_url, settings->web_url);
    for (size_t i = 0; i < settings->lanes; i++) {
        struct command_lane *lane = &commands->lanes[i];
        snprintf(lane->name, sizeof lane->name, "command %zu", i + 1);
        lane->commands = commands;
        lane->surface = (struct surface){
            .table = settings->table,
            .defined = defined_new(settings->table),
            .domain = domains->crm,
            .staff_domain = domains->staff,
            .customer_domain = domains->customer,
            .rooms_domain = domains->rooms,
            .epoch = commands_epoch,
            .send = commands_send,
            .channel_touched = commands_touched,
            .fenced = commands_fenced,
            .abilities = commands_abilities,
            .context = lane,
        };
        const struct lane_settings lane_settings = {
            .name = lane->name,
            .database = settings->database,
            .queue_limit = settings->queue_limit,
            .batch_limit = COMMANDS_BATCH,
            .metrics = {METRIC_QUEUED_COMMAND, METRIC_BUSY_COMMAND, METRIC_JOBS_COMMAND, METRIC_TURN_COMMAND,
                        METRIC_WAIT_COMMAND},
            .run = commands_lane_run,
            .context = lane,
        };
        lane->lane = lane_start(&lane_settings);
    }
    return commands;
}

void commands_stop(struct commands *commands)
{
    for (size_t i = 0; i < commands->settings.lanes; i++) {
        lane_stop(commands->lanes[i].lane);
    }
}

void commands_free(struct commands *commands)
{
    for (size_t i = 0; i < commands->settings.lanes; i++) {
        lane_free(commands->lanes[i].lane);
        defined_free(commands->lanes[i].surface.defined);
    }
    free(commands->lanes);
    free(commands);
}

static struct command_job *command_job_new(struct arena *arena, enum command_job_kind kind)
{
    struct command_job *job = arena_alloc(arena, sizeof *job);
    job->kind = kind;
    job->arena = arena;
    return job;
}

/* What one person says is dealt with in one lane, in order. */
static struct command_lane *command_lane_of(struct commands *commands, const char *bare)
{
    return &commands->lanes[hash_stable(bare) % commands->settings.lanes];
}

void commands_push_mention(struct commands *commands, struct arena *arena, const struct mention *mention)
{
    struct command_job *job = command_job_new(arena, COMMAND_MENTION);
    struct mention *own = arena_alloc(arena, sizeof *own);
    *own = *mention;
    job->mention = own;
    if (lane_push(command_lane_of(commands, mention->message.from.bare)->lane, job)) {
        return;
    }
    size_t length;
    const char *bytes = wire_error(arena, &mention->request, STANZA_RESOURCE_CONSTRAINT,
                                   "The CRM is busy. Try again in a moment.", &length);
    desk_send(commands->settings.daemon->desk, bytes, length);
    arena_free(arena);
}

void commands_push(struct commands *commands, struct arena *arena, const struct stanza *stanza,
                   const char *key)
{
    struct command_lane *lane = command_lane_of(commands, stanza->from.bare);
    struct command_job *job = command_job_new(arena, COMMAND_STANZA);
    job->stanza = *stanza;
    job->key = key;
    if (lane_push(lane->lane, job)) {
        return;
    }
    if (stanza->kind == STANZA_IQ || ballot_is_address(stanza->to.local)) {
        size_t length;
        const char *bytes = wire_error(arena, stanza, STANZA_RESOURCE_CONSTRAINT,
                                       "The CRM is busy. Try again in a moment.", &length);
        desk_send(commands->settings.daemon->desk, bytes, length);
    } else if (stanza->kind == STANZA_MESSAGE) {
        commands_leave_to_archive(lane);
        kept_message(commands->settings.daemon->kept, stanza);
    }
    arena_free(arena);
}

/* Jobs of our own must not get lost in a full lane without a trace. */
static bool commands_push_own(struct commands *commands, size_t i, struct command_job *job)
{
    if (lane_push(commands->lanes[i].lane, job)) {
        return true;
    }
    arena_free(job->arena);
    reconcile_want(commands->settings.daemon->reconcile);
    return false;
}

void commands_fence(struct commands *commands, struct fence *fence)
{
    for (size_t i = 0; i < commands->settings.lanes; i++) {
        struct command_job *job = command_job_new(arena_new(), COMMAND_FENCE);
        job->fence = fence;
        if (commands_push_own(commands, i, job)) {
            continue;
        }
        atomic_store(&fence->broken, true);
        if (atomic_fetch_sub(&fence->left, 1) == 1) {
            fence->passed(fence, NULL);
        }
    }
}

size_t commands_lane_count(const struct commands *commands)
{
    return commands->settings.lanes;
}

bool commands_has_room(const struct commands *commands, size_t jobs)
{
    for (size_t i = 0; i < commands->settings.lanes; i++) {
        if (lane_length(commands->lanes[i].lane) + jobs > commands->settings.queue_limit) {
            return false;
        }
    }
    return true;
}

void commands_resume(struct commands *commands)
{
    for (size_t i = 0; i < commands->settings.lanes; i++) {
        commands_push_own(commands, i, command_job_new(arena_new(), COMMAND_RESUME));
    }
}

void commands_set_web_url(struct commands *commands, const char *web_url)
{
    atomic_store(&commands->web_url, web_url);
}
