#include "bots/head.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "command/target.h"

size_t head_noun_length(const struct command *row)
{
    return strcspn(row->name, ".");
}

const char *head_verb(const struct command *row)
{
    const char *dot = strchr(row->name, '.');
    return dot == NULL ? "" : dot + 1;
}

static bool is_one_of(const char *word, const char *const *list)
{
    for (; list != NULL && *list != NULL; list++) {
        if (text_equal_nocase(word, *list)) {
            return true;
        }
    }
    return false;
}

bool head_is_filler(const char *word)
{
    static const char *const fillers[] = {"please", "pls", "plz",   "kindly", "the",   "a",      "an",
                                          "all",    "my",  "me",    "can",    "could", "number", "no",
                                          "id",     "no.", "of",    "for",    "you",   "how",    "many",
                                          "hi",     "hey", "hello", NULL};
    return is_one_of(word, fillers);
}

bool head_is_article(const char *word)
{
    static const char *const articles[] = {"the",    "a",   "an",    "please", "pls", "plz",
                                           "kindly", "can", "could", "you",    NULL};
    return is_one_of(word, articles);
}

bool head_is_pronoun(const char *word)
{
    static const char *const pronouns[] = {"it", "this", "that", "him", "her", "them", NULL};
    return is_one_of(word, pronouns);
}

bool head_is_number(const char *word)
{
    const char *digits = word[0] == '#' ? word + 1 : word;
    return digits[0] != '\0' && digits[strspn(digits, "0123456789")] == '\0';
}

/* ---- how a row and a head agree */

enum match {
    MATCH_NONE,
    MATCH_OTHER_VERB, /* one of row->verbs */
    MATCH_NAME,
};

static enum match match_verb(const struct command *row, const char *verb)
{
    if (text_equal_nocase(verb, head_verb(row))) {
        return MATCH_NAME;
    }
    return is_one_of(verb, row->verbs) ? MATCH_OTHER_VERB : MATCH_NONE;
}

static bool has_record(const struct head *head)
{
    return head->number != NULL || head->refers;
}

static bool lists(const struct command *row)
{
    return strcmp(head_verb(row), "list") == 0;
}

/* True when the row can still be meant, given what was found so far. "New leads" adds none: another verb goes
 * with a plural only where many are meant. */
static bool agrees(const struct command *row, const struct head *head)
{
    if (head->noun != NULL && (head_noun_length(row) != head->noun_length ||
                               strncmp(row->name, head->noun, head->noun_length) != 0)) {
        return false;
    }
    /* After a plural no record is named: "leads status new" is a list, "status" a filter. */
    if (head->plural && head->verb != NULL && row->target != TARGET_NONE && !has_record(head)) {
        return false;
    }
    enum match match = head->verb == NULL ? MATCH_NAME : match_verb(row, head->verb);
    return match == MATCH_NAME || (match == MATCH_OTHER_VERB && (!head->plural || lists(row)));
}

static bool any_agrees(const struct listener *listener, const struct head *head)
{
    for (size_t i = 0; i < listener->table->count; i++) {
        if (agrees(listener->table->rows[i], head)) {
            return true;
        }
    }
    return false;
}

static bool is_numbered(const struct command *row)
{
    const struct target_kind *kind = target_kind(row->target);
    return kind != NULL && kind->numbered;
}

/* True when with this noun the verb means a list: "find leads", and "show team North", which has nothing else
 * to show. */
static bool means_list(const struct command_table *table, const struct head *noun)
{
    const struct command *list = NULL;
    bool shown = false;
    for (size_t i = 0; i < table->count; i++) {
        const struct command *row = table->rows[i];
        bool same = head_noun_length(row) == noun->noun_length &&
                    strncmp(row->name, noun->noun, noun->noun_length) == 0;
        shown = shown || (same && strcmp(head_verb(row), "show") == 0);
        list = same && lists(row) ? row : list;
    }
    if (list == NULL || noun->verb == NULL) {
        return false;
    }
    bool shows = text_equal_nocase(noun->verb, "show");
    return noun->plural ? shows || is_one_of(noun->verb, list->verbs) : shows && !shown;
}

