/* words: the chat words that introduce the fields of a lead ("from linkedin", "mob 98765 43210"), the same in
 * every command that takes them.
 *
 * Each list ends with NULL, for struct param. Threads: constant.
 */
#ifndef LEAD_WORDS_H
#define LEAD_WORDS_H

extern const char *const lead_words_source[];
extern const char *const lead_words_budget[];
extern const char *const lead_words_email[];
extern const char *const lead_words_phone[];
extern const char *const lead_words_follow_up[];
extern const char *const lead_words_requirements[];
/* Also "note": of a lead that there is, that is a command of its own (lead.note). */
extern const char *const lead_words_requirements_of_new[];
/* To whom it goes. */
extern const char *const lead_words_assignee[];

#endif
