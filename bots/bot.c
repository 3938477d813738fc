/* DESIGN (dialogue)
 *
 *   a line ──► understood, nothing lacks ──────────────► run ──► the answer
 *     │           │ something lacks                       │ a field is wrong, or it wants a yes
 *     │           ▼                                       ▼
 *     │        check (role, target, what was given), ask for the field ──► the next line is its value
 *     └──► not understood: say so, with what was perhaps meant; "yes" or a number means that
 *
 * While a question is open, a line is, in this order:
 *   1. "cancel" and the like: the question is dropped;
 *   2. what was asked for by its look (a number of the choices, a date for a date): the answer;
 *   3. "go on": the question again;
 *   4. a whole command, every value of which can be read: that command. Where any text could be the answer (a
 *      name), only one that names what it is about, "lead 42", "leads", "note 42 called", "help". The
 * question stays open, and that is said, unless it was about a look too, or the command did what it was
 * about. What was only offered in place of a move that is not possible is set aside at the second such
 * command. A yes that was asked for is dropped by what changes something; what is pushed aside by another
 * question is kept, and "go on" comes back to it;
 *   5. "thanks", "ok", "?": answered, and the question stays open;
 *   6. where any text could be the answer, what reads as another command or nearly does ("usr enable nisha",
 *      "add priya to team North"): the bot asks which it is (doubt.h). "Help desk" and "New Age Ltd" are
 * names, and words in quotes always are;
 *   7. where only some values could be the answer (a choice, a date, a yes) and it is none of them: the bot
 * says so, with the command that it was perhaps meant to be, and asks nothing again in full (doubt.h);
 *   8. else the answer; it may hold more than was asked for ("Asha Rao, asha@example.in"), and is then read
 * as the rest of the line would be. Where there is a choice, it is numbered, and the number is an answer too;
 * clients that know XEP-0439 show the same as buttons. Lines that are no command but hold the fields of one
 * (struct command, .pasted) are offered as it.
 *
 * Two transactions a message: one reads who asks and what is open, the other is the command's, and the
 * answer, the question and the memory (dialogue.h) are written in it: a person with three clients, or a
 * restart, changes nothing. The lane takes one person's messages in their order.
 *
 * In a room (XEP-0045) the same, with a question and a memory of the room's own, and what is said there is
 * for all who can read it, in its archive too: so the answer goes there only when the room's audience is
 * within the command's (struct command), whoever is present. Else it goes, with its question, to the
 * speaker's own chat, and the room hears only that; a refusal as much as a success, so that the one does not
 * tell of the other.
 */
#include "bots/bot.h"

#include <string.h>

#include "base/text.h"
#include "bots/answer.h"
#include "bots/line.h"
#include "bots/phrase.h"
#include "bots/sent.h"
#include "bots/talk.h"
#include "command/role.h"
#include "queries.h"
#include "surface/message.h"
#include "xmpp/namespaces.h"

#define LINE_LIMIT 4000
#define NAME_BYTES 200

/* The roles whose people can read the room; 0 when the speaker may not speak there. */
static unsigned read_audience(const struct bot_room_audience *rows)
{
    unsigned audience = 0;
    for (size_t i = 0; rows != NULL && i < rows->count; i++) {
        enum role role;
        audience |= role_parse(rows->rows[i].role, &role) == 0 ? (unsigned)role : 0;
    }
    return audience;
}

/* What may be the name of a saved search: a short line, "" for others. */
static const char *heard_name(const struct talk *talk)
{
    const char *body = element_child_text(talk->message->root, "body", NULL);
    return body == NULL || strlen(body) > NAME_BYTES ? "" : text_squeeze(talk->arena, body);
}

static enum db_status read_caller(struct talk *talk)
{
    const char *kind = surface_kind(talk->surface, &talk->message->from);
    const char *username = talk->message->from.local;
    struct identity system = {.role = "crm_system", .surface = "chat"};
    struct unit *unit = unit_begin(talk->surface->db, talk->arena, &system);
    const struct command_caller *caller = query_command_caller(unit, kind, username);
    const struct command_defined *defined = surface_ask_table(talk->surface, unit);
    const struct bot_dialogue *dialogue = query_bot_dialogue(unit, kind, username, talk_heard_in(talk));
    const struct bot_dialogue_values *values =
        query_bot_dialogue_values(unit, kind, username, talk_heard_in(talk));
    const struct bot_memory *memory = query_bot_memory(unit, kind, username, talk_heard_in(talk));
    const struct bot_room_audience *audience =
        talk->mention == NULL ? NULL : query_bot_room_audience(unit, talk->mention->room, kind, username);
    const struct bot_saved *saved = query_bot_saved(unit, kind, username, heard_name(talk));
    enum db_status status = unit_commit(unit);
    if (status == DB_OK) {
        talk->saved = saved->count == 0 ? NULL : saved->rows[0].name;
        dispatch_read_person(caller, &talk->person);
        surface_take_table(talk->surface, defined);
        dialogue_read(dialogue, values, memory, &talk->open, &talk->memory);
        talk->audience = read_audience(audience);
        talk->person.id = talk->mention != NULL && talk->audience == 0 ? 0 : talk->person.id;
    }
    return status;
}

/* The question that another one has pushed aside is open again. */
static enum db_status read_set_aside(struct talk *talk)
{
    const char *kind = surface_kind(talk->surface, &talk->message->from);
    const char *username = talk->message->from.local;
    struct identity system = {.role = "crm_system", .surface = "chat"};
    struct memory unchanged;
    struct unit *unit = unit_begin(talk->surface->db, talk->arena, &system);
    const struct bot_dialogue *dialogue = query_bot_dialogue(unit, kind, username, talk_set_aside_in(talk));
    const struct bot_dialogue_values *values =
        query_bot_dialogue_values(unit, kind, username, talk_set_aside_in(talk));
    const struct bot_memory *memory = query_bot_memory(unit, kind, username, talk_set_aside_in(talk));
    enum db_status status = unit_commit(unit);
    if (status == DB_OK) {
        dialogue_read(dialogue, values, memory, &talk->open, &unchanged);
        talk->resumed = talk->open.asked != NULL;
    }
    return status;
}