/* True when some row that can still be meant acts on a record. */
static bool expects_record(const struct listener *listener, const struct head *head, bool numbered)
{
    for (size_t i = 0; i < listener->table->count; i++) {
        const struct command *row = listener->table->rows[i];
        if (agrees(row, head) && (numbered ? is_numbered(row) : row->target != TARGET_NONE)) {
            return true;
        }
    }
    return false;
}

/* ---- taking words */

static bool is_noun(const struct command *row, const char *word, bool *plural)
{
    size_t length = head_noun_length(row);
    size_t size = strlen(word);
    *plural = size == length + 1 && (word[length] == 's' || word[length] == 'S');
    return (size == length || *plural) && strncasecmp(word, row->name, length) == 0;
}

bool head_is_noun(const struct listener *listener, const char *word)
{
    bool plural = false;
    for (size_t i = 0; i < listener->table->count; i++) {
        if (is_noun(listener->table->rows[i], word, &plural)) {
            return true;
        }
    }
    return false;
}

bool head_is_plural(const struct listener *listener, const char *word)
{
    bool plural = false;
    for (size_t i = 0; i < listener->table->count; i++) {
        const struct command *row = listener->table->rows[i];
        if (head_verb(row)[0] != '\0' && is_noun(row, word, &plural) && plural) {
            return true;
        }
    }
    return false;
}

/* `numbered`: numbers follow, so that "leads 3 and 5" are no list. */
static bool take_noun(const struct listener *listener, const char *word, bool numbered, struct head *head)
{
    for (size_t i = 0; head->noun == NULL && i < listener->table->count; i++) {
        const struct command *row = listener->table->rows[i];
        struct head trial = *head;
        if (!is_noun(row, word, &trial.plural)) {
            continue;
        }
        trial.noun = row->name;
        trial.noun_length = head_noun_length(row);
        trial.plural = trial.plural && !numbered;
        /* "show leads" lists them. */
        if (!has_record(head) && means_list(listener->table, &trial)) {
            trial.verb = "list";
        }
        if (any_agrees(listener, &trial)) {
            *head = trial;
            return true;
        }
    }
    return false;
}

static bool take_verb(const struct listener *listener, const char *word, struct head *head)
{
    struct head trial = *head;
    trial.verb = word;
    if (head->verb != NULL || word[0] == '\0' || !any_agrees(listener, &trial)) {
        return false;
    }
    *head = trial;
    return true;
}

/* "lead.add" is both at once. */
static bool take_name(const struct listener *listener, const char *word, struct head *head)
{
    for (size_t i = 0; head->noun == NULL && head->verb == NULL && i < listener->table->count; i++) {
        const struct command *row = listener->table->rows[i];
        if (strchr(word, '.') != NULL && strcasecmp(word, row->name) == 0) {
            head->noun = row->name;
            head->noun_length = head_noun_length(row);
            head->verb = head_verb(row);
            return true;
        }
    }
    return false;
}

/* True when some row that can still be meant acts on records that are called so: "poll start lead 42". */
static bool expects_kind(const struct listener *listener, const struct head *head, const char *word)
{
    for (size_t i = 0; i < listener->table->count; i++) {
        const struct command *row = listener->table->rows[i];
        const struct target_kind *kind = target_kind(row->target);
        if (kind != NULL && agrees(row, head) && text_equal_nocase(kind->word, word)) {
            return true;
        }
    }
    return false;
}

/* "lead-42": noun and number in one word; behind another noun the number alone. */
static bool take_address(const struct listener *listener, const char *word, struct head *head)
{
    int64_t number;
    const struct target_kind *kind = target_of_address(word, &number);
    if (kind == NULL || has_record(head) ||
        (head->noun != NULL && (head->verb == NULL || !expects_kind(listener, head, kind->word)))) {
        return false;
    }
    if (head->noun == NULL) {
        head->noun = kind->word;
        head->noun_length = strlen(kind->word);
    }
    head->number = word + strlen(kind->address);
    return true;
}

/* ---- several records */

