#include "assign/weigh.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/log.h"
#include "queries.h"

#define SMOOTHING     5.0 /* leads of an average person that everybody is credited with */
#define FAIR_SHARE    0.2 /* of leads won, where nobody has any yet */
#define RESPONSE_HALF 4.0 /* hours */
#define NEUTRAL       0.5
#define AWAY          0.4
#define LEAST_ROOM    0.05 /* who is full and wants a lead all the same comes last, and not never */
#define ABOVE         1.1
#define BELOW         0.9
#define MANY          0.3 /* of the capacity left: "many leads already" */

/* ---- settings */

static double share(const char *value)
{
    return strtod(value, NULL) / 100;
}

static void read_setting(struct assign_settings *settings, const char *name, const char *value)
{
    const struct {
        const char *name;
        double *share;
    } shares[] = {{"assign.interest_weight", &settings->interest},
                  {"assign.performance_weight", &settings->performance},
                  {"assign.availability_weight", &settings->availability},
                  {"assign.win_weight", &settings->win},
                  {"assign.response_weight", &settings->response},
                  {"assign.kept_weight", &settings->kept},
                  {"assign.near_percent", &settings->near}};
    const struct {
        const char *name;
        int64_t *number;
    } numbers[] = {{"assign.capacity", &settings->capacity},
                   {"assign.untouched_hours", &settings->untouched_hours},
                   {"poll.minutes", &settings->poll_minutes}};
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        if (strcmp(shares[i].name, name) == 0) {
            *shares[i].share = share(value);
        }
    }
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(numbers[i].name, name) == 0) {
            *numbers[i].number = strtoll(value, NULL, 10);
        }
    }
    if (strcmp(name, "poll.audience") == 0) {
        settings->poll_audience = value;
    }
    if (strcmp(name, "poll.nobody") == 0) {
        settings->poll_nobody = value;
    }
}

bool assign_read_settings(struct unit *unit, struct arena *arena, struct assign_settings *settings)
{
    const struct assign_setting_list *rows = query_assign_setting_list(unit);
    *settings = (struct assign_settings){.poll_audience = "all", .poll_nobody = "best"};
    if (unit_flush(unit) != DB_OK) {
        return false;
    }
    for (size_t i = 0; i < rows->count; i++) {
        read_setting(settings, rows->rows[i].name, arena_strdup(arena, rows->rows[i].value));
    }
    return true;
}

/* ---- performance */

/* The share that all of them won, so that somebody new counts as one of them. */
static double fair_share(const struct assign_records *records)
{
    double won = 0, over = 0;
    for (size_t i = 0; i < records->count; i++) {
        won += (double)records->rows[i].won;
        over += (double)(records->rows[i].won + records->rows[i].lost);
    }
    return (won + FAIR_SHARE * SMOOTHING) / (over + SMOOTHING);
}

static double performance(const struct assign_settings *settings, const struct assign_records_row *row,
                          double fair)
{
    double over = (double)(row->won + row->lost);
    double win = ((double)row->won + fair * SMOOTHING) / (over + SMOOTHING);
    double response =
        row->has_response_hours ? RESPONSE_HALF / (RESPONSE_HALF + row->response_hours) : NEUTRAL;
    double kept = ((double)row->kept + NEUTRAL * SMOOTHING) / ((double)row->due + SMOOTHING);
    double total = settings->win + settings->response + settings->kept;
    if (total <= 0) {
        return NEUTRAL;
    }
    /* A share of leads won is small for everybody; twice the fair one is as good as it gets. */
    win = fmin(win / (2 * fair), 1);
    return (settings->win * win + settings->response * response + settings->kept * kept) / total;
}

static const char *performance_word(double own, double mean)
{
    return own > mean * ABOVE ? "above average" : own < mean * BELOW ? "below average" : "about average";
}

/* ---- availability */

static double room(const struct assign_settings *settings, int64_t load)
{
    double left =
        settings->capacity <= 0 ? 1 : (double)(settings->capacity - load) / (double)settings->capacity;
    return fmax(left, LEAST_ROOM);
}

static const char *availability_word(bool here, double left)
{
    if (here) {
        return left < MANY ? "here, with many leads already" : "here, with room for more leads";
    }
    return left < MANY ? "away, with many leads already" : "away, with room for more leads";
}

/* ---- people */

