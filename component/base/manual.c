#include "base/manual.h"

#include <string.h>

/* man(7): a backslash begins an escape, a full stop or apostrophe at the beginning of a line a request, and a
 * bare "-" may become a hyphen that cannot be typed. */
static void add_plain(struct text *text, const char *words)
{
    if (*words == '.' || *words == '\'') {
        text_add(text, "\\&");
    }
    for (; *words != '\0'; words++) {
        if (*words == '\\') {
            text_add(text, "\\e");
        } else if (*words == '-') {
            text_add(text, "\\-");
        } else {
            text_add_bytes(text, words, 1);
        }
    }
    text_add(text, "\n");
}

void manual_begin(struct text *text, const char *name, int section, const char *summary)
{
    text_addf(text, ".TH \"%s\" %d \"\" \"TrainCape CRM\" \"TrainCape CRM\"\n.SH NAME\n", name, section);
    add_plain(text, name);
    text_add(text, "\\- ");
    add_plain(text, summary);
}

void manual_heading(struct text *text, const char *words)
{
    text_add(text, ".SH ");
    add_plain(text, words);
}

void manual_subheading(struct text *text, const char *words)
{
    text_add(text, ".SS ");
    add_plain(text, words);
}

void manual_paragraph(struct text *text, const char *words)
{
    text_add(text, ".PP\n");
    add_plain(text, words);
}

void manual_entry(struct text *text, const char *words, const char *what)
{
    text_add(text, ".TP\n.B ");
    add_plain(text, words);
    add_plain(text, what);
}

void manual_entries(struct text *text, const struct manual_row *rows)
{
    for (; rows->words != NULL; rows++) {
        manual_entry(text, rows->words, rows->what);
    }
}

void manual_help(struct text *text, const struct manual_row *rows, int column)
{
    for (; rows->words != NULL; rows++) {
        int length = (int)utf8_count(rows->words);
        if (length + 4 > column) {
            text_addf(text, "  %s\n%*s%s\n", rows->words, column, "", rows->what);
        } else {
            text_addf(text, "  %s%*s%s\n", rows->words, column - 2 - length, "", rows->what);
        }
    }
}

char *manual_print_help(struct arena *arena, const char *name, const char *summary,
                        const struct manual_part *parts)
{
    struct text text = text_new(arena);
    text_addf(&text, "%s, %s\n\n", name, summary);
    for (const struct manual_part *part = parts; part->heading != NULL; part++) {
        if (part->column > 0) {
            text_add(&text, part->before != NULL ? part->before : "");
            manual_help(&text, part->rows, part->column);
        }
    }
    return text.data;
}

char *manual_print_page(struct arena *arena, const char *name, const char *summary,
                        const struct manual_part *parts)
{
    struct text text = text_new(arena);
    manual_begin(&text, name, 8, summary);
    for (const struct manual_part *part = parts; part->heading != NULL; part++) {
        manual_heading(&text, part->heading);
        if (part->paragraph != NULL) {
            manual_paragraph(&text, part->paragraph);
        } else {
            manual_entries(&text, part->longer != NULL ? part->longer : part->rows);
        }
    }
    return text.data;
}
