#include "command/reply.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "base/text.h"
#include "command/role.h"
#include "command/table.h"

void reply_begin(struct reply *reply, struct arena *arena, const struct command *command)
{
    *reply = (struct reply){.arena = arena, .command = command};
}

const char *refusal_word(enum refusal reason)
{
    static const char *const words[] = {
        [REFUSAL_NONE] = "done",
        [REFUSAL_INVALID] = "invalid",
        [REFUSAL_MISSING] = "missing",
        [REFUSAL_NOT_FOUND] = "not-found",
        [REFUSAL_FORBIDDEN] = "forbidden",
        [REFUSAL_CONFLICT] = "conflict",
        [REFUSAL_STATE] = "state",
        [REFUSAL_BUSY] = "try-again",
        [REFUSAL_UNKNOWN] = "unknown",
        [REFUSAL_FAILED] = "failed",
        [REFUSAL_UNCONFIRMED] = "unconfirmed",
    };
    return words[reason];
}

static struct reply_item *append(struct reply *reply, enum reply_kind kind, const char *text)
{
    struct reply_item *item = arena_alloc(reply->arena, sizeof *item);
    item->kind = kind;
    item->text = text;
    if (reply->last == NULL) {
        reply->first = item;
    } else {
        reply->last->next = item;
    }
    reply->last = item;
    return item;
}

void reply_say(struct reply *reply, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(reply, REPLY_SENTENCE, arena_vprintf(reply->arena, format, arguments));
    va_end(arguments);
}

void reply_title(struct reply *reply, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(reply, REPLY_TITLE, arena_vprintf(reply->arena, format, arguments));
    va_end(arguments);
}

void reply_field(struct reply *reply, const char *name, const char *label, enum param_type type,
                 const char *value)
{
    bool absent = value == NULL || value[0] == '\0';
    struct reply_item *item = append(reply, REPLY_FIELD, absent ? NULL : arena_strdup(reply->arena, value));
    item->name = arena_strdup(reply->arena, name);
    item->label = arena_strdup(reply->arena, label);
    item->type = type;
}

static size_t column_count(const struct command *command)
{
    size_t count = 0;
    while (command != NULL && command->columns != NULL && command->columns[count].name != NULL) {
        count++;
    }
    return count;
}

void reply_row(struct reply *reply, const char *key, const char *const *values)
{
    size_t count = column_count(reply->command);
    const char **cells = arena_array(reply->arena, count + 1, sizeof *cells);
    for (size_t i = 0; i < count; i++) {
        cells[i] = arena_strdup(reply->arena, values[i]);
    }
    append(reply, REPLY_ROW, arena_strdup(reply->arena, key))->cells = cells;
}

static const struct param *find_cursor(const struct command *command)
{
    const struct param *param = command->params;
    while ((param->flags & PARAM_CURSOR) == 0) {
        param++;
        assert(param->name != NULL);
    }
    return param;
}

/* name=value, in the quotes that the value itself does not hold. */
static void add_given(struct text *line, const char *name, const char *value)
{
    if (strpbrk(value, " ,") == NULL) {
        text_addf(line, " %s=%s", name, value);
    } else if (strchr(value, '"') == NULL) {
        text_addf(line, " %s=\"%s\"", name, value);
    } else {
        text_addf(line, " %s=«%s»", name, value);
    }
}

/* The same question for what comes behind the cursor, as a chat line. */
static const char *next_line(struct arena *arena, const struct command *command, const struct args *args,
                             const struct param *cursor, const char *value)
{
    struct text line = text_new(arena);
    text_add(&line, command_words(arena, command));
    if (command->target != TARGET_NONE) {
        text_addf(&line, " %lld", (long long)args->target);
    }
    for (size_t i = 0; args->params[i].name != NULL; i++) {
        if (args->values[i].present && &args->params[i] != cursor) {
            add_given(&line, args->params[i].name, args->values[i].given);
        }
    }
    add_given(&line, cursor->name, value);
    return line.data;
}

void reply_more(struct reply *reply, const struct args *args, const char *cursor)
{
    const struct param *param = find_cursor(reply->command);
    const char *line = next_line(reply->arena, reply->command, args, param, cursor);
    struct reply_item *item = append(reply, REPLY_MORE, line);
    item->name = param->name;
    item->cursor = arena_strdup(reply->arena, cursor);
}

void reply_next(struct reply *reply, const char *chat_line)
{
    append(reply, REPLY_NEXT, arena_strdup(reply->arena, chat_line));
}

enum verdict reply_refuse(struct reply *reply, enum refusal reason, const char *field, const char *format,
                          ...)
{
    va_list arguments;
    va_start(arguments, format);
    reply->refusal = reason;
    reply->field = arena_strdup(reply->arena, field);
    reply->sentence = arena_vprintf(reply->arena, format, arguments);
    va_end(arguments);
    return VERDICT_REFUSED;
}