static void weigh_one(const struct assign_settings *settings, const struct assign_records_row *row,
                      double fair, struct assign_candidate *out)
{
    double left = room(settings, row->load);
    *out = (struct assign_candidate){
        .person = row->id,
        .username = row->username,
        .name = row->name,
        .here = row->here,
        .free = row->here &&
                        row->load<settings->capacity, .load = row->load, .room = settings->capacity> row->load
                    ? settings->capacity - row->load
                    : 0,
        .last_at = row->last_at,
        .performance = performance(settings, row, fair),
        .availability = (row->here ? 1 : AWAY) * left,
        .availability_word = availability_word(row->here, left)};
    out->weight =
        pow(out->performance, settings->performance) * pow(out->availability, settings->availability);
}

bool assign_weigh(struct unit *unit, struct arena *arena, const struct assign_settings *settings,
                  struct bigint_array people, struct assign_candidates *out)
{
    const struct assign_records *records = query_assign_records(unit, people);
    double mean = 0;
    *out = (struct assign_candidates){.count = 0};
    if (unit_flush(unit) != DB_OK) {
        return false;
    }
    out->list = arena_array(arena, records->count + 1, sizeof *out->list);
    out->count = records->count;
    for (size_t i = 0; i < out->count; i++) {
        weigh_one(settings, &records->rows[i], fair_share(records), &out->list[i]);
        mean += out->list[i].performance / (double)out->count;
    }
    for (size_t i = 0; i < out->count; i++) {
        out->list[i].performance_word = performance_word(out->list[i].performance, mean);
    }
    return true;
}

bool assign_people(struct unit *unit, struct arena *arena, const struct assign_rules_row *rule,
                   struct bigint_array *people)
{
    const struct assign_who *rows =
        rule == NULL ? query_assign_who(unit, NULL, NULL, NULL, NULL)
                     : query_assign_who(unit, rule->has_person ? &rule->person : NULL,
                                        rule->has_team ? &rule->team : NULL, rule->tag, rule->language);
    if (unit_flush(unit) != DB_OK) {
        return false;
    }
    int64_t *list = arena_array(arena, rows->count + 1, sizeof *list);
    for (size_t i = 0; i < rows->count; i++) {
        list[i] = rows->rows[i].person;
    }
    *people = (struct bigint_array){list, rows->count};
    return true;
}

bool assign_weigh_all(struct unit *unit, struct arena *arena, struct assign_candidates *out)
{
    struct assign_settings settings;
    struct bigint_array people;
    return assign_read_settings(unit, arena, &settings) && assign_people(unit, arena, NULL, &people) &&
           assign_weigh(unit, arena, &settings, people, out);
}

const struct assign_candidate *assign_find(const struct assign_candidates *candidates, int64_t person)
{
    for (size_t i = 0; i < candidates->count; i++) {
        if (candidates->list[i].person == person) {
            return &candidates->list[i];
        }
    }
    return NULL;
}

/* ---- choosing */

static size_t draw(size_t count)
{
    uint32_t random;
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random) {
        log_bug("there is no randomness");
    }
    return random % count;
}

static bool can_have(const struct assign_candidate *candidate, int64_t except)
{
    return candidate->free && candidate->person != except;
}

static const struct assign_candidate *choose_turn(const struct assign_candidates *candidates, int64_t except)
{
    const struct assign_candidate *first = NULL;
    for (size_t i = 0; i < candidates->count; i++) {
        const struct assign_candidate *next = &candidates->list[i];
        if (can_have(next, except) &&
            (first == NULL || (first->last_at != NULL &&
                               (next->last_at == NULL || strcmp(next->last_at, first->last_at) < 0)))) {
            first = next;
        }
    }
    return first;
}

static const struct assign_candidate *choose_best(const struct assign_candidates *candidates, double near,
                                                  int64_t except, bool *drawn)
{
    const struct assign_candidate **nearest =
        calloc(candidates->count + 1, sizeof(const struct assign_candidate *));
    size_t count = 0;
    double best = 0;
    if (nearest == NULL) {
        log_bug("out of memory");
    }
    for (size_t i = 0; i < candidates->count; i++) {
        best = can_have(&candidates->list[i], except) ? fmax(best, candidates->list[i].weight) : best;
    }
    for (size_t i = 0; i < candidates->count; i++) {
        if (can_have(&candidates->list[i], except) && candidates->list[i].weight >= best * (1 - near)) {
            nearest[count++] = &candidates->list[i];
        }
    }
    *drawn = count > 1;
    const struct assign_candidate *chosen = count == 0 ? NULL : nearest[draw(count)];
    free(nearest);
    return chosen;
}

const struct assign_candidate *assign_choose(const struct assign_candidates *candidates, bool turn,
                                             double near, int64_t except, bool *drawn)
{
    *drawn = false;
    return turn ? choose_turn(candidates, except) : choose_best(candidates, near, except, drawn);
}
