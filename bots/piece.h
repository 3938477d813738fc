/* piece: the arguments of a chat line cut into pieces, each with the parameter whose word introduces it. Part
 * of place.h. Threads: as the arena of the reader.
 */
#ifndef BOTS_PIECE_H
#define BOTS_PIECE_H

#include "bots/words.h"
#include "command/table.h"
#include "command/type.h"

#define PIECE_LIMIT 64
#define PARAM_LIMIT 64
#define TAIL_LIMIT  6 /* words that an amount, a number or a date has at most */

/* What has been read so far; begins with its first fields and zeros. */
struct reading {
    const struct type_reader *reader;
    const struct command *command;
    size_t param_count;
    const char *values[PARAM_LIMIT];
    bool firm[PARAM_LIMIT];  /* told by a word before it or by its look, and not only by what was lacking */
    bool known[PARAM_LIMIT]; /* given before: an answer fills it only by naming it */
    int asked;               /* the parameter that is asked for, or -1 */
    const char *complaint;
    size_t *ends; /* by word: where a piece ends that begins there */
};

/* A stretch of words. */
struct piece {
    size_t first, last;
    int param;         /* introduced by a word, or -1 */
    bool bare;         /* nothing but that word, of a yes or no or a topic */
    const char *value; /* what its one word stands for (struct param, .alone), or NULL */
};

/* True when the text reads as a value of the parameter. */
bool reading_takes(const struct reading *reading, size_t param, const char *text);

/* Keeps the first text of which nobody knows what it is for. */
void reading_complain(struct reading *reading, const char *text);

/* Gives the parameter the text; behind what it has where it takes several or the rest, else with a complaint
 * about what there was. */
void reading_put(struct reading *reading, size_t param, const char *text, bool firm);

/* The parameter of key=value, with the value; -1 when the word is no such thing. */
int piece_key(const struct reading *reading, const struct word *word, const char **value);

/* How many words introduce the parameter here: its name, its label, or one of its chat words; the longest
 * counts. */
size_t piece_introduces(const struct words *words, size_t at, const struct param *param);

/* Cuts the words from `at` on, and puts each key=value on the way; returns how many pieces. */
size_t pieces_cut(struct reading *reading, const struct words *words, size_t at,
                  struct piece pieces[PIECE_LIMIT]);

#endif