/* "3,5,9" in one word. */
bool head_is_number_list(const char *word)
{
    size_t digits = strspn(word, "0123456789");
    bool comma = false;
    while (digits > 0 && word[digits] == ',') {
        comma = true;
        word += digits + 1;
        digits = strspn(word, "0123456789");
    }
    return comma && digits > 0 && word[digits] == '\0';
}

/* True when a row that can still be meant takes several records; `as_written`: and then text as it stands. */
static bool expects_several(const struct listener *listener, const struct head *head, bool as_written)
{
    for (size_t i = 0; !listener->one_record && i < listener->table->count; i++) {
        const struct command *row = listener->table->rows[i];
        bool verbatim =
            row->params != NULL && (row->params[0].flags & PARAM_REST) != 0 && row->params[1].name == NULL;
        if (row->several && agrees(row, head) && (!as_written || verbatim)) {
            return true;
        }
    }
    return false;
}

/* What is counted is no record: "note 42, 5 seats". */
static bool is_counted(const struct words *words, size_t at)
{
    static const char *const counted[] = {
        "seats",    "seat",     "people", "persons", "person", "students", "participants",
        "licences", "licenses", "copies", "calls",   "times",  "days",     "day",
        "weeks",    "week",     "months", "month",   "years",  "hours",    "hour",
        "minutes",  "am",       "pm",     "lakh",    "lakhs",  "k",        "crore",
        "rupees",   "rs",       "inr",    "percent", "%",      "o'clock",  NULL};
    return at < words->count && is_one_of(words->list[at].text, counted);
}

bool head_is_link(const char *word)
{
    return text_equal_nocase(word, "and") || strcmp(word, "&") == 0;
}

/* Where numbers end that begin at `at` with nothing but a blank between them; `at` when they cannot be
 * records: "note 42 50000 is too much", "note 42 5 seats". */
static size_t bare_records(const struct words *words, size_t at)
{
    size_t length = strlen(words->list[at - 1].text);
    size_t end = at;
    while (end < words->count && !words_break(words, end - 1) && !words->list[end - 1].colon &&
           !words->list[end].quoted && head_is_number(words->list[end].text) &&
           strlen(words->list[end].text) <= length + 1 && length <= strlen(words->list[end].text) + 1) {
        end++;
    }
    return end == words->count || is_counted(words, end) ? at : end;
}

/* ", 5 and 9" behind a number: where the last of them ends, or `at` when there is none. Where text follows as
 * it was written, numbers only go on behind a comma or an "and", or up to a colon. */
static size_t more_records(const struct listener *listener, const struct words *words, size_t at,
                           const struct head *head)
{
    bool as_written = head->verb != NULL && expects_several(listener, head, true);
    size_t end = at;
    size_t bare = as_written ? bare_records(words, at) : at;
    if (bare > at && (listener->each_record || words->list[bare - 1].colon)) {
        return bare;
    }
    while (end < words->count && !words->list[end - 1].newline &&
           !(as_written && words->list[end - 1].colon)) {
        size_t next = end + head_is_link(words->list[end].text);
        bool linked = next > end || words->list[end - 1].comma;
        bool number = next < words->count && !words->list[next].quoted &&
                      (head_is_number(words->list[next].text) || head_is_number_list(words->list[next].text));
        if (!number || (as_written && (!linked || is_counted(words, next + 1)))) {
            break;
        }
        end = next + 1;
    }
    return end;
}

/* The number at `at - 1` was taken: those that go on behind it are too. Returns how many words that are. */
static size_t take_more_records(struct arena *arena, const struct listener *listener,
                                const struct words *words, size_t at, struct head *head)
{
    if (head->several || head->number != words->list[at - 1].text ||
        !expects_several(listener, head, false)) {
        return 0;
    }
    size_t end = more_records(listener, words, at, head);
    bool as_written = head->verb != NULL && expects_several(listener, head, true);
    head->maybe = end == at && as_written ? bare_records(words, at) - at : 0;
    head->several = end > at || head_is_number_list(head->number);
    if (head->several) {
        head->number = words_join(arena, words, at - 1, end);
    }
    return end - at;
}

