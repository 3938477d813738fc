/* notice: what the desk itself says to visitors and staff. All of its sentences stand here, beside the kind
 * that goes out with each as <notice kind=/>: a client that knows the kind may say it in its own language.
 *
 * Threads: any; constant.
 */
#ifndef DESK_NOTICE_H
#define DESK_NOTICE_H

enum notice {
    NOTICE_NOBODY_AVAILABLE, /* to the visitor */
    NOTICE_DESK_AWAY,        /* to visitors and customers, beside the desk's presence */
    NOTICE_TAKEN,            /* to those who were shown it; who has it */
    NOTICE_NOT_YOURS,        /* to one who writes to it nevertheless; who has it, the visitor */
    NOTICE_ENCRYPTED,        /* to one who writes to it with OMEMO */
    NOTICE_COUNT,
};

struct notice_words {
    const char *kind; /* on the wire */
    const char *text; /* English, with %s for each name that is to be filled in */
};

extern const struct notice_words notices[NOTICE_COUNT];

#endif
