#include "desk/conversation.h"

#include <string.h>

static const struct conversation_move moves[] = {
    /* from, event, to, action, words */
    {CONVERSATION_NONE, CONVERSATION_VISITOR_WRITES, CONVERSATION_WAITING, CONVERSATION_OFFER, "begun"},
    {CONVERSATION_WAITING, CONVERSATION_VISITOR_WRITES, CONVERSATION_WAITING, CONVERSATION_OFFER,
     "still waiting"},
    {CONVERSATION_OPEN, CONVERSATION_VISITOR_WRITES, CONVERSATION_OPEN, CONVERSATION_TELL_TAKER, "goes on"},
    {CONVERSATION_WAITING, CONVERSATION_SHOWN_ANSWERS, CONVERSATION_OPEN, CONVERSATION_TAKE, "taken"},
    {CONVERSATION_OPEN, CONVERSATION_TAKER_WRITES, CONVERSATION_OPEN, CONVERSATION_RELAY, "goes on"},
    {CONVERSATION_OPEN, CONVERSATION_OTHER_ANSWERS, CONVERSATION_OPEN, CONVERSATION_REFUSE,
     "is somebody else's"},
    {CONVERSATION_WAITING, CONVERSATION_STAFF_ARRIVES, CONVERSATION_WAITING, CONVERSATION_SHOW, "shown"},
    {CONVERSATION_OPEN, CONVERSATION_TAKER_GONE, CONVERSATION_WAITING, CONVERSATION_OFFER,
     "its taker has gone"},
};

const struct conversation_move *conversation_move_find(enum conversation_state from,
                                                       enum conversation_event event)
{
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        if (moves[i].from == from && moves[i].event == event) {
            return &moves[i];
        }
    }
    return NULL;
}

static const char *const state_names[] = {
    [CONVERSATION_NONE] = "",
    [CONVERSATION_WAITING] = "waiting",
    [CONVERSATION_OPEN] = "open",
};

const char *conversation_state_name(enum conversation_state state)
{
    return state_names[state];
}

enum conversation_state conversation_state_parse(const char *name)
{
    for (size_t i = 0; name != NULL && i < sizeof state_names / sizeof *state_names; i++) {
        if (strcmp(state_names[i], name) == 0) {
            return (enum conversation_state)i;
        }
    }
    return CONVERSATION_NONE;
}

bool conversation_shown_to(const struct conversation *conversation, int64_t person)
{
    for (size_t i = 0; i < conversation->shown_count; i++) {
        if (conversation->shown[i].id == person) {
            return true;
        }
    }
    return false;
}
