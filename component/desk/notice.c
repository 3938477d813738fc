#include "desk/notice.h"

const struct notice_words notices[NOTICE_COUNT] = {
    [NOTICE_NOBODY_AVAILABLE] = {"nobody-available",
                                 "Thank you. Nobody is free right now, but we have your message: you will "
                                 "find the answer here when you come back."},
    [NOTICE_DESK_AWAY] = {"desk-away", "Nobody is here right now. Write, and we will answer."},
    [NOTICE_TAKEN] = {"taken", "%s has taken this conversation."},
    [NOTICE_NOT_YOURS] = {"taken", "%s is talking with %s. Your message was not sent."},
    [NOTICE_ENCRYPTED] = {"encrypted",
                          "Your message was encrypted (OMEMO), which visitors cannot read. It was "
                          "not sent: turn encryption off in this chat and write again."},
};
