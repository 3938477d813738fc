/* weigh: how well each of some people would do with a lead now, beside their interest: performance ×
 * availability.
 *
 *   performance   a mean, weighted by settings, of
 *                   the share of leads won, smoothed: who has few counts as nearly average;
 *                   how soon something was done with a lead that was given (1 at once, ½ after four hours);
 *                   follow-ups kept.
 *   availability  here or away, times the room that is left of the capacity.
 *
 * Each is raised to a power that is a setting (100 % leaves it as it is, 0 leaves it out). Both are told to
 * people in coarse words only. Threads: as the unit.
 */
#ifndef ASSIGN_WEIGH_H
#define ASSIGN_WEIGH_H

#include "command/command.h"
#include "queries.h"

/* Settings (command/setting.c), as shares of one. */
struct assign_settings {
    double interest, performance, availability; /* powers */
    double win, response, kept;
    double near; /* how much less than the best is as good */
    int64_t capacity, untouched_hours, poll_minutes;
    const char *poll_audience, *poll_nobody;
};

struct assign_candidate {
    int64_t person;
    const char *username, *name;
    bool here, free;     /* free: here, and below the capacity */
    int64_t load, room;  /* leads they work on, and how many more they can have */
    const char *last_at; /* when they got the last lead; NULL: never */
    double performance, availability, weight;
    const char *performance_word, *availability_word;
};

struct assign_candidates {
    size_t count;
    struct assign_candidate *list;
};

/* Reads the settings. False: the unit failed. */
bool assign_read_settings(struct unit *unit, struct arena *arena, struct assign_settings *settings);

/* The people whom a rule means, or all Sales Persons (rule NULL). False: the unit failed. */
bool assign_people(struct unit *unit, struct arena *arena, const struct assign_rules_row *rule,
                   struct bigint_array *people);

/* Weighs people; those whose accounts are not in use are left out. False: the unit failed. */
bool assign_weigh(struct unit *unit, struct arena *arena, const struct assign_settings *settings,
                  struct bigint_array people, struct assign_candidates *out);

/* Weighs all Sales Persons, by the settings as they are. False: the unit failed. */
bool assign_weigh_all(struct unit *unit, struct arena *arena, struct assign_candidates *out);

/* The one who is best, or whose turn it is, among those who are free, but `except`; NULL: nobody is. `drawn`
 * says whether several were nearly as good. */
const struct assign_candidate *assign_choose(const struct assign_candidates *candidates, bool turn,
                                             double near, int64_t except, bool *drawn);

/* The candidate of that number, or NULL. */
const struct assign_candidate *assign_find(const struct assign_candidates *candidates, int64_t person);

#endif
