#include "bots/phrase.h"

#include <string.h>

#include "base/text.h"

static bool is_one_of(const char *line, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (text_equal_nocase(line, *words)) {
            return true;
        }
    }
    return false;
}

/* The line in small letters, without what only ends it. */
static const char *bare(struct arena *arena, const char *line)
{
    char *text = text_lower(arena, line);
    size_t length = strlen(text);
    while (length > 1 && strchr(".! ", text[length - 1]) != NULL) {
        text[--length] = '\0';
    }
    return text;
}

bool phrase_is_yes(struct arena *arena, const char *line)
{
    static const char *const words[] = {"yes",  "y",    "yeah", "yep", "yes please", "ok",
                                        "okay", "sure", "haan", "ha",  "ji",         NULL};
    return is_one_of(bare(arena, line), words);
}

bool phrase_is_cancel(struct arena *arena, const char *line)
{
    static const char *const words[] = {"cancel", "stop", "never mind", "nevermind", "forget it",
                                        "no",     "n",    "nope",       "nahi",      NULL};
    return is_one_of(bare(arena, line), words);
}

bool phrase_is_go_on(struct arena *arena, const char *line)
{
    static const char *const words[] = {"go on", "goon", "continue", "resume", "go back", "back", NULL};
    return is_one_of(bare(arena, line), words);
}

bool phrase_is_more(struct arena *arena, const char *line)
{
    static const char *const words[] = {"more", "next", "next page", "show more", "more please", NULL};
    return is_one_of(bare(arena, line), words);
}

bool phrase_asks_for_help(struct arena *arena, const char *line)
{
    static const char *const words[] = {"?",
                                        "??",
                                        "???",
                                        "help me",
                                        "menu",
                                        "commands",
                                        "options",
                                        "what can you do",
                                        "what can you do?",
                                        "how",
                                        "how?",
                                        "help?",
                                        "/start",
                                        NULL};
    return is_one_of(bare(arena, line), words);
}

static const struct {
    const char *words[16];
    const char *answer; /* %s: who speaks */
} courtesies[] = {
    {{"hi", "hello", "hey", "hii", "hi there", "hello there", "good morning", "good afternoon",
      "good evening", "namaste", "hola", "start", "hi bot", "hello bot"},
     "Hello, %s. Say “help” for what I can do."},
    {{"thanks", "thank you", "thx", "ty", "tysm", "ok thanks", "okay thanks", "thanks a lot",
      "thank you so much", "many thanks", "dhanyavad", "shukriya", "thnx", "thanku"},
     "You are welcome."},
    {{"ok", "okay", "k", "great", "good", "nice", "cool", "fine", "done", "got it", "perfect", "super", "wow",
      "theek hai", "acha"},
     "👍"},
    {{"bye", "good night", "gn", "see you", "bye bye", "tata", "good bye", "goodbye"}, "Goodbye, %s."},
    {{"yes", "y", "haan", "yeah", "yep", "sure", "no", "n", "nope"},
     "I have not asked anything. Say “help” for what I can do."},
};

/* Nothing but pictures: 👍, 🙏🙏, ❤. */
static bool is_emoji(const char *line)
{
    size_t length = strlen(line);
    for (size_t at = 0; at < length;) {
        uint32_t code_point;
        size_t taken = utf8_decode(line + at, length - at, &code_point);
        bool picture = code_point >= 0x1f000 || (code_point >= 0x2190 && code_point <= 0x2bff) ||
                       code_point == 0x200d || (code_point >= 0xfe00 && code_point <= 0xfe0f);
        if (taken == 0 || (!picture && code_point != ' ')) {
            return false;
        }
        at += taken;
    }
    return length > 0;
}

const char *phrase_courteous_answer(struct arena *arena, const char *speaker, const char *line)
{
    const char *plain = bare(arena, line);
    for (size_t i = 0; i < sizeof courtesies / sizeof courtesies[0]; i++) {
        for (size_t j = 0; j < 16 && courtesies[i].words[j] != NULL; j++) {
            if (strcmp(courtesies[i].words[j], plain) == 0) {
                const char *name = strstr(courtesies[i].answer, "%s");
                return name == NULL ? courtesies[i].answer
                                    : arena_printf(arena, "%.*s%s%s", (int)(name - courtesies[i].answer),
                                                   courtesies[i].answer, speaker, name + 2);
            }
        }
    }
    return is_emoji(line) ? "👍" : NULL;
}
