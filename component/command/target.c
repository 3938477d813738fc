#include "command/target.h"

#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "command/people.h"
#include "command/reply.h"
#include "queries.h"

static const struct target_kind kinds[] = {
    {"lead", "Lead", "The number of the lead", "42", "lead-", TARGET_LEAD, true},
    {"lead", "Lead", "The number of the lead", "42", NULL, TARGET_ANY_LEAD, true},
    {"visitor", "Visitor", "The number of the visitor", "17", "visitor-", TARGET_VISITOR, true},
    {"import", "Import", "The number of the import", "7", NULL, TARGET_IMPORT, true},
    {"poll", "Poll", "The number of the poll", "9", "poll-", TARGET_POLL, true},
    {"person", "Person", "A user name or a name", "priya", NULL, TARGET_PERSON, false},
};

const struct target_kind *target_kind(enum target target)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (kinds[i].target == target) {
            return &kinds[i];
        }
    }
    return NULL;
}

/* One record has one name: no sign, no leading zero, nothing that does not fit. */
static int parse_number(const char *digits, int64_t *number)
{
    int64_t value = 0;
    if (digits[0] < '1' || digits[0] > '9') {
        return -1;
    }
    for (; *digits != '\0'; digits++) {
        if (*digits < '0' || *digits > '9' || value > (INT64_MAX - 9) / 10) {
            return -1;
        }
        value = value * 10 + (*digits - '0');
    }
    *number = value;
    return 0;
}

const struct target_kind *target_of_address(const char *local, int64_t *number)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        const char *prefix = kinds[i].address;
        if (prefix != NULL && strncmp(local, prefix, strlen(prefix)) == 0 &&
            parse_number(local + strlen(prefix), number) == 0) {
            return &kinds[i];
        }
    }
    return NULL;
}

int target_parse(const struct target_kind *kind, const char *given, int64_t *number)
{
    size_t word = strlen(kind->word);
    if (text_starts_nocase(given, kind->word) && (given[word] == '-' || given[word] == ' ')) {
        given += word + 1;
    }
    if (given[0] == '#') {
        given++;
    }
    return parse_number(given, number);
}

/* "lead", "leads", "and": what only stands between numbers. */
static bool is_joint(const struct target_kind *kind, const char *word)
{
    size_t length = strlen(kind->word);
    bool noun = text_starts_nocase(word, kind->word) &&
                (word[length] == '\0' || text_equal_nocase(word + length, "s"));
    return noun || text_equal_nocase(word, "and") || strcmp(word, "&") == 0;
}

/* Puts a number among the sorted ones, once. */
static size_t insert(int64_t *numbers, size_t count, int64_t number)
{
    size_t at = 0;
    while (at < count && numbers[at] < number) {
        at++;
    }
    if (at < count && numbers[at] == number) {
        return count;
    }
    memmove(numbers + at + 1, numbers + at, (count - at) * sizeof *numbers);
    numbers[at] = number;
    return count + 1;
}

size_t target_split(struct arena *arena, const struct target_kind *kind, const char *given,
                    int64_t numbers[TARGET_SEVERAL + 1])
{
    size_t count = 0;
    for (given += strspn(given, ", "); *given != '\0' && count <= TARGET_SEVERAL;
         given += strspn(given, ", ")) {
        const char *word = arena_strndup(arena, given, strcspn(given, ", "));
        int64_t number;
        given += strlen(word);
        if (target_parse(kind, word, &number) == 0) {
            count = insert(numbers, count, number);
        } else if (!is_joint(kind, word)) {
            return 0;
        }
    }
    return count;
}

const char *target_name(struct arena *arena, const struct command *command, int64_t number)
{
    const struct target_kind *kind = target_kind(command->target);
    return kind == NULL ? NULL : arena_printf(arena, "%s-%lld", kind->word, (long long)number);
}

