/* forms: THE renderer of data forms (XEP-0004, XEP-0050, XEP-0122). What real clients can bear is written
 * down here and nowhere else.
 *
 * Rules, each learnt from a client that broke: results are labelled fields, and a `reported` table
 * only for a program known to show it (Gajim 1.7 hangs, profanity and poezio show it blank); never a note
 * beside a form (profanity and poezio drop it, Movim shows one of them), so a warning is a `fixed` field, and
 * a refusal a note alone; every field has a type and a value; no list-multi; lists are short, and begin with
 * a choice that stands for none, because some clients choose the first one by themselves; no option has an
 * empty value (profanity 0.13 crashes); every stage has <actions/>. A list that goes on is a stage itself,
 * with actions for its pages: profanity takes no stage but a form, so that its rows are `fixed` fields (in
 * others a person could write), and has one way to submit, so that a field says where to. Threads: as the
 * arena. Sends nothing, decides nothing. In two rooms: forms.c asks (stages), results.c answers (results,
 * lists that go on, and which program can do what).
 */
#ifndef SURFACE_FORMS_H
#define SURFACE_FORMS_H

#include "command/args.h"
#include "command/reply.h"
#include "xmpp/form.h"
#include "xmpp/xml.h"

#define FORMS_PAGE_FIELDS 8

/* The field by which a person says yes to what destroys; on a page of its own. */
#define FORMS_CONFIRM       "confirm"
#define FORMS_CONFIRM_LABEL "Yes, do it"

/* The value of the choice that stands for none; no choice of a parameter has it. */
#define FORMS_NONE "-"

/* The value of the choice that asks for another search, in a list that was searched for. */
#define FORMS_AGAIN "?"

/* One stage of a command. */
struct forms_stage {
    const struct command *command;
    bool ask_target; /* the target is a field too: not on a record's own address */
    int page;
    const char *session;
    struct arguments values;             /* what was given so far; the target under its kind's word */
    struct arguments shown;              /* what the record has, for fields that were not filled in yet */
    const struct choice *const *choices; /* parallel to params; NULL or an entry NULL: no list (choices.h) */
    const struct choice *target_choices; /* the same for the target */
    const char *warning;                 /* shown above the fields; may be NULL */
    const char *wrong;                   /* name of the field to be marked; may be NULL */
};

/* How many pages the command's form has; 0: there is nothing to ask. What a record has is shown in the fields
 * that change it, so which record is meant is asked on a page before them. */
int forms_page_count(const struct command *command, bool ask_target);

/* The last page of fields, -1 for none: going on from there runs the command, whatever page asks for a yes
 * behind it. */
int forms_last_page(const struct command *command, bool ask_target);

/* True when the command can run with what was given up to this page: it is the last one, or the pages behind
 * it hold nothing that must be given. */
bool forms_can_complete(const struct command *command, bool ask_target, int page);

/* True for a field that tells which record is meant. */
bool forms_is_key(const struct command *command, const char *field);

/* The page that has a field of that name, or -1. */
int forms_page_of(const struct command *command, bool ask_target, const char *field);

/* The parameters on a page, for those who load their choices: calls `visit` for each. NULL param: the
 * target's field. */
size_t forms_fields(const struct command *command, bool ask_target, int page,
                    const struct param *fields[FORMS_PAGE_FIELDS]);

/* Reads what was submitted on a page into `out` (room for FORMS_PAGE_FIELDS): one that was emptied is "", one
 * that is lacking NULL. Returns how many. */
size_t forms_read_page(struct arena *arena, const struct command *command, bool ask_target, int page,
                       const struct form *form, struct argument out[FORMS_PAGE_FIELDS]);

/* <command status='executing'/> with actions and the page's form. */
void forms_write_stage(struct xml *xml, struct arena *arena, const struct forms_stage *stage);

/* What the program in front of somebody can do besides what all of them can. */
enum forms_ability {
    FORMS_TABLES = 1 << 0,  /* shows rows under a head (XEP-0004 section 3.4) */
    FORMS_BUTTONS = 1 << 1, /* has a button for each action of a stage */
};

/* The abilities of a program, by its name and version as it says them (XEP-0092); either may be NULL. The one
 * list of programs. */
unsigned forms_abilities(const char *software, const char *version);

/* <command status='completed'/> with the reply as fields, or as a table when it consists of rows and the
 * program shows them, or the refusal as a note. */
void forms_write_reply(struct xml *xml, struct arena *arena, const char *node, const char *session,
                       const struct reply *reply, unsigned abilities);

/* A page of a list that goes on, or did. */
struct forms_leaf {
    const char *node; /* of the command that was asked, which may have run another's list */
    const char *session;
    size_t number; /* from 0 */
    bool more;     /* there is a page behind it */
    unsigned abilities;
};

/* <command status='executing'/> with one page of the list. */
void forms_write_leaf(struct xml *xml, struct arena *arena, const struct forms_leaf *leaf,
                      const struct reply *reply);

enum forms_turn {
    FORMS_TURN_ON,
    FORMS_TURN_BACK,
    FORMS_TURN_CLOSE,
};

/* Where to from a page of a list, by the action and the field that was submitted with it. */
enum forms_turn forms_read_turn(const struct form *form, const char *action, bool more);

/* <command status='completed'/> for a list that was closed. */
void forms_write_closed(struct xml *xml, const char *node, const char *session);

/* <command status='canceled'/>. */
void forms_write_canceled(struct xml *xml, const char *node, const char *session);

#endif
