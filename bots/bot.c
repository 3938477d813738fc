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
 *   3. a whole command, every value of which can be read: that command. Where any text could be the answer (a
 *      name), only one that names what it is about, "lead 42", "leads", "note 42 called", "help": so "help
 * desk" and "New Age Ltd" are names, and words in quotes always are. What only looks leaves the question open
 * and says so, unless that was about a look too; what changes something drops it and says so;
 *   4. "thanks", "ok", "?": answered, and the question stays open;
 *   5. else the answer; it may hold more than was asked for ("Asha Rao, asha@example.in"), and is then read
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
#include "bots/dialogue.h"
#include "bots/grammar.h"
#include "bots/place.h"
#include "command/people.h"
#include "command/role.h"
#include "command/table.h"
#include "command/target.h"
#include "queries.h"
#include "surface/chat.h"
#include "surface/choices.h"
#include "surface/message.h"
#include "xmpp/namespaces.h"

#define LINE_LIMIT   4000
#define ANSWER_LIMIT 3000 /* code points; what is longer is continued by "more" */
#define OFFERS_SHOWN 12

struct talk {
    struct surface *surface;
    struct arena *arena;
    const struct stanza *message;
    const char *key;
    const struct mention *mention; /* said in a room; NULL: in the person's own chat with the bot */
    unsigned audience;             /* the roles whose people can read that room */
    bool speaker_only;             /* what is said is for the speaker alone, whatever it is */
    struct person person;
    struct question open; /* as the line found it */
    struct memory memory;
    /* What the line asks for: */
    const struct command *command; /* NULL: nothing, `text` is said */
    const char *target;
    struct argument given[ARGUMENT_LIMIT];
    size_t count;
    bool confirmed;
    bool aside;        /* the line was not about the question that is open */
    bool kept;         /* and so that question stays */
    const char *lacks; /* the field to ask for */
    const char *text;
    const struct settlement *settlement; /* while the answer is made */
    struct question next;                /* what is open afterwards */
    const char *buttons[OFFERS_SHOWN];   /* beside the answer */
    size_t button_count;
};

/* ---- where */

/* Where the line was said: what is open and what "it" means is that place's own. */
static const char *heard_in(const struct talk *talk)
{
    return talk->mention == NULL ? "" : talk->mention->room;
}

/* True when everybody who can read the room may know what the bot says now. What comes from no command is
 * about the line itself, or was said in this very room before ("more"). */
static bool is_for_all(const struct talk *talk)
{
    return talk->mention != NULL && !talk->speaker_only &&
           (talk->command == NULL || (talk->audience & ~talk->command->audience) == 0);
}

/* Where the answer goes, and with it the question that it asks. */
static const char *answered_in(const struct talk *talk)
{
    return is_for_all(talk) ? heard_in(talk) : "";
}

static bool is_elsewhere(const struct talk *talk)
{
    return strcmp(answered_in(talk), heard_in(talk)) != 0;
}

static const char *room_channel(const struct talk *talk)
{
    return arena_printf(talk->arena, "room-%s", talk->mention->room);
}

/* ---- what was given */

static const struct param *find_param(const struct command *command, const char *name)
{
    int place = command_param(command, name);
    return place < 0 ? NULL : &command->params[place];
}

static const char *target_word(const struct command *command)
{
    const struct target_kind *kind = target_kind(command->target);
    return kind == NULL ? NULL : kind->word;
}

static bool is_target_word(const struct command *command, const char *name)
{
    const char *word = target_word(command);
    return word != NULL && strcmp(word, name) == 0;
}

/* The field to ask for next, or NULL: the target first. */
static const char *find_lacking(const struct talk *talk)
{
    const char *word = target_word(talk->command);
    if (word != NULL && talk->target == NULL) {
        return word;
    }
    const struct arguments given = {talk->given, talk->count};
    int missing = args_missing(talk->command, &given);
    return missing < 0 ? NULL : talk->command->params[missing].name;
}

/* ---- questions */

/* Asks for a field, keeping what was given but that. */
static void ask(struct talk *talk, const char *field)
{
    struct question *next = &talk->next;
    *next = (struct question){.command = talk->command->name, .target = talk->target, .asked = field};
    if (is_target_word(talk->command, field)) {
        next->target = NULL;
    }
    for (size_t i = 0; i < talk->count; i++) {
        const struct param *param = find_param(talk->command, talk->given[i].name);
        bool secret = param != NULL && (param->flags & PARAM_SECRET) != 0;
        if (!secret && strcmp(talk->given[i].name, field) != 0) {
            dialogue_give(next->given, &next->count, talk->given[i].name, talk->given[i].value);
        }
    }
}

/* A button beside the answer: a line that a client may offer. */
static void add_button(struct talk *talk, const char *line)
{
    if (talk->button_count < OFFERS_SHOWN) {
        talk->buttons[talk->button_count++] = line;
    }
}

