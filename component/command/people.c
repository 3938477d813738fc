#include "command/people.h"

#include <string.h>

#include "base/similar.h"
#include "base/text.h"
#include "command/reply.h"
#include "command/role.h"
#include "queries.h"

/* "priya@traincape.example" and "@priya" mean priya. */
static const char *plain_name(struct arena *arena, const char *given)
{
    char *name = text_squeeze(arena, given);
    if (name[0] == '@') {
        name++;
    }
    char *at = strchr(name, '@');
    if (at != NULL) {
        *at = '\0';
    }
    return name;
}

static bool has_role(const char *word, unsigned roles)
{
    enum role role;
    return roles == 0 || (role_parse(word, &role) == 0 && (roles & role) != 0);
}

/* Adds somebody to what is offered. */
static void offer_people(struct call *call, const char *username, const char *name, struct reply *reply)
{
    size_t count = 0;
    while (reply->choices != NULL && reply->choices[count].value != NULL) {
        count++;
    }
    struct choice *choices = arena_array(call->arena, count + 2, sizeof *choices);
    for (size_t i = 0; i < count; i++) {
        choices[i] = reply->choices[i];
    }
    choices[count] = (struct choice){username, name};
    reply_offer(reply, choices);
}

static enum verdict refuse_unknown(struct call *call, const char *field, const char *label, const char *given,
                                   struct reply *reply)
{
    const struct command_people *people = query_command_people(call->unit, 1000);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    const char **names = arena_array(call->arena, people->count * 2 + 1, sizeof *names);
    for (size_t i = 0; i < people->count; i++) {
        names[2 * i] = people->rows[i].username;
        names[2 * i + 1] = people->rows[i].name;
    }
    const char *near = similar_find(given, names, people->count * 2);
    const char *shown = text_shorten(call->arena, given, 40);
    if (near != NULL) {
        for (size_t i = 0; i < people->count; i++) {
            if (near == names[2 * i] || near == names[2 * i + 1]) {
                offer_people(call, people->rows[i].username, people->rows[i].name, reply);
            }
        }
        return reply_refuse(reply, REFUSAL_INVALID, field,
                            "%s: there is nobody called “%s”. Did you mean %s?", label, shown, near);
    }
    return reply_refuse(reply, REFUSAL_INVALID, field,
                        "%s: there is nobody called “%s”. Give a user name such as %s.", label, shown,
                        people->count > 0 ? people->rows[people->count - 1].username : "priya");
}

static enum verdict refuse_ambiguous(struct call *call, const char *field, const char *label,
                                     const char *given, const struct command_people_named *people,
                                     struct reply *reply)
{
    struct text names = text_new(call->arena);
    for (size_t i = 0; i < people->count; i++) {
        offer_people(call, people->rows[i].username, people->rows[i].name, reply);
    }
    for (size_t i = 0; i < people->count && i < 4; i++) {
        text_addf(&names, "%s%s (%s)", i == 0 ? "" : ", ", people->rows[i].username, people->rows[i].name);
    }
    return reply_refuse(reply, REFUSAL_INVALID, field, "%s: “%s” is more than one: %s%s. Give the user name.",
                        label, text_shorten(call->arena, given, 40), names.data,
                        people->count > 4 ? ", …" : "");
}

enum verdict people_resolve(struct call *call, const char *field, const char *label, const char *given,
                            unsigned roles, bool anybody, struct reply *reply, int64_t *id,
                            const char **username)
{
    const char *name = plain_name(call->arena, given);
    if (text_equal_nocase(name, "me")) {
        name = call->person->username;
    }
    const struct command_people_named *people = query_command_people_named(call->unit, name, anybody);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (people->count == 0) {
        return refuse_unknown(call, field, label, name, reply);
    }
    const struct command_people_named_row *person = &people->rows[0];
    /* Best match first: a second one that is as good leaves it open who is meant. */
    if (people->count > 1 && people->rows[1].distance == person->distance) {
        return refuse_ambiguous(call, field, label, name, people, reply);
    }
    if (!has_role(person->role, roles)) {
        enum role role = ROLE_SALES;
        role_parse(person->role, &role);
        return reply_refuse(reply, REFUSAL_INVALID, field, "%s: %s is a %s; this is for %s only.", label,
                            person->name, role_label(role), role_list(call->arena, roles));
    }
    *id = person->id;
    if (username != NULL) {
        *username = person->username;
    }
    return VERDICT_DONE;
}

/* The words of the roles that are meant; none for any. */
static struct text_array role_words(struct arena *arena, unsigned roles)
{
    static const enum role each[] = {ROLE_ADMIN, ROLE_MANAGER, ROLE_LEAD, ROLE_SALES};
    const char **words = arena_array(arena, sizeof each / sizeof each[0], sizeof *words);
    struct text_array array = {words, 0};
    for (size_t i = 0; i < sizeof each / sizeof each[0]; i++) {
        if ((roles & each[i]) != 0) {
            words[array.count++] = role_word(each[i]);
        }
    }
    return array;
}

const struct choice *people_find(struct unit *unit, struct arena *arena, const struct people_wish *wish,
                                 const char *part, size_t most)
{
    const struct text_array roles = role_words(arena, wish->roles);
    const bool enabled = wish->offered == OFFERED_ENABLED;
    const struct command_people_found *people =
        query_command_people_found(unit, wish->roles == 0 ? NULL : &roles,
                                   wish->offered == OFFERED_ANYBODY ? NULL : &enabled, part, (int64_t)most);
    if (unit_flush(unit) != DB_OK) {
        return NULL;
    }
    struct choice *choices = arena_array(arena, people->count + 1, sizeof *choices);
    for (size_t i = 0; i < people->count; i++) {
        const struct command_people_found_row *person = &people->rows[i];
        bool marked = !person->enabled && wish->offered == OFFERED_ANYBODY;
        choices[i] = (struct choice){
            person->username, marked ? arena_printf(arena, "%s (disabled)", person->name) : person->name};
    }
    return choices;
}
