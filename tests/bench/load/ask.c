#include "ask.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heard.h"
#include "link.h"
#include "talk.h"
#include "xmpp.h"

#define REQUESTS_MOST    64
#define PATIENCE_SECONDS 30

struct request {
    char name[64];
    unsigned long lowest, highest;
    char *stanza;
    struct samples samples;
    unsigned errors, unfinished; /* answers of type error; commands that want more */
    unsigned long fields;        /* of all answers' forms */
};

static struct request requests[REQUESTS_MOST];
static size_t request_count;
static char id[32], session[80];
static bool answered;
static struct heard answer;

void ask_forget(void)
{
    for (size_t i = 0; i < request_count; i++) {
        free(requests[i].stanza);
        free(requests[i].samples.seconds);
    }
    request_count = 0;
}

void ask_add(const char *name, unsigned long lowest, unsigned long highest, const char *stanza)
{
    if (request_count == REQUESTS_MOST) {
        link_fail("%d requests are the most", REQUESTS_MOST);
    }
    struct request *request = &requests[request_count++];
    *request = (struct request){.lowest = lowest, .highest = highest, .stanza = strdup(stanza)};
    snprintf(request->name, sizeof request->name, "%s", name);
}

void speaker_answered(struct speaker *speaker, const struct heard *heard)
{
    (void)speaker;
    if (strcmp(heard->id, id) == 0) {
        answer = *heard;
        answered = true;
    }
}

static const char *number(const struct request *request)
{
    static char text[24];
    unsigned long range = request->highest - request->lowest + 1;
    unsigned long random = (unsigned long)rand() << 20 ^ (unsigned long)rand();
    snprintf(text, sizeof text, "%lu", request->lowest + random % range);
    return text;
}

static size_t fill_in(const struct request *request, char *to, size_t size)
{
    size_t length = 0;
    for (const char *at = request->stanza; *at != '\0'; at++) {
        const char *piece = at;
        size_t piece_length = 1;
        if (*at == '%' && at[1] != '\0') {
            at++;
            piece = *at == 'I' ? id : *at == 'N' ? number(request) : *at == 'S' ? session : "%";
            piece_length = strlen(piece);
        }
        if (length + piece_length >= size) {
            link_fail("the request %s is too long", request->name);
        }
        memcpy(to + length, piece, piece_length);
        length += piece_length;
    }
    return length;
}

static void ask_once(struct speaker *agent, struct request *request)
{
    static unsigned long asked;
    char stanza[8192];
    snprintf(id, sizeof id, "ask-%lu", ++asked);
    size_t length = fill_in(request, stanza, sizeof stanza);
    double begin = link_now();
    answered = false;
    xmpp_send(agent, stanza, length);
    while (!answered) {
        link_serve(100);
        if (link_now() - begin > PATIENCE_SECONDS) {
            link_fail("no answer to %s", request->name);
        }
    }
    samples_add(&request->samples, link_now() - begin);
    if (strcmp(answer.type, "error") == 0) {
        request->errors++;
        fprintf(stderr, "load: %s was answered with the error %s\n", request->name, answer.condition);
    }
    request->unfinished += strcmp(answer.command_status, "executing") == 0;
    request->fields += answer.fields;
    snprintf(session, sizeof session, "%s", answer.session);
}

static void print(struct request *request, bool last)
{
    struct samples *samples = &request->samples;
    printf("\"%s\": {\"count\": %zu, \"errors\": %u, \"executing\": %u, \"fields\": %.1f, \"p50_ms\": %.3f, "
           "\"p95_ms\": %.3f, "
           "\"p99_ms\": %.3f, \"max_ms\": %.3f}%s",
           request->name, samples->count, request->errors, request->unfinished,
           (double)request->fields / (double)samples->count, 1e3 * samples_percentile(samples, 50),
           1e3 * samples_percentile(samples, 95), 1e3 * samples_percentile(samples, 99),
           1e3 * samples_percentile(samples, 100), last ? "" : ", ");
}

void ask_run(struct speaker *agent, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        for (size_t k = 0; k < request_count; k++) {
            ask_once(agent, &requests[k]);
        }
    }
    printf("{");
    for (size_t k = 0; k < request_count; k++) {
        print(&requests[k], k + 1 == request_count);
    }
    printf("}\n");
}
