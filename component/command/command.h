/* command: the one table of commands. Everything a person can ask the CRM to do is a row here.
 *
 * Forms (XEP-0050), the bot's grammar and help, REST and the README's table are walks over these rows. A room
 * (people/, lead/, ...) ends in one exported, NULL-terminated array of `struct command`; main.c joins them
 * with command_table_join(), which validates every row.
 *
 * command_dispatch() (command/dispatch.h) is the only caller of `run`, and the only place with policy: no
 * handler checks a role, opens a transaction, or sees an XML element, a JSON value or a raw chat line. A
 * handler may run more than once (after 40001, 40P01): it must have no effect but statements in `call->unit`
 * and what it writes into the reply. Threads: the table is immutable after joining.
 */
#ifndef COMMAND_COMMAND_H
#define COMMAND_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "db/unit.h"

enum role {
    ROLE_ADMIN = 1 << 0,
    ROLE_MANAGER = 1 << 1,
    ROLE_LEAD = 1 << 2,  /* Lead Person */
    ROLE_SALES = 1 << 3, /* Sales Person */
    ROLE_CUSTOMER = 1 << 4,
    ROLE_STAFF = ROLE_ADMIN | ROLE_MANAGER | ROLE_LEAD | ROLE_SALES,
};

/* What a command does to the world: READ runs read-only; WRITE writes; DESTROY also asks for confirmation on
 * every surface (a WRITE only where its `warns` has something to say). */
enum effect {
    EFFECT_READ,
    EFFECT_WRITE,
    EFFECT_DESTROY,
};

/* What a command acts on. Resolved and access-checked by the dispatcher before the handler runs: what the
 * caller may not see is answered exactly as what does not exist. The target is the first word in chat
 * ("assign 42 to priya") and is filled in on a record's own address. */
enum target {
    TARGET_NONE,
    TARGET_LEAD,
    TARGET_ANY_LEAD, /* one that is deleted too, for those who may see it */
    TARGET_VISITOR,
    TARGET_IMPORT,
    TARGET_POLL,
    TARGET_PERSON, /* a member of staff, a disabled one too */
};

/* Parameter types: each knows its own validation, its form field, its XEP-0122 hint, and an example
 * (command/type.h). */
enum param_type {
    PARAM_TEXT,     /* one line */
    PARAM_LONGTEXT, /* several lines */
    PARAM_EMAIL,
    PARAM_PHONE,   /* becomes E.164 */
    PARAM_MONEY,   /* becomes minor units and an ISO 4217 code */
    PARAM_DATE,    /* becomes a timestamptz in the person's time zone */
    PARAM_CHOICE,  /* one of `choices` */
    PARAM_PERSON,  /* a member of staff, by user name or by name */
    PARAM_COMMAND, /* a row of this table, or the half of a name that several share ("lead"), for help */
    PARAM_NUMBER,
    PARAM_BOOLEAN,
    PARAM_AGE, /* becomes an interval: "3 days" */
};