static bool take_record(const struct listener *listener, const char *word, struct head *head)
{
    if (has_record(head)) {
        return false;
    }
    if (head_is_number_list(word) && expects_several(listener, head, false)) {
        head->number = word;
        return true;
    }
    if (head_is_number(word) && expects_record(listener, head, true)) {
        head->number = word;
        return true;
    }
    /* "leads this week" */
    if (head_is_pronoun(word) && !(head->plural && head->verb == NULL) &&
        expects_record(listener, head, false)) {
        head->refers = true;
        return true;
    }
    return take_address(listener, word, head);
}

/* True when no further word can belong to the head. */
static bool is_whole(const struct listener *listener, const struct head *head)
{
    if (head->verb != NULL && has_record(head)) {
        return true;
    }
    for (size_t i = 0; i < listener->table->count; i++) {
        const struct command *row = listener->table->rows[i];
        bool one_word = head_verb(row)[0] == '\0';
        if (agrees(row, head) && head->noun != NULL && (head->verb != NULL || one_word) &&
            row->target == TARGET_NONE) {
            return true;
        }
    }
    return false;
}

/* "please", or "the" before more: not when it is the last word, nor once arguments may have begun. "note to
 * 42" too. */
static bool skips(const struct listener *listener, const struct words *words, const struct head *head,
                  size_t at)
{
    static const char *const joints[] = {"to", "on", "about", NULL};
    if (at + 1 >= words->count || has_record(head)) {
        return false;
    }
    const char *next = words->list[at + 1].text;
    bool greets = words->list[at].comma && head->verb == NULL && head->noun == NULL;
    bool joins = head->verb != NULL && is_one_of(words->list[at].text, joints) &&
                 (head_is_number(next) || head_is_pronoun(next) ||
                  (at + 2 < words->count && head_is_number(words->list[at + 2].text)));
    bool names = head->noun != NULL && head->verb != NULL && head_is_number(next) &&
                 expects_kind(listener, head, words->list[at].text);
    return joins || names || (head_is_filler(words->list[at].text) && (greets || !words_break(words, at)));
}

/* "add a note to 42", "make an edit": what is added is a verb of its own. Returns how many words say nothing.
 */
static size_t skip_making(const struct listener *listener, const struct words *words)
{
    static const char *const makers[] = {"add", "write", "make", "put", "leave", "do", "show", NULL};
    size_t at = 1;
    while (at < words->count && head_is_filler(words->list[at].text)) {
        at++;
    }
    if (at >= words->count || !is_one_of(words->list[0].text, makers) || words_break(words, 0)) {
        return 0;
    }
    bool plural = false;
    bool found = false;
    for (size_t i = 0; i < listener->table->count; i++) {
        const struct command *row = listener->table->rows[i];
        if (is_noun(row, words->list[at].text, &plural)) {
            /* "show my profile" */
            return head_verb(row)[0] == '\0' && text_equal_nocase(words->list[0].text, "show") ? at : 0;
        }
        found =
            found || (text_equal_nocase(head_verb(row), words->list[at].text) && row->target != TARGET_NONE);
    }
    bool record = false;
    for (size_t i = at + 1; i < words->count && i <= at + 4; i++) {
        record = record || head_is_number(words->list[i].text) || head_is_pronoun(words->list[i].text);
    }
    return found && record ? at : 0;
}

static bool take_word(const struct listener *listener, const struct words *words, size_t at,
                      struct head *head)
{
    const char *word = words->list[at].text;
    if (take_record(listener, word, head) || take_name(listener, word, head)) {
        return true;
    }
    bool numbered = at + 1 < words->count && (head_is_number(words->list[at + 1].text) ||
                                              head_is_number_list(words->list[at + 1].text));
    return take_noun(listener, word, numbered, head) || take_verb(listener, word, head);
}