void reply_drop_next(struct reply *reply)
{
    const struct reply_item *item = reply->first;
    reply->first = reply->last = NULL;
    for (; item != NULL; item = item->next) {
        if (item->kind != REPLY_NEXT) {
            struct reply_item *kept = append(reply, item->kind, item->text);
            const struct reply_item *after = kept->next;
            *kept = *item;
            kept->next = after;
        }
    }
}

void reply_offer(struct reply *reply, const struct choice *choices)
{
    reply->choices = choices;
}

enum verdict reply_refuse_role(struct reply *reply, const struct command *command)
{
    return reply_refuse(reply, REFUSAL_FORBIDDEN, NULL, "Forbidden: “%s” is for %s.",
                        command_words(reply->arena, command), role_list(reply->arena, command->roles));
}

static void link_notice(struct reply *reply, struct reply_notice *notice)
{
    if (reply->last_notice == NULL) {
        reply->notices = notice;
    } else {
        reply->last_notice->next = notice;
    }
    reply->last_notice = notice;
}

static struct reply_notice *append_notice(struct reply *reply, int64_t person, const char *text)
{
    struct reply_notice *notice = arena_alloc(reply->arena, sizeof *notice);
    notice->person = person;
    notice->text = text;
    link_notice(reply, notice);
    return notice;
}

/* The bot's own words to one person, and nothing with them. */
static bool is_plain(const struct reply_notice *notice)
{
    return notice->person != 0 && notice->sender == NULL && notice->message == NULL &&
           notice->offers.count == 0;
}

#define JOINED_MOST 3000 /* bytes of one message that is made of several */

/* The last one to the same person that has room for this one. */
static struct reply_notice *find_with_room(const struct reply *reply, const struct reply_notice *added)
{
    struct reply_notice *found = NULL;
    for (struct reply_notice *notice = reply->notices; notice != NULL; notice = notice->next) {
        found = notice->person == added->person && is_plain(notice) ? notice : found;
    }
    return found != NULL && strlen(found->text) + strlen(added->text) < JOINED_MOST ? found : NULL;
}

void reply_join_notices(struct reply *reply)
{
    struct reply_notice *next = reply->notices;
    reply->notices = reply->last_notice = NULL;
    while (next != NULL) {
        struct reply_notice *notice = next;
        struct reply_notice *same = is_plain(notice) ? find_with_room(reply, notice) : NULL;
        next = notice->next;
        notice->next = NULL;
        if (same == NULL) {
            link_notice(reply, notice);
        } else {
            same->text = arena_printf(reply->arena, "%s%s%s", same->text,
                                      strchr(notice->text, '\n') == NULL ? "\n" : "\n\n", notice->text);
        }
    }
}

void reply_notify(struct reply *reply, int64_t person, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append_notice(reply, person, arena_vprintf(reply->arena, format, arguments));
    va_end(arguments);
}

static struct text_array copy_offers(struct arena *arena, const char *const *offers)
{
    size_t count = 0;
    while (offers[count] != NULL) {
        count++;
    }
    const char **lines = arena_array(arena, count + 1, sizeof *lines);
    for (size_t i = 0; i < count; i++) {
        lines[i] = arena_strdup(arena, offers[i]);
    }
    return (struct text_array){lines, count};
}

void reply_notify_offers(struct reply *reply, int64_t person, const char *const *offers, const char *format,
                         ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct reply_notice *notice =
        append_notice(reply, person, arena_vprintf(reply->arena, format, arguments));
    va_end(arguments);
    notice->offers = copy_offers(reply->arena, offers);
}

void reply_notify_from(struct reply *reply, int64_t person, const char *sender, const char *nick,
                       const char *const *offers, const char *text)
{
    struct reply_notice *notice = append_notice(reply, person, arena_strdup(reply->arena, text));
    notice->sender = arena_strdup(reply->arena, sender);
    notice->nick = arena_strdup(reply->arena, nick);
    notice->offers = copy_offers(reply->arena, offers);
}

void reply_notify_room(struct reply *reply, const char *room, const char *text)
{
    append_notice(reply, 0, arena_strdup(reply->arena, text))->room = arena_strdup(reply->arena, room);
}

void reply_notify_progress(struct reply *reply, int64_t person, const char *message, bool first,
                           const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    struct reply_notice *notice =
        append_notice(reply, person, arena_vprintf(reply->arena, format, arguments));
    va_end(arguments);
    notice->message = arena_strdup(reply->arena, message);
    notice->first = first;
}

void reply_about(struct reply *reply, enum target kind, int64_t number)
{
    reply->about = kind;
    reply->about_number = number;
}
