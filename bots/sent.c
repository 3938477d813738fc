#include "bots/sent.h"

#include <string.h>

#include "base/text.h"

const char *sent_line(struct talk *talk, const char *body)
{
    const char *line = text_squeeze(talk->arena, body);
    const char *share = arena_printf(talk->arena, "%s/file_share/", talk->surface->web_url);
    bool is_link = strncmp(line, share, strlen(share)) == 0 && strpbrk(line, " \"") == NULL;
    return is_link ? arena_printf(talk->arena, "import file link=\"%s\"", line) : body;
}
