/* fuzz: what the targets share. A target is one file with LLVMFuzzerTestOneInput() and, in its head, the
 * contract that it checks. libFuzzer calls it with inputs that it invents (make fuzz); replay.c calls it with
 * those of tests/fuzz/corpus, and torture.c with the same while memory runs out (make test-unit). Threads:
 * one. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "command/command.h"
#include "xmpp/element.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A broken contract: says which, and aborts, so that libFuzzer keeps the input. */
#define FUZZ_CHECK(condition) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))
_Noreturn void fuzz_fail(const char *file, int line, const char *condition);

/* The input as a string, up to its first NUL. Exactly as long as it is, so that reading past its end is seen.
 */
char *fuzz_string(struct arena *arena, const uint8_t *data, size_t size);

/* The first line of the input chooses: its bytes are summed, so that one changed byte is another choice. The
 * rest is the input proper. Returns a number below `count`. */
size_t fuzz_choose(const uint8_t **data, size_t *size, size_t count);

/* True when the bytes are elements that expat takes, and contain nothing that XML 1.0 section 2.2 forbids, as
 * bytes and as references. `bytes` may be several stanzas. */
bool fuzz_is_xml(struct arena *arena, const char *bytes, size_t length);

/* True while a check runs that allocates for itself: torture.c spares it. */
extern bool fuzz_checking;

/* The rooms' table; made once. */
const struct command_table *fuzz_table(void);

#endif
