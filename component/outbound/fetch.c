#include "outbound/fetch.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/progress.h"

#define SECONDS_MOST 120L
#define REASON       128

static const char *origin_url = "http://127.0.0.1:5280";

struct fetching {
    int fd;
    int64_t most, got;
    bool too_large, disk;
};

void fetch_set_origin(const char *origin)
{
    origin_url = origin;
}

/* The same path, below our origin. */
static const char *beside(struct arena *arena, const char *url)
{
    const char *authority = strstr(url, "://");
    const char *path = strchr(authority == NULL ? url : authority + 3, '/');
    return arena_printf(arena, "%s%s", origin_url, path == NULL ? "/" : path);
}

bool fetch_is_below(const char *url, const char *prefix)
{
    size_t length = strlen(prefix);
    if (strncmp(url, prefix, length) != 0 || url[length] == '\0') {
        return false;
    }
    for (const char *c = url; *c != '\0'; c++) {
        if ((unsigned char)*c <= ' ' || *c == '\\' || *c == 0x7f) {
            return false;
        }
    }
    /* What a server may take for a dot or a slash. */
    static const char *const hidden[] = {"..", "%2e", "%2f", "%5c"};
    for (size_t i = 0; i < sizeof hidden / sizeof hidden[0]; i++) {
        if (strcasestr(url + length, hidden[i]) != NULL) {
            return false;
        }
    }
    return strpbrk(url + length, "@#?") == NULL;
}

static size_t on_bytes(char *bytes, size_t size, size_t count, void *context)
{
    struct fetching *fetching = context;
    size_t length = size * count;
    fetching->got += (int64_t)length;
    fetching->too_large = fetching->got > fetching->most;
    progress_note();
    for (size_t done = 0; done < length && !fetching->too_large;) {
        ssize_t written = write(fetching->fd, bytes + done, length - done);
        if (written < 0 && errno != EINTR) {
            fetching->disk = true;
            return 0;
        }
        done += written > 0 ? (size_t)written : 0;
    }
    return fetching->too_large ? 0 : length;
}

static int on_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t up_total, curl_off_t up)
{
    (void)context, (void)total, (void)now, (void)up_total, (void)up;
    progress_note();
    return 0;
}

static void begin_once(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        log_bug("libcurl does not start");
    }
}

static void set_options(CURL *curl, const char *url, struct fetching *fetching, char *reason)
{
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, SECONDS_MOST);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1024L);
    curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 20L);
    curl_easy_setopt(curl, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)fetching->most);
    curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
    curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, reason);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "TrainCape CRM");
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, fetching);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
}

static enum fetch_result refuse(const char **why, const char *clause)
{
    *why = clause;
    return FETCH_REFUSED;
}

static enum fetch_result conclude(struct arena *arena, CURL *curl, CURLcode code,
                                  const struct fetching *fetching, const char **why)
{
    long status = 0;
    if (fetching->too_large || code == CURLE_FILESIZE_EXCEEDED) {
        return refuse(why, arena_printf(arena, "is larger than %lld megabytes",
                                        (long long)(fetching->most / (1024 * 1024))));
    }
    if (code == CURLE_PARTIAL_FILE) {
        return refuse(why, "did not come whole");
    }
    /* CURLE_OUT_OF_MEMORY is no lack of memory of ours alone: a header without end is one too. */
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (code == CURLE_OK) {
        return status == 200 ? FETCH_OK : refuse(why, "is not there (any more)"); /* a redirect, above all */
    }
    return code == CURLE_HTTP_RETURNED_ERROR && status >= 400 && status < 500
               ? refuse(why, "is not there (any more)")
               : FETCH_FAILED;
}

enum fetch_result fetch_file(struct arena *arena, const char *url, int64_t most, int *fd, const char **why)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    char reason[CURL_ERROR_SIZE] = "";
    pthread_once(&once, begin_once);
    struct fetching fetching = {.fd = open("/var/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600), .most = most};
    CURL *curl = curl_easy_init();
    if (curl == NULL) {
        log_bug("out of memory, wanted for a file");
    }
    enum fetch_result result = FETCH_FAILED;
    if (fetching.fd >= 0) {
        set_options(curl, beside(arena, url), &fetching, reason);
        CURLcode code = curl_easy_perform(curl);
        result = conclude(arena, curl, code, &fetching, why);
        snprintf(reason, REASON, "%s", fetching.disk ? strerror(errno) : curl_easy_strerror(code));
    } else {
        snprintf(reason, REASON, "%s", strerror(errno));
    }
    curl_easy_cleanup(curl);
    if (result == FETCH_OK) {
        *fd = fetching.fd;
        return FETCH_OK;
    }
    if (result == FETCH_FAILED) {
        log_warn("a file of our share cannot be fetched error=\"%s\"", reason);
    }
    if (fetching.fd >= 0) {
        close(fetching.fd);
    }
    return result;
}