/* "1. priya (Priya Nair)": a number for each choice that may be given. */
static void number_choices(struct talk *talk, const struct choice *choices, struct text *text)
{
    size_t count = 0;
    for (const struct choice *choice = choices; choice != NULL && choice->value != NULL; choice++) {
        count++;
    }
    for (size_t i = 0; i < count && count <= OFFER_LIMIT; i++) {
        const struct choice *choice = &choices[i];
        bool same = text_equal_nocase(choice->value, choice->label);
        text_addf(text, "\n%zu. %s%s%s%s", i + 1, choice->value, same ? "" : " (", same ? "" : choice->label,
                  same ? "" : ")");
        dialogue_offer(&talk->next, choice->value);
        add_button(talk, choice->value);
    }
    for (size_t i = 0; i < count && count > OFFER_LIMIT; i++) {
        text_addf(text, "%s%s", i == 0 ? "\nOne of: " : ", ", choices[i].value);
    }
}

/* What the field may be for the record that was named; a wrong value is refused before that is looked at. */
static const struct choice *record_choices(const struct talk *talk, const struct param *param)
{
    const struct target_kind *kind = target_kind(talk->command->target);
    const int64_t epoch = talk->surface->epoch(talk->surface->context);
    int64_t number = talk->settlement->target;
    if (number == 0 && kind != NULL && kind->numbered && talk->target != NULL &&
        target_parse(kind, talk->target, &number) != 0) {
        number = 0;
    }
    const struct choice *choices = choices_for_record(talk->settlement, epoch, param, number);
    bool known = talk->settlement->target != 0 || (choices != NULL && choices[0].value != NULL);
    return known ? choices : param->choices;
}

/* What a field may be, numbered: its choices, or the people who fit, if they are few. */
static void put_choices(struct talk *talk, struct unit *unit, const struct param *param,
                        const struct choice *only, struct text *text)
{
    if (only != NULL) {
        number_choices(talk, only, text);
    } else if (param->type == PARAM_CHOICE) {
        number_choices(talk, record_choices(talk, param), text);
    } else if (param->type == PARAM_PERSON) {
        const struct choice *people = people_choices(unit, talk->arena, param->people, false);
        size_t count = 0;
        while (people != NULL && people[count].value != NULL) {
            count++;
        }
        number_choices(talk, count <= OFFER_LIMIT ? people : NULL, text);
    } else if (param->type == PARAM_BOOLEAN) {
        add_button(talk, "yes");
        add_button(talk, "no");
    }
    text_add(text,
             talk->next.offer_count > 0 ? "\n(Reply with a number or a word, or: cancel)" : "\n(Or: cancel)");
    add_button(talk, "cancel");
}

static const char *target_question(struct talk *talk, const struct target_kind *kind)
{
    const char *last = dialogue_record(&talk->memory, kind->word);
    if (last == NULL) {
        add_button(talk, "cancel");
        return arena_printf(talk->arena, "%s? %s, such as %s.\n(Or: cancel)", kind->label, kind->hint,
                            kind->example);
    }
    add_button(talk, "it");
    add_button(talk, "cancel");
    return arena_printf(talk->arena, "%s? %s, such as %s, or “it” for %s.\n(Or: cancel)", kind->label,
                        kind->hint, kind->example, last);
}

static const char *question_text(struct talk *talk, struct unit *unit, const char *field)
{
    struct text text = text_new(talk->arena);
    if (is_target_word(talk->command, field)) {
        return target_question(talk, target_kind(talk->command->target));
    }
    const struct param *param = find_param(talk->command, field);
    text_addf(&text, "%s? %s.", param->label, param->hint);
    put_choices(talk, unit, param, NULL, &text);
    return text.data;
}

static const char *explain_invalid(struct talk *talk, struct unit *unit, const struct reply *reply,
                                   const struct param *param)
{
    struct text text = text_new(talk->arena);
    if (param->type == PARAM_CHOICE && reply->refusal == REFUSAL_INVALID) {
        const struct arguments given = {talk->given, talk->count};
        const char *value = arguments_get(&given, param->name);
        text_addf(&text, "%s: “%s” is none of these:", param->label,
                  text_shorten(talk->arena, value == NULL ? "" : value, 40));
    } else {
        text_add(&text, reply->sentence);
    }
    put_choices(talk, unit, param, reply->choices, &text);
    return text.data;
}

/* The same about the record that the command acts on. */
static const char *explain_target(struct talk *talk, const struct reply *reply)
{
    struct text text = text_new(talk->arena);
    text_add(&text, reply->sentence);
    if (reply->choices != NULL) {
        number_choices(talk, reply->choices, &text);
        text_add(&text, "\n(Reply with a number or a word, or: cancel)");
        add_button(talk, "cancel");
    }
    return text.data;
}

