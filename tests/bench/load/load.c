/* load: visitors, agents and requests, as ../bench orders them, and how long they took.
 *
 *   load xmpp DOMAIN HTTP_PORT C2S_PORT SALT     the stack, or Prosody with another component
 *   load socketio PORT                           the peer
 *
 * Orders come on standard input, one a line; each is answered with a JSON object on one line.
 *
 *   agent NAME PASSWORD        one logs in
 *   arrive COUNT AT_ONCE       visitors log in                        {"seconds"}
 *   open COUNT AT_ONCE         they say one thing each, get a reply   {"seconds"}
 *   turns COUNT SECONDS        they talk                              {"turns", "seconds", "p50_ms", …}
 *   leave                      all visitors go                        {"seconds"}
 *   request NAME LOW HIGH XML  see ask.h
 *   ask AGENT TIMES            sends the requests                     {NAME: {"p50_ms", …}}
 *   forget                     the requests
 *
 * Every answer but those of ask has "cpu_s", the processor time of this program since the last. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "ask.h"
#include "link.h"
#include "socketio.h"
#include "talk.h"
#include "xmpp.h"

#define LINE_MOST 8192

static struct speaker *agents[64];
static unsigned agent_count;

static double own_cpu(void)
{
    static double before;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double now = (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
                 (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
    double spent = now - before;
    before = now;
    return spent;
}

static void print_seconds(double seconds)
{
    printf("{\"seconds\": %.4f, \"cpu_s\": %.3f}\n", seconds, own_cpu());
}

static void order_agent(const char *line)
{
    char name[64], password[64];
    double begin = link_now();
    if (sscanf(line, "%63s %63s", name, password) != 2) {
        link_fail("agent: no name and password");
    }
    agents[agent_count++] = talk_agent(name, password);
    print_seconds(link_now() - begin);
}

static void read_two(const char *line, unsigned *one, double *other)
{
    if (sscanf(line, "%u %lf", one, other) != 2) {
        link_fail("two numbers are missing: %s", line);
    }
}

static void order_arrive(const char *line)
{
    unsigned count;
    double at_once;
    read_two(line, &count, &at_once);
    print_seconds(talk_arrive(count, (unsigned)at_once));
}

static void order_open(const char *line)
{
    unsigned count;
    double at_once;
    read_two(line, &count, &at_once);
    print_seconds(talk_open(count, (unsigned)at_once));
}

static void order_turns(const char *line)
{
    unsigned count;
    double seconds;
    read_two(line, &count, &seconds);
    own_cpu();
    struct samples *samples = talk_turns(count, seconds);
    printf("{\"turns\": %zu, \"seconds\": %.3f, \"turns_s\": %.1f, \"p50_ms\": %.4f, \"p99_ms\": %.4f, "
           "\"cpu_s\": %.3f}\n",
           samples->count, seconds, (double)samples->count / seconds, 1e3 * samples_percentile(samples, 50),
           1e3 * samples_percentile(samples, 99), own_cpu());
}

static void order_leave(const char *line)
{
    double begin = link_now();
    (void)line;
    talk_leave();
    print_seconds(link_now() - begin);
}

static void order_request(const char *line)
{
    char name[64];
    unsigned long lowest, highest;
    int stanza = 0;
    if (sscanf(line, "%63s %lu %lu %n", name, &lowest, &highest, &stanza) != 3 || stanza == 0) {
        link_fail("request: no name, two numbers and stanza");
    }
    ask_add(name, lowest, highest, line + stanza);
    print_seconds(0);
}

static void order_ask(const char *line)
{
    unsigned agent;
    double times;
    read_two(line, &agent, &times);
    if (agent >= agent_count) {
        link_fail("there is no agent %u", agent);
    }
    ask_run(agents[agent], (unsigned)times);
}

static void order_forget(const char *line)
{
    (void)line;
    ask_forget();
    print_seconds(0);
}

static const struct order {
    const char *name;
    void (*obey)(const char *line);
} orders[] = {
    {"agent", order_agent}, {"arrive", order_arrive},   {"open", order_open}, {"turns", order_turns},
    {"leave", order_leave}, {"request", order_request}, {"ask", order_ask},   {"forget", order_forget},
};

static void obey(char *line)
{
    size_t length = strcspn(line, " ");
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++) {
        if (strlen(orders[i].name) == length && strncmp(orders[i].name, line, length) == 0) {
            orders[i].obey(line + length + (line[length] == ' '));
            fflush(stdout);
            return;
        }
    }
    link_fail("unknown order: %s", line);
}

/* Reads a line a byte at a time, so that poll() knows whether there is another. False at the end. */
static bool read_line(char *line)
{
    size_t length = 0;
    char byte;
    while (read(STDIN_FILENO, &byte, 1) == 1) {
        if (byte == '\n') {
            line[length] = '\0';
            return true;
        }
        if (length + 1 < LINE_MOST) {
            line[length++] = byte;
        }
    }
    return false;
}

/* Links are served between orders too: the server asks for acknowledgements. */
static void serve_orders(void)
{
    char line[LINE_MOST];
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    for (;;) {
        while (poll(&input, 1, 0) == 0) {
            link_serve(20);
        }
        if (!read_line(line)) {
            return;
        }
        obey(line);
    }
}

static void raise_file_limit(void)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int main(int count, char **arguments)
{
    raise_file_limit();
    if (count == 6 && strcmp(arguments[1], "xmpp") == 0) {
        const struct xmpp_server server = {arguments[2], atoi(arguments[3]), atoi(arguments[4]),
                                           arguments[5]};
        talk_begin(xmpp_protocol(&server));
    } else if (count == 3 && strcmp(arguments[1], "socketio") == 0) {
        talk_begin(socketio_protocol(atoi(arguments[2])));
    } else {
        link_fail("say: load xmpp DOMAIN HTTP_PORT C2S_PORT SALT, or: load socketio PORT");
    }
    serve_orders();
    return 0;
}
