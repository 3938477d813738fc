/* reply: what a handler answers, without knowing where it will be shown.
 *
 * A reply is a title, sentences, labelled fields, or a table with a cursor for more; or one refusal.
 * Renderers (surface/) make a data form, chat text or JSON of it. Also collects the notices that go to other
 * people once the transaction has committed. Handlers use the functions; renderers and the dispatcher read
 * the struct at the end. Threads: belongs to its job; all strings are copied into the job's arena.
 */
#ifndef COMMAND_REPLY_H
#define COMMAND_REPLY_H

#include "command/command.h"

/* The reasons of a refusal: each has one machine word, used by every surface alike. */
enum refusal {
    REFUSAL_NONE,
    REFUSAL_INVALID,     /* "invalid": an argument; `field` names it */
    REFUSAL_MISSING,     /* "missing": a required argument; `field` names it */
    REFUSAL_NOT_FOUND,   /* "not-found": absent or invisible, byte for byte the same */
    REFUSAL_FORBIDDEN,   /* "forbidden": the role */
    REFUSAL_CONFLICT,    /* "conflict": somebody else was first, or it exists */
    REFUSAL_STATE,       /* "state": an illegal move; the sentence says which are legal */
    REFUSAL_BUSY,        /* "try-again": database away, a lane full */
    REFUSAL_UNKNOWN,     /* "unknown": write outcome unknown, look before you repeat */
    REFUSAL_FAILED,      /* "failed": something broke here; nothing was changed, the log has it */
    REFUSAL_UNCONFIRMED, /* "unconfirmed": it destroys, and the person has not said yes */
};

/* One sentence of result ("Lead 42 is assigned to Priya Nair."). May be called several times. */
void reply_say(struct reply *reply, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A heading for what follows. */
void reply_title(struct reply *reply, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A labelled value; an empty or NULL value is shown as absent (left out in chat and forms, null in JSON). */
void reply_field(struct reply *reply, const char *name, const char *label, enum param_type type,
                 const char *value);

/* A table row: one value per command->columns, NULL for absent. `key` is the record the row is about
 * ("lead-42"), for follow-up. */
void reply_row(struct reply *reply, const char *key, const char *const *values);

/* That the list goes on behind `cursor`: the value of the command's PARAM_CURSOR with which the same question
 * gives the next page. `args` are those of this page. */
void reply_more(struct reply *reply, const struct args *args, const char *cursor);

/* What the person may want to do next, as chat lines; shown in chat and as quick replies. */
void reply_next(struct reply *reply, const char *chat_line);

/* Which record the answer is about, when it is not the one that the command acts on: a new one. */
void reply_about(struct reply *reply, enum target kind, int64_t number);

/* Drops what may be done next: it would be too much in an answer about several records. */
void reply_drop_next(struct reply *reply);

/* A refusal; returns VERDICT_REFUSED, so that a handler ends with `return reply_refuse(...)`. The sentence
 * says what happened, to what, and what to do. `field` may be NULL. */
enum verdict reply_refuse(struct reply *reply, enum refusal reason, const char *field, const char *format,
                          ...) __attribute__((format(printf, 4, 5)));

/* What the refused field may be instead, ended by a NULL value: shown by surfaces that can offer it. Belongs
 * to the job's arena. */
void reply_offer(struct reply *reply, const struct choice *choices);

/* The refusal of a command that is not for the caller's role: the same sentence wherever it is asked for. */
enum verdict reply_refuse_role(struct reply *reply, const struct command *command);

/* Tells another person in chat, from the bot, once this transaction has committed (an outbox row in the same
 * transaction). */
void reply_notify(struct reply *reply, int64_t person, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same with lines that a client may offer as answers beside the text (XEP-0439): the text must be enough
 * without them. `offers` ends with NULL. */
void reply_notify_offers(struct reply *reply, int64_t person, const char *const *offers, const char *format,
                         ...) __attribute__((format(printf, 4, 5)));

/* How far something is that takes long: one message that changes (XEP-0308), or where a client cannot do
 * that, a new line each time. `message` is its id, a UUID; `first`: it is not there yet. */
void reply_notify_progress(struct reply *reply, int64_t person, const char *message, bool first,
                           const char *format, ...) __attribute__((format(printf, 5, 6)));

/* The same from another address of ours than the bot's, "poll-9", and under that name. */
void reply_notify_from(struct reply *reply, int64_t person, const char *sender, const char *nick,
                       const char *const *offers, const char *text);

/* Makes one message of what one person is told in plain sentences, as long as it stays readable: several
 * records are no reason for several messages. */
void reply_join_notices(struct reply *reply);

/* Tells a room ("team", "team-3"), from the bot. */
void reply_notify_room(struct reply *reply, const char *room, const char *text);

enum reply_kind {
    REPLY_TITLE,
    REPLY_SENTENCE,
    REPLY_FIELD,
    REPLY_ROW,
    REPLY_MORE,
    REPLY_NEXT,
};

/* What was said, in order. `text`: the title, the sentence, the field's value (NULL when absent), the row's
 * key, or the chat line (REPLY_MORE: the one that gives the next page, "lead list status=new after=120"). */
struct reply_item {
    enum reply_kind kind;
    const char *text;
    const char *name, *label; /* REPLY_FIELD; REPLY_MORE: `name` is the cursor's */
    const char *cursor;       /* REPLY_MORE */
    enum param_type type;     /* REPLY_FIELD */
    const char *const *cells; /* REPLY_ROW: one per column of the command */
    const struct reply_item *next;
};

struct reply_notice {
    int64_t person; /* 0: `room` */
    const char *room;
    const char *sender; /* local part; NULL: the bot */
    const char *nick;
    const char *text;
    struct text_array offers;
    const char *message; /* of how far something is; NULL */
    bool first;
    struct reply_notice *next;
};

struct reply {
    struct arena *arena;
    const struct command *command; /* NULL when there was none */
    struct reply_item *first, *last;
    struct reply_notice *notices, *last_notice;
    enum target about; /* TARGET_NONE unless reply_about() said it */
    int64_t about_number;
    enum refusal refusal; /* REFUSAL_NONE: the items are the answer */
    const char *field, *sentence;
    const struct choice *choices; /* of a refusal: what `field` may be instead; or NULL */
};

/* An empty reply about `command`, which may be NULL. */
void reply_begin(struct reply *reply, struct arena *arena, const struct command *command);

/* The machine word of a refusal ("not-found"); "done" for none. */
const char *refusal_word(enum refusal reason);

#endif
