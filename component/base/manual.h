/* manual: writes man pages (man(7)) from the tables that the help comes from, so that no option or command is
 * described twice. Text is taken as it stands: nothing in it is an instruction to roff. Threads: as the
 * text's arena.
 */
#ifndef BASE_MANUAL_H
#define BASE_MANUAL_H

#include "base/text.h"

/* A row of a program's help: "--config FILE", and what it does. Lists end with words NULL. */
struct manual_row {
    const char *words, *what;
};

/* The head of the page NAME(SECTION). */
void manual_begin(struct text *text, const char *name, int section, const char *summary);

void manual_heading(struct text *text, const char *words);
void manual_subheading(struct text *text, const char *words);
void manual_paragraph(struct text *text, const char *words);

/* An entry of a list: `words` in bold, `what` indented under it. */
void manual_entry(struct text *text, const char *words, const char *what);
void manual_entries(struct text *text, const struct manual_row *rows);

/* The same rows as help on a terminal, what they do beginning in one column. */
void manual_help(struct text *text, const struct manual_row *rows, int column);

/* What a program says of itself, part by part: `--help` and the page are walks over it. Ends with heading
 * NULL. */
struct manual_part {
    const char *heading;             /* on the page */
    const struct manual_row *rows;   /* or */
    const char *paragraph;           /* only on the page */
    const struct manual_row *longer; /* the rows that the page has in their place; or NULL */
    int column;                      /* in the help; 0: it has none of this part */
    const char *before;              /* what stands before them there; or NULL */
};

char *manual_print_help(struct arena *arena, const char *name, const char *summary,
                        const struct manual_part *parts);
char *manual_print_page(struct arena *arena, const char *name, const char *summary,
                        const struct manual_part *parts);

#endif