/* What to do about a refusal: some can be put right by the next line. */
static const char *answer_refusal(struct talk *talk, struct unit *unit, const struct reply *reply)
{
    const char *field = reply->field;
    if (reply->refusal == REFUSAL_UNCONFIRMED) {
        ask(talk, ASKED_CONFIRM);
        add_button(talk, "yes");
        add_button(talk, "no");
        return arena_printf(talk->arena, "%s\n(Reply yes or no)", reply->sentence);
    }
    bool given = reply->refusal == REFUSAL_INVALID || reply->refusal == REFUSAL_MISSING;
    const struct param *param = field == NULL ? NULL : find_param(talk->command, field);
    /* A value that is taken, or is no move from where the record is, is asked for again too. */
    bool correctable =
        field != NULL &&
        (given || (param != NULL && (reply->refusal == REFUSAL_CONFLICT || reply->refusal == REFUSAL_STATE)));
    if (correctable && (param == NULL || (param->flags & PARAM_SECRET) == 0)) {
        ask(talk, field);
    }
    if (talk->next.asked == NULL) {
        return reply->sentence;
    }
    return param != NULL ? explain_invalid(talk, unit, reply, param) : explain_target(talk, reply);
}

/* ---- what stays open beside an answer */

/* "“Name?” of “lead add”" */
static const char *open_question(const struct talk *talk)
{
    const struct command *command = command_table_find(talk->surface->table, talk->open.command);
    const char *words = command_words(talk->arena, command);
    if (strcmp(talk->open.asked, ASKED_CONFIRM) == 0) {
        return arena_printf(talk->arena, "yes or no to “%s”", words);
    }
    const struct param *param = find_param(command, talk->open.asked);
    const char *label = param == NULL ? target_kind(command->target)->label : param->label;
    return arena_printf(talk->arena, "“%s?” of “%s”", label, words);
}

/* True when the question that the line found is one of a command that there is. */
static bool has_question(const struct talk *talk)
{
    return talk->open.asked != NULL && talk->open.command != NULL &&
           command_table_find(talk->surface->table, talk->open.command) != NULL;
}

/* The answer to a line that was not about the open question, with what became of that. */
static const char *beside_question(struct talk *talk, const struct reply *reply, const char *text)
{
    if (!talk->aside || !has_question(talk)) {
        return text;
    }
    /* A look that lacked something is simply given up for the next. */
    if (command_table_find(talk->surface->table, talk->open.command)->effect == EFFECT_READ) {
        return text;
    }
    bool changed = talk->command != NULL && talk->command->effect != EFFECT_READ;
    /* The unit may run again: then what was kept is no new question. */
    bool asks = talk->next.asked != NULL && !(talk->kept && talk->command == NULL);
    if (asks || (changed && reply->refusal == REFUSAL_NONE)) {
        return arena_printf(talk->arena, "%s\n(Dropped: %s)", text, open_question(talk));
    }
    talk->next = talk->open;
    if (!talk->kept || talk->command != NULL) {
        add_button(talk, "cancel");
    }
    talk->kept = true;
    return arena_printf(talk->arena, "%s\n(Still open: %s. Answer it, or: cancel)", text,
                        open_question(talk));
}

/* ---- the settlement: the answer, the open question and the memory, with the effects */