enum param_flag {
    PARAM_REQUIRED = 1 << 0,
    PARAM_SECRET = 1 << 1,  /* never audited, logged, echoed or taken in chat */
    PARAM_REST = 1 << 2,    /* in chat takes what no other parameter took */
    PARAM_ANYBODY = 1 << 3, /* PARAM_PERSON: disabled accounts too */
    PARAM_CLEARS = 1 << 4,  /* "-" means: none, where there was one */
    PARAM_MANY = 1 << 5, /* PARAM_CHOICE, PARAM_TEXT: takes several, with commas between; `text` keeps them */
    PARAM_NOBODY = 1 << 6,  /* PARAM_PERSON: "nobody" can be meant; its number is 0 */
    PARAM_PAST = 1 << 7,    /* PARAM_DATE: looks back: "monday" is the last one, and begins at midnight */
    PARAM_KEY = 1 << 8,     /* says which record is meant, as the target does: forms ask for it first */
    PARAM_OPEN = 1 << 9,    /* with `find`: something else can be given than what there is */
    PARAM_CURSOR = 1 << 10, /* behind what a list goes on (reply_more()): no form asks for it */
    /* PARAM_CHOICE of a list: in chat, told by its words only. They may stand alone, for a choice that is
     * called so or else for the first, and begin a line: "due", "follow-ups today". */
    PARAM_TOPIC = 1 << 11,
    PARAM_FUTURE = 1 << 12, /* PARAM_DATE: what is past is refused */
    /* PARAM_CHOICE: the sources of leads; `choices` has those that are there before any Admin adds one. In
     * the table of a job (command/defined.h) it is those of now. */
    PARAM_SOURCE = 1 << 13,
    PARAM_WORD = 1 << 15,  /* PARAM_TEXT: one word in small letters, as a user name is */
    PARAM_FIELD = 1 << 14, /* a field of leads that an Admin has defined: never in a room's rows */
    /* In chat, told by a word before it that what follows fits, and never by its look: for what stands beside
     * a text that any word could be of. */
    PARAM_NAMED = 1 << 16,
};

struct choice {
    const char *value, *label;
};

/* What there is to choose from in the database, for whoever the unit acts as: at most `most` things, whose
 * name holds `part`; NULL: any. Flushes the unit. Ends with value NULL; NULL when the unit failed. */
typedef const struct choice *param_find(struct unit *unit, struct arena *arena, const char *part,
                                        size_t most);

/* Which of a parameter's choices there are for a record as it is now, for whoever the unit acts as, labelled
 * for people. Flushes the unit. Ends with value NULL; NULL when the unit failed. */
typedef const struct choice *param_offer(struct unit *unit, struct arena *arena, int64_t target);

struct param {
    const char *name;  /* "follow_up": form var, chat key (name=…), JSON key */
    const char *label; /* "Follow-up" */
    const char *hint;  /* what to put there, in a few words, with an example */
    enum param_type type;
    unsigned flags;
    const struct choice *choices; /* PARAM_CHOICE: ends with value NULL */
    size_t limit;                 /* code points; 0 takes the type's own limit */
    const struct choice *alone;   /* chat words that are a value of it by themselves: "unassigned" is nobody;
                                     value is the word, label what it stands for; may be NULL */
    const char *const *words;     /* chat words that introduce it: {"from", "source", NULL}; may be NULL */
    unsigned people;              /* PARAM_PERSON: the roles they must have; 0 takes any member of staff */
    param_find *find;             /* PARAM_TEXT that names something of ours; may be NULL */
    param_offer *offer;           /* PARAM_CHOICE: what a question and a form offer of them; may be NULL */
};

struct column {
    const char *name, *label;
    enum param_type type;
};

/* One parsed, validated value. `text` is always set when `present` (normalised: E.164, ISO time, choice's
 * value); the rest by type. */
struct value {
    bool present;
    const char *text;
    int64_t number;       /* PARAM_NUMBER; PARAM_PERSON: the person's id; PARAM_MONEY: minor units */
    const char *currency; /* PARAM_MONEY: ISO 4217 */
    const char *given;    /* as it was given, for asking the same question again */
    bool cleared;         /* PARAM_CLEARS: none is wanted; `present` is false */
    const char *why;      /* while it is read: what is wrong with it, in a clause */
};

struct args {
    const struct param *params;
    const struct value *values; /* parallel to params */
    int64_t target;             /* the record's number; 0 with TARGET_NONE */
    bool kept; /* a form showed what the record has (`current`): what is not present was left as it was */
};

/* The value of a parameter of this command; asking for another is a bug. `present` false when it was left
 * out. */
const struct value *args_get(const struct args *args, const char *name);

/* The caller, as the dispatcher has read it in this very transaction. */
struct person {
    int64_t id;
    const char *username, *name, *time_zone, *locale;
    const char *now;                /* their wall clock, "2026-11-22 20:28:22", as PostgreSQL reads it */
    const char *currency, *country; /* what they mean when they do not say it */
    enum role role;
};