/* Words that help are only passed over when something follows that is taken. */
struct head head_read(struct arena *arena, const struct listener *listener, const struct words *words)
{
    struct head head = {.noun = NULL};
    size_t at = skip_making(listener, words);
    while (at < words->count && !is_whole(listener, &head) && !words->list[at].quoted) {
        if (skips(listener, words, &head, at)) {
            at++;
            continue;
        }
        if (!take_word(listener, words, at, &head)) {
            break;
        }
        at += 1;
        at += take_more_records(arena, listener, words, at, &head);
        head.taken = at;
        if (words_break(words, at - 1)) {
            break;
        }
    }
    /* "assign this lead to ravi" */
    if (head.refers && head.noun == NULL && head.taken < words->count &&
        take_noun(listener, words->list[head.taken].text, false, &head)) {
        head.taken++;
    }
    /* "new leads": not the verb that it began with. */
    if (head.noun == NULL && head.verb != NULL && head.taken < words->count &&
        head_is_plural(listener, words->list[head.taken].text)) {
        head = (struct head){.noun = NULL};
    }
    return head;
}

/* ---- which rows */

static bool is_for(const struct listener *listener, const struct command *row)
{
    return (row->roles & (unsigned)listener->role) != 0;
}

/* What is meant without a verb: a record is shown, a plural lists, a name of one word is itself. */
static bool fits_verbless(const struct command *row, const struct head *head)
{
    if (has_record(head)) {
        return strcmp(head_verb(row), "show") == 0;
    }
    /* "settings" is its own plural. */
    bool plural =
        head->plural || (head->noun != NULL && head->noun[head->noun_length - 1] == 's' && lists(row));
    return head->noun != NULL && strcmp(head_verb(row), plural ? "list" : "") == 0;
}

static bool fits(const struct command *row, const struct head *head, bool any_verb)
{
    bool record = head->number != NULL ? is_numbered(row) : !head->refers || row->target != TARGET_NONE;
    bool named = !row->by_noun || head->noun != NULL;
    return record && named && (!head->several || row->several) && agrees(row, head) &&
           (any_verb || head->verb != NULL || fits_verbless(row, head));
}

static size_t keep(const struct command **rows, size_t count,
                   bool (*good)(const struct command *, const void *), const void *context)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (good(rows[i], context)) {
            const struct command *row = rows[i];
            rows[i] = rows[kept];
            rows[kept++] = row;
        }
    }
    return kept == 0 ? count : kept;
}

static bool good_verb(const struct command *row, const void *verb)
{
    return match_verb(row, verb) == MATCH_NAME;
}

static bool good_target(const struct command *row, const void *target)
{
    return row->target == *(const enum target *)target;
}

static bool good_role(const struct command *row, const void *listener)
{
    return is_for(listener, row);
}

/* A number without a noun is of the kind that comes first in enum target, as is "it" when nothing was spoken
 * of; else "it" is of the recent kind. */
static size_t keep_kind(const struct listener *listener, const struct head *head, const struct command **rows,
                        size_t count)
{
    enum target kind = listener->recent;
    if (head->number != NULL || kind == TARGET_NONE) {
        kind = count == 0 ? TARGET_NONE : rows[0]->target;
        for (size_t i = 0; i < count; i++) {
            kind = rows[i]->target < kind ? rows[i]->target : kind;
        }
    }
    return has_record(head) && head->noun == NULL ? keep(rows, count, good_target, &kind) : count;
}

static size_t collect(const struct listener *listener, const struct head *head, bool any_verb,
                      const struct command **rows)
{
    size_t count = 0;
    for (size_t i = 0; i < listener->table->count; i++) {
        if (fits(listener->table->rows[i], head, any_verb)) {
            rows[count++] = listener->table->rows[i];
        }
    }
    count = keep(rows, count, good_role, listener);
    return keep_kind(listener, head, rows, count);
}

size_t head_rows(const struct listener *listener, const struct head *head, const struct command **rows)
{
    size_t count = collect(listener, head, false, rows);
    return head->verb == NULL ? count : keep(rows, count, good_verb, head->verb);
}

size_t head_rows_of_record(const struct listener *listener, const struct head *head,
                           const struct command **rows)
{
    return head->verb != NULL || !has_record(head) ? 0 : collect(listener, head, true, rows);
}
