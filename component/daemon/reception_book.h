/* reception_book: what the reception knows, as its files share it: reception.c (whether somebody is there;
 * beginning and end), reception_visitor.c (addresses, their numbers and sessions), reception_staff.c (who can
 * take conversations). Private to these; everything else uses reception.h. The stream thread's alone.
 */
#ifndef DAEMON_RECEPTION_BOOK_H
#define DAEMON_RECEPTION_BOOK_H

#include "daemon/daemon.h"
#include "daemon/reception.h"
#include "db/list.h"
#include "desk/sessions.h"

#define RECEPTION_STAFF_LANE "availability"

enum told {
    TOLD_NOTHING,
    TOLD_AWAY,
    TOLD_HERE,
};

struct guest {
    char *address;
    int64_t visitor; /* 0: not known */
    bool resolving;
    struct desk_job **waiting; /* NULL while nothing waits */
    size_t waiting_count;
    struct sessions sessions;
    enum told told; /* of the desk, last */
};

struct member {
    char *username;
    struct sessions sessions; /* those that can take conversations */
};

/* Search trees (tsearch(3)); both structs begin with their key. */
struct reception {
    struct daemon *daemon;
    void *guests, *members;
    struct desk_job **later; /* found their lane full */
    size_t later_count;
    size_t guest_count;
    bool attended;       /* somebody is there to take a conversation */
    bool attended_known; /* since the connection was made */
    bool telling;        /* there may be addresses that were told otherwise */
};

struct strings {
    struct arena *arena;
    struct text_list list;
};

/* ---- reception.c */

/* For tsearch(3): both structs begin with their key. */
int reception_compare_keys(const void *left, const void *right);

/* A copy on the heap. Ends the program when there is no memory. */
char *reception_copy(const char *string);

/* An empty list in an arena of its own. */
struct strings *reception_strings_new(void);

/* Tells a session, or all of an address, whether somebody is there; false when the stream did not take it. */
bool reception_tell_attended(const struct reception *reception, const char *to);

/* The word that an address has been told when it was told now. */
enum told reception_word(const struct reception *reception);

/* A desk_job's task: reads whether somebody is there, and has it told to whom it was told otherwise. */
enum db_status reception_attended_task(struct desk *desk, struct db *db, struct desk_job *job);

/* ---- reception_visitor.c */

void reception_guest_free(void *node);

/* Who comes and goes will be listed anew; what was said or asked stays. */
void reception_guest_forget_presence(struct guest *guest);

/* ---- reception_staff.c */

void reception_member_free(void *node);

#endif