static void touch(void *context, const char *channel)
{
    const struct talk *talk = context;
    talk->surface->channel_touched(talk->surface->context, channel);
}

/* The database could not be reached, or broke. What may work later is handed in again (false); what failed
 * once fails again. */
static bool answer_without_database(const struct talk *talk, bool failed)
{
    if (talk->mention != NULL && !failed) {
        return false;
    }
    message_answer_directly(
        talk->surface, talk->arena, talk->message,
        failed ? "Something went wrong here. Nothing was changed, and it has been written down."
               : "The database is away. I have kept this, and will do it as soon as it is back.");
    return failed;
}

static bool answer(struct talk *talk)
{
    struct dispatch dispatch = surface_dispatch(talk->surface, talk->arena);
    const char *way_in =
        talk->mention == NULL ? "chat" : arena_printf(talk->arena, "room %s", talk->mention->room);
    struct request request = surface_request(talk->surface, talk->arena, &talk->message->from, way_in);
    struct reply reply;
    dispatch.settle = answer_settle;
    dispatch.touched = touch;
    dispatch.context = talk;
    request.mode = talk->lacks != NULL ? REQUEST_CHECK : REQUEST_RUN;
    request.command = talk->command == NULL ? NULL : talk->command->name;
    request.target = talk->target;
    request.arguments = (struct arguments){talk->given, talk->count};
    request.inbound_key = talk->key;
    request.refusal_takes_key = true;
    request.archived = true;
    request.confirmed = talk->confirmed;
    switch (command_dispatch(&dispatch, &request, &reply)) {
    case OUTCOME_DONE:
    case OUTCOME_REFUSED:
        touch(talk, dispatch_channel(talk->arena, talk->person.id));
        if (talk->mention != NULL) {
            touch(talk, talk_room_channel(talk));
        }
        message_send_receipt(talk->surface, talk->arena, talk->message);
        break;
    case OUTCOME_REPEATED:
        message_send_receipt(talk->surface, talk->arena, talk->message);
        break;
    case OUTCOME_STRANGER:
        break;
    case OUTCOME_FENCED:
        if (talk->surface->fenced != NULL) {
            talk->surface->fenced(talk->surface->context);
        }
        return false;
    case OUTCOME_AWAY:
        return answer_without_database(talk, reply.refusal == REFUSAL_FAILED);
    }
    return true;
}

/* The text to act on, or NULL after the answer was chosen. */
static const char *read_body(struct talk *talk)
{
    const char *body = element_child_text(talk->message->root, "body", NULL);
    talk->next = talk->open; /* what cannot be read answers no question */
    if (element_child(talk->message->root, "encrypted", NS_OMEMO) != NULL) {
        talk_say(talk, "I cannot read encrypted messages. Please turn encryption (OMEMO) off for this chat.");
        return NULL;
    }
    if (element_child(talk->message->root, "replace", NS_CORRECT) != NULL) {
        talk->speaker_only = true;
        talk_say(talk,
                 "I act on each message once, and cannot take one back. Please send it as a new message.");
        return NULL;
    }
    if (utf8_count(body) > LINE_LIMIT) {
        talk_say(talk, arena_printf(talk->arena, "That is too long for me: at most %d characters fit.",
                                    LINE_LIMIT));
        return NULL;
    }
    talk->next = (struct question){.asked = NULL};
    return body;
}

static bool is_for_us(struct surface *surface, struct arena *arena, const struct stanza *message)
{
    if (!message_speaks(message)) {
        return false;
    }
    const char *kind = surface_kind(surface, &message->from);
    if (kind == NULL) {
        surface_refuse(surface, arena, message, STANZA_SERVICE_UNAVAILABLE, NULL);
    }
    return kind != NULL && strcmp(kind, "staff") == 0;
}

static bool hear(struct talk *talk)
{
    enum db_status status = read_caller(talk);
    if (status != DB_OK) {
        return answer_without_database(talk, status == DB_FAILED || status == DB_CONSTRAINT);
    }
    const char *body = talk->person.id == 0 ? NULL : read_body(talk);
    if (talk->person.id == 0 || (body != NULL && text_squeeze(talk->arena, body)[0] == '\0')) {
        return true;
    }
    if (body != NULL && talk->open.asked == NULL &&
        phrase_is_go_on(talk->arena, text_squeeze(talk->arena, body)) && read_set_aside(talk) != DB_OK) {
        return answer_without_database(talk, false);
    }
    if (body != NULL) {
        line_take(talk, sent_line(talk, body));
    }
    return answer(talk);
}

bool bot_handle(struct surface *surface, struct arena *arena, const struct stanza *message,
                const char *inbound_key)
{
    struct talk talk = {.surface = surface, .arena = arena, .message = message, .key = inbound_key};
    return !is_for_us(surface, arena, message) || hear(&talk);
}

bool bot_handle_mention(struct surface *surface, struct arena *arena, const struct mention *mention)
{
    struct talk talk = {.surface = surface,
                        .arena = arena,
                        .message = &mention->message,
                        .key = mention->key,
                        .mention = mention};
    const char *kind = surface_kind(surface, &mention->message.from);
    return kind == NULL || strcmp(kind, "staff") != 0 || hear(&talk);
}
