/* DESIGN: one slot a thread, taken by compare-and-swap; the time of the last step is all that changes in it.
 */
#include "base/progress.h"

#include <stdatomic.h>
#include <stddef.h>
#include <time.h>

#define SLOTS 256 /* more threads than the configuration allows */

struct slot {
    const char *_Atomic name; /* NULL: free */
    atomic_int_fast64_t noted;
};

static struct slot slots[SLOTS];
static _Thread_local struct slot *own;

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void progress_begin(const char *name)
{
    for (size_t i = 0; i < SLOTS && own == NULL; i++) {
        const char *nobody = NULL;
        if (atomic_load(&slots[i].name) != NULL) {
            continue;
        }
        atomic_store(&slots[i].noted, now_ms()); /* before the name: a slot that is seen has a time */
        if (atomic_compare_exchange_strong(&slots[i].name, &nobody, name)) {
            own = &slots[i];
        }
    }
}

void progress_end(void)
{
    if (own != NULL) {
        atomic_store(&own->name, NULL);
    }
    own = NULL;
}

void progress_note(void)
{
    if (own != NULL) {
        atomic_store_explicit(&own->noted, now_ms(), memory_order_relaxed);
    }
}

const char *progress_stuck(int64_t milliseconds)
{
    int64_t now = now_ms();
    for (size_t i = 0; i < SLOTS; i++) {
        const char *name = atomic_load(&slots[i].name);
        if (name != NULL &&
            now - atomic_load_explicit(&slots[i].noted, memory_order_relaxed) > milliseconds) {
            return name;
        }
    }
    return NULL;
}
