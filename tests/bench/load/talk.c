#include "talk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"

#define PATIENCE_SECONDS         60
#define OPENING_PATIENCE_SECONDS 400 /* each begins with contacts and offers for everybody */
#define AGENTS_MOST              64
#define VISITORS_MOST            20000
/* What people write is about so long. */
#define PADDING "and this is about as long as what people write to a support desk"

static const struct protocol *protocol;
static struct speaker agents[AGENTS_MOST];
static struct speaker visitors[VISITORS_MOST];
static unsigned agent_count, visitor_count, ready_count, gone_count;
static unsigned next_to_speak, replied, conversations_wanted; /* of talk_open() */
static unsigned waiting;
static double turns_end; /* of talk_turns(); 0 outside */
static struct samples samples;

void samples_add(struct samples *to, double seconds)
{
    if (to->count == to->capacity) {
        to->capacity = to->capacity == 0 ? 4096 : 2 * to->capacity;
        to->seconds = realloc(to->seconds, to->capacity * sizeof *to->seconds);
        if (to->seconds == NULL) {
            link_fail("out of memory");
        }
    }
    to->seconds[to->count++] = seconds;
}

static int compare(const void *one, const void *other)
{
    double a = *(const double *)one, b = *(const double *)other;
    return (a > b) - (a < b);
}

double samples_percentile(struct samples *of, double percent)
{
    if (of->count == 0) {
        return 0;
    }
    qsort(of->seconds, of->count, sizeof *of->seconds, compare);
    double place = percent / 100 * (double)of->count;
    size_t rank = (size_t)place;
    rank += (double)rank < place ? 1 : 0;
    return of->seconds[rank > 0 ? rank - 1 : 0];
}

/* ---- a turn */

static void take_turn(struct speaker *visitor)
{
    char text[160];
    snprintf(text, sizeof text, "turn %u %lu: " PADDING, visitor->number, ++visitor->turn);
    visitor->waiting = true;
    waiting++;
    visitor->said_at = link_now();
    protocol->say(visitor, NULL, text);
}

static void reply(struct speaker *agent, const char *to, unsigned visitor, unsigned long turn)
{
    char text[160];
    snprintf(text, sizeof text, "reply %u %lu: " PADDING, visitor, turn);
    protocol->say(agent, to, text);
}

static void end_turn(struct speaker *visitor)
{
    double now = link_now();
    visitor->waiting = false;
    waiting--;
    replied++;
    if (now < turns_end) {
        samples_add(&samples, now - visitor->said_at);
        take_turn(visitor);
    } else if (next_to_speak < conversations_wanted) {
        take_turn(&visitors[next_to_speak++]);
    }
}

void speaker_heard(struct speaker *speaker, const char *from, const char *text)
{
    unsigned visitor;
    unsigned long turn;
    if (speaker->agent) {
        if (sscanf(text, "turn %u %lu", &visitor, &turn) == 2 && visitor % agent_count == speaker->number) {
            reply(speaker, from, visitor, turn);
        }
    } else if (sscanf(text, "reply %u %lu", &visitor, &turn) == 2 && speaker->waiting &&
               turn == speaker->turn && visitor == speaker->number) {
        end_turn(speaker);
    }
}

/* ---- coming and going */

void speaker_ready(struct speaker *speaker)
{
    speaker->ready = true;
    ready_count++;
}

void speaker_closed(struct speaker *speaker)
{
    if (!speaker->leaving) {
        link_fail("%s %u lost the connection", speaker->agent ? "agent" : "visitor", speaker->number);
    }
    gone_count++;
}

/* Serves until the count is reached. */
static void await_within(int patience, const unsigned *counter, unsigned wanted, const char *what)
{
    double end = link_now() + patience;
    while (*counter < wanted) {
        link_serve(100);
        if (link_now() > end) {
            link_fail("after %d s %u of %u %s", patience, *counter, wanted, what);
        }
    }
}

static void await(const unsigned *counter, unsigned wanted, const char *what)
{
    await_within(PATIENCE_SECONDS, counter, wanted, what);
}

void talk_begin(const struct protocol *which)
{
    protocol = which;
}

struct speaker *talk_agent(const char *name, const char *password)
{
    if (agent_count == AGENTS_MOST) {
        link_fail("%d agents are the most", AGENTS_MOST);
    }
    struct speaker *agent = &agents[agent_count];
    *agent = (struct speaker){.number = agent_count++, .agent = true};
    protocol->open(agent, name, password);
    await(&ready_count, ready_count + 1, "agents are there");
    return agent;
}

double talk_arrive(unsigned count, unsigned at_once)
{
    double begin = link_now();
    unsigned ready_before = ready_count;
    if (visitor_count + count > VISITORS_MOST) {
        link_fail("%d visitors are the most", VISITORS_MOST);
    }
    for (unsigned i = 0; i < count; i++) {
        struct speaker *visitor = &visitors[visitor_count];
        *visitor = (struct speaker){.number = visitor_count++};
        protocol->open(visitor, NULL, NULL);
        if (i + 1 >= at_once) {
            await(&ready_count, ready_before + i + 2 - at_once, "visitors are there");
        }
    }
    await(&ready_count, ready_before + count, "visitors are there");
    return link_now() - begin;
}

double talk_open(unsigned count, unsigned at_once)
{
    double begin = link_now();
    if (count > visitor_count) {
        link_fail("%u visitors are asked to speak, %u are there", count, visitor_count);
    }
    next_to_speak = replied = 0;
    conversations_wanted = count;
    while (next_to_speak < count && next_to_speak < at_once) {
        take_turn(&visitors[next_to_speak++]);
    }
    await_within(OPENING_PATIENCE_SECONDS, &replied, count, "conversations are open");
    conversations_wanted = 0;
    return link_now() - begin;
}

struct samples *talk_turns(unsigned count, double seconds)
{
    double last = link_now() + seconds + PATIENCE_SECONDS;
    samples.count = 0;
    turns_end = link_now() + seconds;
    for (unsigned i = 0; i < count; i++) {
        take_turn(&visitors[i]);
    }
    while (waiting > 0) {
        link_serve(100);
        if (link_now() > last) {
            link_fail("%u visitors were never answered", waiting);
        }
    }
    turns_end = 0;
    return &samples;
}

void talk_leave(void)
{
    gone_count = 0;
    for (unsigned i = 0; i < visitor_count; i++) {
        visitors[i].leaving = true;
        protocol->leave(&visitors[i]);
    }
    await(&gone_count, visitor_count, "visitors are gone");
    visitor_count = 0;
}
