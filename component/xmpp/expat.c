/* Expat inside libstrophe, and its cure that is worse than the disease. */
#include "xmpp/expat.h"

#include <dlfcn.h>
#include <expat.h>
#include <pthread.h>
#include <string.h>

#include "base/log.h"
#include "base/version.h"

/* Expat with the cure for CVE-2023-52425 (Debian's 2.5.0 too) does not look again at a token that was cut off
 * by the end of a read until twice as much has come: a stanza, and all behind it, would lie there until
 * somebody else writes. Tried: one start tag with 12 KB of attributes silenced a quiet stream. Prosody caps a
 * stanza, so that looking again costs next to nothing. libstrophe hides its parser, and XML_ParserReset()
 * forgets the setting: this stands in front of the XML_Parse() that libstrophe calls, and says it each time.
 * Older libraries have no such setting and no such delay. */
extern XML_Bool XML_SetReparseDeferralEnabled(XML_Parser parser, XML_Bool enabled) __attribute__((weak));

static enum XML_Status (*parse)(XML_Parser parser, const char *bytes, int length, int is_final);

static void find_parse(void)
{
    void *found = dlsym(RTLD_NEXT, "XML_Parse");
    if (found == NULL) {
        log_bug("expat has no XML_Parse");
    }
    memcpy(&parse, &found, sizeof parse);
}

enum XML_Status XML_Parse(XML_Parser parser, const char *bytes, int length, int is_final)
{
    static pthread_once_t found = PTHREAD_ONCE_INIT;
    pthread_once(&found, find_parse);
    if (parser == NULL) {
        log_bug("out of memory for a parser");
    }
    if (XML_SetReparseDeferralEnabled != NULL) {
        XML_SetReparseDeferralEnabled(parser, XML_FALSE);
    }
    enum XML_Status status = parse(parser, bytes, length, is_final);
    /* A stanza that was not read for want of memory must not pass for one that is malformed. */
    if (status == XML_STATUS_ERROR && XML_GetErrorCode(parser) == XML_ERROR_NO_MEMORY) {
        log_bug("out of memory while parsing");
    }
    return status;
}

void expat_prepare(void)
{
    version_check("expat", XML_ExpatVersion());
}