/* What a handler is given. */
struct call {
    struct arena *arena;
    struct unit *unit;
    const struct person *person;
    const struct command *command;
    const struct command_table *table; /* for help */
    const char *domain;                /* where records have their addresses, "crm.traincape.localhost" */
    const char *web_url;               /* where Prosody's web pages are, "http://127.0.0.1:25280" */
    int file;    /* one that the surface has opened for the command, to be read; 0: none */
    size_t rows; /* how many a page of a long list has: what fits the screen that the answer is for */
};

/* Another way to say a command in chat: "untag # *" for "tag # remove *". "#" is a record or several, "*" a
 * word or more. */
struct wording {
    const char *said, *meant;
    bool last; /* only when nothing else is understood, or whom it names there is not */
};

struct reply;
struct current;

/* Whom a list of people to act on offers. Any can be meant by name. */
enum offered {
    OFFERED_ANYBODY,
    OFFERED_ENABLED,
    OFFERED_DISABLED,
};

/* What a row does with the fields of leads that Admins define: each is a parameter of it then, flagged
 * PARAM_FIELD, before the one that goes on with a list (command/defined.h). */
enum fields {
    FIELDS_NONE,
    FIELDS_GIVEN,   /* of a new lead */
    FIELDS_CHANGED, /* of a lead that there is: they can be cleared */
    FIELDS_SOUGHT,  /* what leads must have to be listed */
};

enum verdict {
    VERDICT_DONE,    /* the reply says what; commit */
    VERDICT_REFUSED, /* the reply holds a refusal; roll back */
    VERDICT_FAILED,  /* a unit_flush() said no; the dispatcher looks at the unit's status: runs again, or
                        answers "try again" */
};

struct command {
    const char *name;            /* "lead.assign": node, bot words, REST route follow from it */
    const char *summary;         /* one sentence, shown everywhere */
    const char *const *examples; /* NULL-terminated chat lines; shown in help AND run as tests */
    unsigned roles;              /* zero refuses to start */
    /* The roles of which everybody may know whatever it answers to anybody: in a room that only their people
     * read, the bot answers there. Zero: the answer is for the caller alone, as is one that shows less to
     * some. */
    unsigned audience;
    enum effect effect;
    enum target target;
    enum offered offered;       /* TARGET_PERSON */
    const struct param *params; /* ends with name NULL; may be NULL */
    enum fields fields;
    const struct column *columns; /* result columns; may be NULL */
    const char *const *verbs; /* other words for the second half of the name in chat: {"give", NULL}; may be
                                 NULL */
    const struct wording *wordings; /* ends with said NULL; may be NULL */
    bool several; /* several records may be given at once, "3, 5 and 9": it is done for each, and what one
                     refuses is done for the others; one request, which undo takes back as one */
    bool by_noun; /* in chat, its verb alone never means it: "remove" is of leads, "source remove" is this */
    /* That somebody has asked for it is on no record of ours: no audit, no log, no key, no form that is kept
     * when it is done. For votes, with PARAM_SECRET parameters. Only who may not is on record. */
    bool unrecorded;
    bool pasted; /* in chat, lines that are no command but hold its fields are offered as one of it */
    enum verdict (*run)(struct call *call, const struct args *args, struct reply *reply);
    /* What the record has now, in the words that its parameters read, for the form that changes it
     * (command/current.h). The target is resolved, the PARAM_KEY ones may still be absent: then there is
     * nothing to say. NULL for a command that changes no values of a record. */
    enum verdict (*current)(struct call *call, const struct args *args, struct current *current);
    /* What it would take from somebody beside what its summary says, as things are now, in a sentence; NULL
     * when nothing: with a sentence a yes is asked for first, whatever the effect. `run` is tried before
     * that, and rolled back. May be NULL. */
    enum verdict (*warns)(struct call *call, const struct args *args, const char **warning);
};

/* The joined table. */
struct command_table {
    const struct command *const *rows; /* sorted by name */
    size_t count;
};

#endif
