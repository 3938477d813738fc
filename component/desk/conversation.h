/* conversation: what becomes of a conversation, as one table of moves.
 *
 *                 visitor writes              staff who was shown it answers
 *      (none) ───────────────────▶ waiting ─────────────────────────────────▶ open
 *                                     ▲                                         │ taker away when needed
 *                                     └─────────────────────────────────────────┘
 *
 * Owns: struct conversation, the in-memory view of the rows, loaded under the visitor's lock at the beginning
 * of a turn and written back at its end. Pure: no database, no stanza. Threads: a view belongs to its turn.
 */
#ifndef DESK_CONVERSATION_H
#define DESK_CONVERSATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum conversation_state {
    CONVERSATION_NONE,
    CONVERSATION_WAITING,
    CONVERSATION_OPEN,
};

enum conversation_event {
    CONVERSATION_VISITOR_WRITES,
    CONVERSATION_SHOWN_ANSWERS, /* somebody who may take it */
    CONVERSATION_TAKER_WRITES,
    CONVERSATION_OTHER_ANSWERS, /* it is somebody else's */
    CONVERSATION_STAFF_ARRIVES, /* somebody to whom a waiting conversation is shown */
    CONVERSATION_TAKER_GONE,    /* away beyond the grace time while the visitor waits for an answer */
};

enum conversation_action {
    CONVERSATION_OFFER, /* show it to all who are available, or tell the visitor that nobody is */
    CONVERSATION_SHOW,  /* show it to the one who has arrived */
    CONVERSATION_TELL_TAKER,
    CONVERSATION_TAKE, /* give it to the one who answered, tell the others, relay */
    CONVERSATION_RELAY,
    CONVERSATION_REFUSE, /* say who has it */
};

struct conversation_move {
    enum conversation_state from;
    enum conversation_event event;
    enum conversation_state to;
    enum conversation_action action;
    const char *words; /* for the log */
};

/* The move for an event, or NULL when it is not legal in that state. */
const struct conversation_move *conversation_move_find(enum conversation_state from,
                                                       enum conversation_event event);

/* "waiting", "open" as the table crm.conversation spells them; "" for none. */
const char *conversation_state_name(enum conversation_state state);
enum conversation_state conversation_state_parse(const char *name);

struct conversation_staff {
    int64_t id;
    const char *username, *name;
};

struct conversation {
    int64_t visitor; /* 0: this address has never written */
    const char *address, *name;
    const char *place; /* where on the website, NULL when not known */
    bool customer;     /* a registered one: has an archive, and no widget */
    bool present, away;
    int64_t next_sequence;
    int64_t id; /* of the current episode; 0 for none */
    enum conversation_state state;
    struct conversation_staff taker; /* id 0 for nobody */
    bool taker_here;                 /* is available now */
    bool taker_away;                 /* has not been for the grace time */
    bool waits;                      /* what the visitor wrote last is not answered */
    bool told_absent;
    struct conversation_staff *shown; /* who was shown it */
    size_t shown_count, shown_capacity;
    /* What this turn did. */
    bool moved, counted, visitor_wrote, staff_wrote, presence_changed;
    bool agent_changed;    /* the visitor is to be shown who has it, or that they are away */
    const char *delivered; /* what of the visitor's has arrived, to be told with the next message to them */
};

/* True when the conversation was shown to that person. */
bool conversation_shown_to(const struct conversation *conversation, int64_t person);

#endif
