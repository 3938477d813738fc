#include "bots/answer.h"

#include <string.h>

#include "base/text.h"
#include "bots/question.h"
#include "command/target.h"
#include "queries.h"
#include "surface/chat.h"

#define ANSWER_LIMIT 3000 /* code points; what is longer is continued by "more" */

static const char *answer_text(struct talk *talk, struct unit *unit, const struct reply *reply)
{
    if (talk->command == NULL) {
        return talk->text;
    }
    talk->next = (struct question){.asked = NULL};
    talk->button_count = 0;
    if (reply->refusal != REFUSAL_NONE) {
        return question_after_refusal(talk, unit, reply);
    }
    if (talk->lacks != NULL) {
        return question_ask(talk, unit, talk->lacks);
    }
    for (const struct reply_item *item = reply->first; item != NULL; item = item->next) {
        if (item->kind == REPLY_MORE || (item->kind == REPLY_NEXT && strchr(item->text, '<') == NULL)) {
            talk_add_button(talk, item->kind == REPLY_MORE ? "more" : item->text);
        }
    }
    return chat_render(talk->arena, reply, true);
}

/* Where to cut a long text: at the last end of a line, or else of a word, that fits; its length when all of
 * it does. */
static size_t page_length(const char *text)
{
    size_t at = 0;
    size_t line = 0;
    size_t word = 0;
    for (size_t count = 0; text[at] != '\0'; at++) {
        count += ((unsigned char)text[at] & 0xc0) != 0x80;
        if (count > ANSWER_LIMIT) {
            return line > ANSWER_LIMIT / 2 ? line : word > 0 ? word : at;
        }
        line = text[at] == '\n' ? at : line;
        word = text[at] == ' ' || text[at] == '\n' ? at : word;
    }
    return at;
}

/* In a room, by name: so that clients show it to whom it is for. */
static void tell_room(const struct talk *talk, struct unit *unit, const char *text)
{
    const char *room = arena_printf(talk->arena, "%s@%s", talk->mention->room, talk->surface->rooms_domain);
    bool asks = talk->next.asked != NULL && talk_is_for_all(talk);
    query_bot_tell_room(unit, talk_room_channel(talk), room,
                        arena_printf(talk->arena, "%s:%s%s%s", talk->mention->nick,
                                     strchr(text, '\n') == NULL ? " " : "\n", text,
                                     asks ? "\n(In this room, begin with “bot:”)" : ""));
}

/* In the person's own chat with the bot. */
static void tell_person(const struct talk *talk, struct unit *unit, const char *text)
{
    const struct dispatch dispatch = surface_dispatch(talk->surface, talk->arena);
    dispatch_tell_offers(&dispatch, unit, talk->person.id, text,
                         (struct text_array){talk->buttons, talk->button_count});
    if (talk->mention != NULL) {
        tell_room(talk, unit, "I have written to you in our own chat.");
    }
}

/* Says a page of the text and remembers the rest. */
static void tell(struct talk *talk, struct unit *unit, const char *text)
{
    const char *before = talk_is_elsewhere(talk) ? "" : talk->memory.rest;
    size_t length = page_length(text);
    const char *rest = text[length] == '\0' ? NULL : text + length + strspn(text + length, " \n");
    if (rest != NULL) {
        text = arena_printf(talk->arena, "%.*s\n(There is more: say “more”)", (int)length, text);
        talk_add_button(talk, "more");
    }
    dialogue_set_rest(unit, talk->person.id, talk_answered_in(talk), before, rest);
    (talk_is_for_all(talk) ? tell_room : tell_person)(talk, unit, text);
}

static void remember_record(struct talk *talk, const struct settlement *settlement)
{
    const struct reply *reply = settlement->reply;
    const struct target_kind *kind = talk->command == NULL ? NULL : target_kind(talk->command->target);
    int64_t number = settlement->target;
    const char *name = talk->target;
    if (reply->about != TARGET_NONE) {
        kind = target_kind(reply->about);
        number = reply->about_number;
        name = NULL;
    }
    if (kind != NULL && kind->numbered && number != 0) {
        name = arena_printf(talk->arena, "%lld", (long long)number);
    }
    if (kind != NULL && number != 0 && name != NULL && reply->refusal == REFUSAL_NONE) {
        dialogue_remember(settlement->unit, settlement->person->id, talk_answered_in(talk), kind->word, name);
        if (talk_is_elsewhere(talk)) {
            dialogue_remember(settlement->unit, settlement->person->id, talk_heard_in(talk), kind->word,
                              name);
        }
    }
}

/* A list sets what "more" means, or ends it. */
static void remember_more(struct talk *talk, const struct settlement *settlement)
{
    const char *more = NULL;
    bool lists = false;
    for (const struct reply_item *item = settlement->reply->first; item != NULL; item = item->next) {
        more = item->kind == REPLY_MORE ? item->text : more;
        lists = lists || item->kind == REPLY_ROW || item->kind == REPLY_MORE;
    }
    if (lists && settlement->reply->refusal == REFUSAL_NONE) {
        dialogue_set_more(settlement->unit, settlement->person->id, talk_answered_in(talk),
                          talk_is_elsewhere(talk) ? "" : talk->memory.more, more);
    }
}

enum db_status answer_settle(void *context, const struct settlement *settlement)
{
    static const struct question nothing = {.asked = NULL};
    struct talk *talk = context;
    talk->settlement = settlement;
    const char *text = answer_text(talk, settlement->unit, settlement->reply);
    text = question_beside(talk, settlement->reply, text);
    tell(talk, settlement->unit, text);
    /* A line in a room that asks nothing leaves what is asked in the own chat. */
    if (!talk_is_elsewhere(talk) || talk->next.asked != NULL) {
        dialogue_keep(settlement->unit, settlement->person->id, talk_answered_in(talk), &talk->next);
    }
    if (talk_is_elsewhere(talk)) {
        dialogue_keep(settlement->unit, settlement->person->id, talk_heard_in(talk), &nothing);
    }
    if (talk->resumed) {
        dialogue_keep(settlement->unit, settlement->person->id, talk_set_aside_in(talk), &nothing);
    }
    remember_record(talk, settlement);
    remember_more(talk, settlement);
    return DB_OK;
}