static bool is_visible(struct call *call, int64_t number, enum db_status *status)
{
    size_t found = 0;
    if (call->command->target == TARGET_LEAD) {
        const struct command_target_lead *rows = query_command_target_lead(call->unit, number);
        *status = unit_flush(call->unit);
        found = *status == DB_OK ? rows->count : 0;
    } else if (call->command->target == TARGET_ANY_LEAD) {
        const struct command_target_any_lead *rows = query_command_target_any_lead(call->unit, number);
        *status = unit_flush(call->unit);
        found = *status == DB_OK ? rows->count : 0;
    } else if (call->command->target == TARGET_IMPORT) {
        const struct command_target_import *rows = query_command_target_import(call->unit, number);
        *status = unit_flush(call->unit);
        found = *status == DB_OK ? rows->count : 0;
    } else if (call->command->target == TARGET_POLL) {
        const struct command_target_poll *rows = query_command_target_poll(call->unit, number);
        *status = unit_flush(call->unit);
        found = *status == DB_OK ? rows->count : 0;
    } else {
        const struct command_target_visitor *rows = query_command_target_visitor(call->unit, number);
        *status = unit_flush(call->unit);
        found = *status == DB_OK ? rows->count : 0;
    }
    return found == 1;
}

enum verdict target_refuse_absent(struct call *call, int64_t number, struct reply *reply)
{
    const struct target_kind *kind = target_kind(call->command->target);
    return kind == NULL ? reply_refuse(reply, REFUSAL_NOT_FOUND, NULL, "It is gone.")
                        : reply_refuse(reply, REFUSAL_NOT_FOUND, kind->word, "There is no %s %lld.",
                                       kind->word, (long long)number);
}

/* A lead that was merged says where it is now, to whoever may see that one. */
static enum verdict refuse_invisible(struct call *call, const struct target_kind *kind, int64_t number,
                                     struct reply *reply)
{
    if (kind->target != TARGET_LEAD && kind->target != TARGET_ANY_LEAD) {
        return target_refuse_absent(call, number, reply);
    }
    const struct command_lead_went *went = query_command_lead_went(call->unit, number);
    if (unit_flush(call->unit) != DB_OK) {
        return VERDICT_FAILED;
    }
    if (went->count == 0) {
        return target_refuse_absent(call, number, reply);
    }
    reply_about(reply, TARGET_LEAD, went->rows[0].id);
    return reply_refuse(reply, REFUSAL_NOT_FOUND, kind->word, TARGET_MERGED, (long long)number,
                        (long long)went->rows[0].id, text_shorten(call->arena, went->rows[0].name, 60),
                        (long long)went->rows[0].id, call->domain);
}

static enum verdict resolve_numbered(struct call *call, const struct target_kind *kind, const char *given,
                                     struct reply *reply, int64_t *out)
{
    enum db_status status;
    if (target_parse(kind, given, out) != 0) {
        return reply_refuse(reply, REFUSAL_INVALID, kind->word,
                            "%s: “%s” is not a %s's number. Give a number such as %s.", kind->label,
                            text_shorten(call->arena, given, 40), kind->word, kind->example);
    }
    if (is_visible(call, *out, &status)) {
        return VERDICT_DONE;
    }
    if (status != DB_OK) {
        return VERDICT_FAILED;
    }
    return refuse_invisible(call, kind, *out, reply);
}

enum verdict target_resolve(struct call *call, const char *given, struct reply *reply, int64_t *out)
{
    const struct target_kind *kind = target_kind(call->command->target);
    *out = 0;
    if (kind == NULL) {
        return VERDICT_DONE;
    }
    if (given == NULL || given[0] == '\0') {
        return reply_refuse(reply, REFUSAL_MISSING, kind->word, "%s: which one? Give %s such as %s.",
                            kind->label, kind->numbered ? "its number," : "a user name or a name,",
                            kind->example);
    }
    if (kind->numbered) {
        return resolve_numbered(call, kind, text_squeeze(call->arena, given), reply, out);
    }
    return people_resolve(call, kind->word, kind->label, given, 0, true, reply, out, NULL);
}