static const char *answer_text(struct talk *talk, struct unit *unit, const struct reply *reply)
{
    if (talk->command == NULL) {
        return talk->text;
    }
    talk->next = (struct question){.asked = NULL};
    talk->button_count = 0;
    if (reply->refusal != REFUSAL_NONE) {
        return answer_refusal(talk, unit, reply);
    }
    if (talk->lacks != NULL) {
        ask(talk, talk->lacks);
        return question_text(talk, unit, talk->lacks);
    }
    for (const struct reply_item *item = reply->first; item != NULL; item = item->next) {
        if (item->kind == REPLY_MORE || (item->kind == REPLY_NEXT && strchr(item->text, '<') == NULL)) {
            add_button(talk, item->kind == REPLY_MORE ? "more" : item->text);
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
    bool asks = talk->next.asked != NULL && is_for_all(talk);
    query_bot_tell_room(unit, room_channel(talk), room,
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
    const char *before = is_elsewhere(talk) ? "" : talk->memory.rest;
    size_t length = page_length(text);
    const char *rest = text[length] == '\0' ? NULL : text + length + strspn(text + length, " \n");
    if (rest != NULL) {
        text = arena_printf(talk->arena, "%.*s\n(There is more: say “more”)", (int)length, text);
        add_button(talk, "more");
    }
    dialogue_set_rest(unit, talk->person.id, answered_in(talk), before, rest);
    (is_for_all(talk) ? tell_room : tell_person)(talk, unit, text);
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
        dialogue_remember(settlement->unit, settlement->person->id, answered_in(talk), kind->word, name);
        if (is_elsewhere(talk)) {
            dialogue_remember(settlement->unit, settlement->person->id, heard_in(talk), kind->word, name);
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
        dialogue_set_more(settlement->unit, settlement->person->id, answered_in(talk),
                          is_elsewhere(talk) ? "" : talk->memory.more, more);
    }
}

static enum db_status settle(void *context, const struct settlement *settlement)
{
    static const struct question nothing = {.asked = NULL};
    struct talk *talk = context;
    talk->settlement = settlement;
    const char *text = answer_text(talk, settlement->unit, settlement->reply);
    text = beside_question(talk, settlement->reply, text);
    tell(talk, settlement->unit, text);
    /* A line in a room that asks nothing leaves what is asked in the own chat. */
    if (!is_elsewhere(talk) || talk->next.asked != NULL) {
        dialogue_keep(settlement->unit, settlement->person->id, answered_in(talk), &talk->next);
    }
    if (is_elsewhere(talk)) {
        dialogue_keep(settlement->unit, settlement->person->id, heard_in(talk), &nothing);
    }
    remember_record(talk, settlement);
    remember_more(talk, settlement);
    return DB_OK;
}

/* ---- the line */

static void say(struct talk *talk, const char *text)
{
    talk->command = NULL;
    talk->text = text;
}

static bool is_one_of(const char *line, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (text_equal_nocase(line, *words)) {
            return true;
        }
    }
    return false;
}

/* The line in small letters, without what only ends it. */
static const char *bare(struct arena *arena, const char *line)
{
    char *text = text_lower(arena, line);
    size_t length = strlen(text);
    while (length > 1 && strchr(".! ", text[length - 1]) != NULL) {
        text[--length] = '\0';
    }
    return text;
}

static bool is_yes(struct arena *arena, const char *line)
{
    static const char *const words[] = {"yes",  "y",    "yeah", "yep", "yes please", "ok",
                                        "okay", "sure", "haan", "ha",  "ji",         NULL};
    return is_one_of(bare(arena, line), words);
}

static bool is_cancel(struct arena *arena, const char *line)
{
    static const char *const words[] = {"cancel", "stop", "never mind", "nevermind", "forget it",
                                        "no",     "n",    "nope",       "nahi",      NULL};
    return is_one_of(bare(arena, line), words);
}

static enum target recent_kind(const struct talk *talk)
{
    for (enum target target = TARGET_NONE + 1; talk->memory.count > 0 && target_kind(target) != NULL;
         target++) {
        if (strcmp(target_kind(target)->word, talk->memory.records[0].name) == 0) {
            return target;
        }
    }
    return TARGET_NONE;
}

static struct listener listener_of(const struct talk *talk)
{
    return (struct listener){
        .table = talk->surface->table, .role = talk->person.role, .recent = recent_kind(talk)};
}

static struct type_reader reader_of(const struct talk *talk)
{
    return (struct type_reader){.arena = talk->arena,
                                .table = talk->surface->table,
                                .now = talk->person.now,
                                .currency = talk->person.currency,
                                .country = talk->person.country,
                                .locale = talk->person.locale};
}

static void take_sentence(struct talk *talk, const struct sentence *sentence)
{
    talk->command = sentence->command;
    talk->target = sentence->target;
    if (sentence->refers) {
        talk->target = dialogue_record(&talk->memory, target_word(talk->command));
    }
    for (size_t i = 0; i < sentence->arguments.count; i++) {
        dialogue_give(talk->given, &talk->count, sentence->arguments.list[i].name,
                      sentence->arguments.list[i].value);
    }
    talk->lacks = find_lacking(talk);
}

/* Offers the lines that were perhaps meant: one for a yes, several for a number. */
static const char *offer_meant(struct talk *talk, const char *const *meant)
{
    struct text text = text_new(talk->arena);
    talk->next = (struct question){.asked = ASKED_MEANT};
    for (size_t i = 0; meant[i] != NULL; i++) {
        dialogue_offer(&talk->next, meant[i]);
    }
    if (talk->next.offer_count == 1) {
        text_addf(&text, "Did you mean “%s”?\n(Reply yes, or say “help”)", meant[0]);
        add_button(talk, "yes");
        add_button(talk, "help");
        return text.data;
    }
    text_add(&text, "Did you mean:");
    for (size_t i = 0; i < talk->next.offer_count; i++) {
        text_addf(&text, "\n%zu. %s", i + 1, text_shorten(talk->arena, meant[i], CHAT_LINE_LIMIT));
        add_button(talk, arena_printf(talk->arena, "%zu", i + 1));
    }
    text_addf(&text, "\n(Reply with a number up to %zu, or: cancel)", talk->next.offer_count);
    return text.data;
}

static void explain_complaint(struct talk *talk, const struct sentence *sentence)
{
    if (sentence->meant != NULL) {
        say(talk,
            arena_printf(talk->arena, "%s %s", sentence->complaint, offer_meant(talk, sentence->meant)));
        return;
    }
    say(talk, arena_printf(talk->arena, "%s\nFor example: %s\nFor all fields: help %s", sentence->complaint,
                           sentence->command->examples[0], command_words(talk->arena, sentence->command)));
}

/* ---- what people say to people */

static const struct {
    const char *words[16];
    const char *answer; /* %s: who speaks */
} courtesies[] = {
    {{"hi", "hello", "hey", "hii", "hi there", "hello there", "good morning", "good afternoon",
      "good evening", "namaste", "hola", "start", "hi bot", "hello bot"},
     "Hello, %s. Say “help” for what I can do."},
    {{"thanks", "thank you", "thx", "ty", "tysm", "ok thanks", "okay thanks", "thanks a lot",
      "thank you so much", "many thanks", "dhanyavad", "shukriya", "thnx", "thanku"},
     "You are welcome."},
    {{"ok", "okay", "k", "great", "good", "nice", "cool", "fine", "done", "got it", "perfect", "super", "wow",
      "theek hai", "acha"},
     "👍"},
    {{"bye", "good night", "gn", "see you", "bye bye", "tata", "good bye", "goodbye"}, "Goodbye, %s."},
    {{"yes", "y", "haan", "yeah", "yep", "sure", "no", "n", "nope"},
     "I have not asked anything. Say “help” for what I can do."},
};

/* Nothing but pictures: 👍, 🙏🙏, ❤. */
static bool is_emoji(const char *line)
{
    size_t length = strlen(line);
    for (size_t at = 0; at < length;) {
        uint32_t code_point;
        size_t taken = utf8_decode(line + at, length - at, &code_point);
        bool picture = code_point >= 0x1f000 || (code_point >= 0x2190 && code_point <= 0x2bff) ||
                       code_point == 0x200d || (code_point >= 0xfe00 && code_point <= 0xfe0f);
        if (taken == 0 || (!picture && code_point != ' ')) {
            return false;
        }
        at += taken;
    }
    return length > 0;
}

/* What to say to a courtesy; NULL when the line is none. */
static const char *courteous_answer(const struct talk *talk, const char *line)
{
    const char *plain = bare(talk->arena, line);
    for (size_t i = 0; i < sizeof courtesies / sizeof courtesies[0]; i++) {
        for (size_t j = 0; j < 16 && courtesies[i].words[j] != NULL; j++) {
            if (strcmp(courtesies[i].words[j], plain) == 0) {
                const char *name = strstr(courtesies[i].answer, "%s");
                return name == NULL
                           ? courtesies[i].answer
                           : arena_printf(talk->arena, "%.*s%s%s", (int)(name - courtesies[i].answer),
                                          courtesies[i].answer, talk->person.name, name + 2);
            }
        }
    }
    return is_emoji(line) ? "👍" : NULL;
}

/* "?" and the like ask for help. */
static bool asks_for_help(struct arena *arena, const char *line)
{
    static const char *const words[] = {"?",
                                        "??",
                                        "???",
                                        "help me",
                                        "menu",
                                        "commands",
                                        "options",
                                        "what can you do",
                                        "what can you do?",
                                        "how",
                                        "how?",
                                        "help?",
                                        "/start",
                                        NULL};
    return is_one_of(bare(arena, line), words);
}

static void explain_unknown(struct talk *talk, const struct sentence *sentence, const char *line)
{
    const char *answer = courteous_answer(talk, line);
    if (answer != NULL) {
        say(talk, answer);
    } else if (sentence->meant != NULL) {
        say(talk,
            arena_printf(talk->arena, "I did not understand that. %s", offer_meant(talk, sentence->meant)));
        return;
    } else {
        say(talk, "I did not understand that. Say “help” for what I can do.");
    }
    if (strstr(talk->text, "“help”") != NULL) {
        add_button(talk, "help");
    }
}

/* ---- lines that were pasted */

/* The lines without what only decorates them: bullets, stars, a heading that ends with a colon. */
static const char *plain_lines(struct arena *arena, const char *body)
{
    struct text text = text_new(arena);
    for (const char *at = body; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        const char *line = arena_strndup(arena, at, length);
        bool heading = text.length == 0 && length > 0 && line[length - 1] == ':';
        line += strspn(line, " \t>-*•");
        for (; *line != '\0' && !heading; line++) {
            if (*line != '*') {
                text_add_char(&text, *line);
            }
        }
        text_add(&text, heading || text.length == 0 ? "" : "\n");
        at += length + (at[length] == '\n' ? 1 : 0);
    }
    return text.data;
}

/* "lead add name="…" phone="…"", which is what a yes then says. */
static const char *pasted_line(struct talk *talk, const struct command *command,
                               const struct arguments *given)
{
    struct text text = text_new(talk->arena);
    text_add(&text, command_words(talk->arena, command));
    for (size_t i = 0; i < given->count; i++) {
        text_addf(&text, " %s=\"", given->list[i].name);
        for (const char *c = given->list[i].value; *c != '\0'; c++) {
            text_add_char(&text, *c == '"' ? '\'' : *c);
        }
        text_add_char(&text, '"');
    }
    return text.data;
}

static void offer_pasted(struct talk *talk, const struct command *command, const struct arguments *given)
{
    struct text text = text_new(talk->arena);
    const struct type_reader reader = reader_of(talk);
    text_addf(&text, "Is this for “%s”?", command_words(talk->arena, command));
    for (size_t i = 0; i < given->count; i++) {
        const struct param *param = find_param(command, given->list[i].name);
        struct value value;
        bool good = type_read(&reader, param, given->list[i].value, &value) == NULL && value.present &&
                    param->type != PARAM_CHOICE;
        const char *shown = good ? type_show(talk->arena, param->type, value.text) : given->list[i].value;
        text_addf(&text, "\n%s: %s", param->label, text_shorten(talk->arena, shown, 300));
    }
    text_add(&text, "\n(Reply yes or no)");
    talk->next = (struct question){.asked = ASKED_MEANT};
    dialogue_offer(&talk->next, pasted_line(talk, command, given));
    add_button(talk, "yes");
    add_button(talk, "no");
    say(talk, text.data);
}

/* True when some way to reach a person is among them: only then they are plainly somebody's. */
static bool holds_contact(const struct command *command, const struct arguments *given)
{
    for (size_t i = 0; i < given->count; i++) {
        const struct param *param = find_param(command, given->list[i].name);
        if (param->type == PARAM_EMAIL || param->type == PARAM_PHONE) {
            return true;
        }
    }
    return false;
}

/* Several lines that are no command, such as what somebody sent by another messenger. */
static bool take_pasted(struct talk *talk, const char *body)
{
    const struct command_table *table = talk->surface->table;
    const struct type_reader reader = reader_of(talk);
    const char *lines = plain_lines(talk->arena, body);
    struct words words = words_split(talk->arena, lines);
    for (size_t i = 0; strchr(body, '\n') != NULL && words.count > 0 && i < table->count; i++) {
        const struct command *row = table->rows[i];
        struct placed placed = {.complete = false};
        if (row->pasted) {
            placed = place_arguments(&reader, row, true, &words, 0);
        }
        if (!placed.complete || !holds_contact(row, &placed.arguments)) {
            continue;
        }
        if ((row->roles & talk->person.role) == 0) {
            talk->command = row; /* the dispatcher has the sentence for it */
        } else {
            offer_pasted(talk, row, &placed.arguments);
        }
        return true;
    }
    return false;
}

/* True for several lines of which the first is no command. */
static bool begins_without_command(const struct type_reader *reader, const struct listener *listener,
                                   const char *body)
{
    body += strspn(body, " \t\r\n");
    size_t length = strcspn(body, "\n");
    if (body[length] == '\0') {
        return false;
    }
    struct sentence first =
        grammar_read_strictly(reader, listener, arena_strndup(reader->arena, body, length));
    return first.command == NULL || first.complaint != NULL || !first.exact;
}

static void take_new_line(struct talk *talk, const char *line)
{
    const struct type_reader reader = reader_of(talk);
    const struct listener listener = listener_of(talk);
    struct sentence sentence = grammar_read(&reader, &listener, line);
    if (asks_for_help(talk->arena, text_squeeze(talk->arena, line))) {
        sentence = grammar_read_strictly(&reader, &listener, "help");
    }
    if (begins_without_command(&reader, &listener, line) && take_pasted(talk, line)) {
        return;
    }
    if (sentence.command == NULL) {
        explain_unknown(talk, &sentence, text_squeeze(talk->arena, line));
    } else if (sentence.complaint != NULL && (sentence.command->roles & talk->person.role) != 0) {
        explain_complaint(talk, &sentence);
    } else {
        /* A command of another role goes to the dispatcher, which has the one sentence for it. */
        take_sentence(talk, &sentence);
    }
}

/* True when any text could be the answer. */
static bool asks_for_text(const struct talk *talk, const struct command *command)
{
    const struct param *param = find_param(command, talk->open.asked);
    return param != NULL &&
           (param->type == PARAM_TEXT || param->type == PARAM_LONGTEXT || param->type == PARAM_PERSON);
}

/* True when a line that comes while a question is open is a command of its own. */
static bool is_whole_command(const struct talk *talk, const struct command *asked, const char *line)
{
    const struct type_reader reader = reader_of(talk);
    const struct listener listener = listener_of(talk);
    struct sentence sentence = grammar_read_strictly(&reader, &listener, line);
    if (sentence.command == NULL || sentence.complaint != NULL ||
        (asks_for_text(talk, asked) && !sentence.exact)) {
        return false;
    }
    for (size_t i = 0; i < sentence.arguments.count; i++) {
        const struct argument *given = &sentence.arguments.list[i];
        struct value value;
        if (type_read(&reader, find_param(sentence.command, given->name), given->value, &value) != NULL) {
            return false;
        }
    }
    struct talk trial = *talk;
    trial.count = 0;
    take_sentence(&trial, &sentence);
    return trial.lacks == NULL;
}

/* True when a line is just what was asked for, by its look: then it is no command, even if it could be one
 * ("42"). */
static bool fits_question(const struct talk *talk, const struct command *command, const char *line)
{
    const struct type_reader reader = reader_of(talk);
    const struct target_kind *kind = target_kind(command->target);
    const struct param *param = find_param(command, talk->open.asked);
    struct value value;
    int64_t number;
    if (dialogue_offered(&talk->open, line) != NULL) {
        return true;
    }
    if (is_target_word(command, talk->open.asked)) {
        return head_is_pronoun(line) || (kind->numbered && target_parse(kind, line, &number) == 0);
    }
    return param != NULL && (type_of(param->type)->telling || param->type == PARAM_NUMBER) &&
           type_read(&reader, param, line, &value) == NULL;
}

/* What the answer names: the record that "it" is, what its number stands for, or itself. */
static const char *answer_value(const struct talk *talk, const struct command *command, const char *line)
{
    if (is_target_word(command, talk->open.asked) && head_is_pronoun(line)) {
        const char *record = dialogue_record(&talk->memory, talk->open.asked);
        return record == NULL ? line : record;
    }
    const char *offered = dialogue_offered(&talk->open, line);
    if (offered == NULL && talk->open.offer_count == 1 && is_yes(talk->arena, line)) {
        offered = talk->open.offers[0];
    }
    return offered == NULL ? line : offered;
}

/* The words between quotes, when the whole line is in them; else NULL. */
static const char *quoted(struct arena *arena, const char *line)
{
    struct words words = words_split(arena, line);
    return words.count == 1 && words.list[0].quoted && words.list[0].end == strlen(line) ? words.list[0].text
                                                                                         : NULL;
}

/* Takes an answer that holds more than was asked for. False when it does not, or is only text. */
static bool take_wide_answer(struct talk *talk, const struct command *command, const char *line)
{
    const struct question *open = &talk->open;
    const struct param *param = find_param(command, open->asked);
    const struct type_reader reader = reader_of(talk);
    struct value value;
    bool text = param != NULL && (param->type == PARAM_TEXT || param->type == PARAM_PERSON);
    if (param == NULL || param->type == PARAM_LONGTEXT || dialogue_offered(open, line) != NULL ||
        (!text && type_read(&reader, param, line, &value) == NULL)) {
        return false;
    }
    struct words words = words_split(talk->arena, line);
    struct placed placed =
        place_answer(&reader, command, open->asked, &(struct arguments){open->given, open->count}, &words);
    if (placed.complaint != NULL || arguments_get(&placed.arguments, open->asked) == NULL) {
        return false;
    }
    for (size_t i = 0; i < placed.arguments.count; i++) {
        dialogue_give(talk->given, &talk->count, placed.arguments.list[i].name,
                      placed.arguments.list[i].value);
    }
    return true;
}

static void take_answer(struct talk *talk, const struct command *command, const char *line)
{
    const struct question *open = &talk->open;
    talk->command = command;
    talk->target = open->target;
    for (size_t i = 0; i < open->count; i++) {
        dialogue_give(talk->given, &talk->count, open->given[i].name, open->given[i].value);
    }
    if (strcmp(open->asked, ASKED_CONFIRM) == 0) {
        talk->confirmed = true;
    } else if (is_target_word(command, open->asked)) {
        talk->target = answer_value(talk, command, line);
    } else if (quoted(talk->arena, line) != NULL) {
        dialogue_give(talk->given, &talk->count, open->asked, quoted(talk->arena, line));
    } else if (answer_value(talk, command, line) != line || !take_wide_answer(talk, command, line)) {
        dialogue_give(talk->given, &talk->count, open->asked, answer_value(talk, command, line));
    }
    talk->lacks = find_lacking(talk);
}

/* "more": what did not fit, or the next page of the list. */
static void take_more(struct talk *talk)
{
    if (talk->memory.rest != NULL) {
        say(talk, talk->memory.rest);
    } else if (talk->memory.more != NULL) {
        take_new_line(talk, talk->memory.more);
    } else {
        say(talk, "There is no more: that was all. Ask for another list, such as “leads”.");
    }
}

/* True when the line chose one of the lines that were perhaps meant. */
static bool take_meant(struct talk *talk, const char *line)
{
    const struct question *open = &talk->open;
    if (open->asked == NULL || strcmp(open->asked, ASKED_MEANT) != 0) {
        return false;
    }
    const char *meant =
        is_yes(talk->arena, line) && open->offer_count > 0 ? open->offers[0] : dialogue_offered(open, line);
    if (meant != NULL) {
        take_new_line(talk, meant);
    }
    return meant != NULL;
}

/* What is said beside an open question: help about it, a courtesy. False when the line is none of these. */
static bool take_aside(struct talk *talk, const struct command *asked, const char *line)
{
    const struct param *param = find_param(asked, talk->open.asked);
    const char *answer = courteous_answer(talk, line);
    bool yes_or_no = param != NULL && param->type == PARAM_BOOLEAN;
    bool help = asks_for_help(talk->arena, line);
    if (!help && (answer == NULL || yes_or_no || dialogue_offered(&talk->open, line) != NULL ||
                  (talk->open.offer_count == 1 && is_yes(talk->arena, line)))) {
        return false;
    }
    talk->aside = true;
    say(talk,
        help ? arena_printf(talk->arena, "%s For all fields: help %s",
                            param == NULL ? asked->summary : arena_printf(talk->arena, "%s.", param->hint),
                            command_words(talk->arena, asked))
             : answer);
    return true;
}

static void take_line(struct talk *talk, const char *body)
{
    const struct question *open = &talk->open;
    const char *line = text_squeeze(talk->arena, body);
    if (talk->mention != NULL && open->asked == NULL &&
        (is_yes(talk->arena, line) || is_cancel(talk->arena, line))) {
        say(talk, "I have asked you nothing in this room. What I ask in our own chat, answer there.");
        return;
    }
    if (is_cancel(talk->arena, line) && (open->asked != NULL || text_equal_nocase(line, "cancel"))) {
        say(talk, open->asked == NULL ? "There is nothing to cancel. Say “undo” to take a change back."
                                      : "Cancelled. Nothing was changed.");
        return;
    }
    bool question = open->asked != NULL && strcmp(open->asked, ASKED_MEANT) != 0;
    if (text_equal_nocase(line, "more") &&
        (!question || talk->memory.rest != NULL || talk->memory.more != NULL)) {
        talk->aside = true;
        take_more(talk);
        return;
    }
    const struct command *asked =
        open->command == NULL ? NULL : command_table_find(talk->surface->table, open->command);
    if (take_meant(talk, line)) {
        return;
    }
    if (open->asked == NULL || asked == NULL ||
        (!fits_question(talk, asked, line) && is_whole_command(talk, asked, body))) {
        talk->aside = true;
        take_new_line(talk, body);
        return;
    }
    bool confirms = strcmp(open->asked, ASKED_CONFIRM) == 0 && is_yes(talk->arena, line);
    if (!confirms && !fits_question(talk, asked, line) && take_aside(talk, asked, line)) {
        return;
    }
    if (strcmp(open->asked, ASKED_CONFIRM) == 0 && !is_yes(talk->arena, line)) {
        talk->next = talk->open;
        add_button(talk, "yes");
        add_button(talk, "no");
        say(talk, "Reply yes to go on, or no.");
        return;
    }
    /* An answer to a question keeps its line breaks. */
    take_answer(talk, asked, strchr(body, '\n') != NULL ? body : line);
}

/* ---- one message */

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

static enum db_status read_caller(struct talk *talk)
{
    const char *kind = surface_kind(talk->surface, &talk->message->from);
    const char *username = talk->message->from.local;
    struct identity system = {.role = "crm_system", .request = "dialogue", .surface = "chat"};
    struct unit *unit = unit_begin(talk->surface->db, talk->arena, &system);
    const struct command_caller *caller = query_command_caller(unit, kind, username);
    const struct bot_dialogue *dialogue = query_bot_dialogue(unit, kind, username, heard_in(talk));
    const struct bot_dialogue_values *values =
        query_bot_dialogue_values(unit, kind, username, heard_in(talk));
    const struct bot_memory *memory = query_bot_memory(unit, kind, username, heard_in(talk));
    const struct bot_room_audience *audience =
        talk->mention == NULL ? NULL : query_bot_room_audience(unit, talk->mention->room, kind, username);
    enum db_status status = unit_commit(unit);
    if (status == DB_OK) {
        dispatch_read_person(caller, &talk->person);
        dialogue_read(dialogue, values, memory, &talk->open, &talk->memory);
        talk->audience = read_audience(audience);
        talk->person.id = talk->mention != NULL && talk->audience == 0 ? 0 : talk->person.id;
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
    dispatch.settle = settle;
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
            touch(talk, room_channel(talk));
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
        say(talk, "I cannot read encrypted messages. Please turn encryption (OMEMO) off for this chat.");
        return NULL;
    }
    if (element_child(talk->message->root, "replace", NS_CORRECT) != NULL) {
        talk->speaker_only = true;
        say(talk, "I act on each message once, and cannot take one back. Please send it as a new message.");
        return NULL;
    }
    if (utf8_count(body) > LINE_LIMIT) {
        say(talk,
            arena_printf(talk->arena, "That is too long for me: at most %d characters fit.", LINE_LIMIT));
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
    if (body != NULL) {
        take_line(talk, body);
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
