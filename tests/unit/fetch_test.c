/* Fetching from the file share: what is below it, and what a share that misbehaves gets out of us. Against a
 * server that says one thing to everybody. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "outbound/fetch.h"

#define SHARE "https://crm.example.in/file_share/"

struct share {
    int listener;
    const char *answer;
    bool endless; /* and then bytes for as long as somebody takes them */
};

static void *serve(void *context)
{
    const struct share *share = context;
    char request[4096];
    char more[4096];
    int client = accept(share->listener, NULL, NULL);
    memset(more, 'x', sizeof more);
    bool asked = client >= 0 && recv(client, request, sizeof request, 0) > 0;
    ssize_t sent = asked ? send(client, share->answer, strlen(share->answer), MSG_NOSIGNAL) : -1;
    while (share->endless && sent > 0) {
        sent = send(client, more, sizeof more, MSG_NOSIGNAL);
    }
    if (client >= 0) {
        close(client);
    }
    return NULL;
}

/* A listener on a free port; whoever waits there for longer than a minute waits in vain. */
static int listen_here(struct sockaddr_in *address)
{
    const struct timeval longest = {.tv_sec = 60};
    socklen_t length = sizeof *address;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_int_equal(setsockopt(listener, SOL_SOCKET, SO_RCVTIMEO, &longest, sizeof longest), 0);
    assert_int_equal(bind(listener, (struct sockaddr *)address, length), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)address, &length), 0);
    return listener;
}

/* How many bytes of the file there are; -1 and `why` when it is not fetched. */
static off_t fetch(struct arena *arena, const char *answer, bool endless, int64_t most, const char **why)
{
    struct sockaddr_in address;
    struct share share = {.listener = listen_here(&address), .answer = answer, .endless = endless};
    pthread_t thread;
    int fd = -1;
    assert_int_equal(pthread_create(&thread, NULL, serve, &share), 0);
    *why = NULL;
    fetch_set_origin(arena_printf(arena, "http://127.0.0.1:%d", ntohs(address.sin_port)));
    enum fetch_result result = fetch_file(arena, SHARE "a.csv", most, &fd, why);
    pthread_join(thread, NULL);
    close(share.listener);
    off_t size = result == FETCH_OK ? lseek(fd, 0, SEEK_END) : -1;
    if (result == FETCH_OK) {
        close(fd);
    }
    return size;
}

static void a_file_comes_whole_or_not_at_all(void **state)
{
    struct arena *arena = arena_new();
    const char *why;
    (void)state;
    assert_int_equal(fetch(arena, "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nName", false, 100, &why), 4);
    assert_int_equal(fetch(arena, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nName", false, 100, &why), -1);
    assert_string_equal(why, "did not come whole");
    assert_int_equal(fetch(arena, "HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", false, 100, &why), -1);
    assert_string_equal(why, "is not there (any more)");
    arena_free(arena);
}

static void a_redirect_leads_nowhere(void **state)
{
    struct arena *arena = arena_new();
    const char *why;
    (void)state;
    const char *codes[] = {"301 Moved", "302 Found", "307 Temporary", "204 Nothing", "206 Part"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        const char *answer = arena_printf(
            arena, "HTTP/1.1 %s\r\nLocation: file:///etc/passwd\r\nConnection: close\r\n\r\n", codes[i]);
        assert_int_equal(fetch(arena, answer, false, 100, &why), -1);
        assert_string_equal(why, "is not there (any more)");
    }
    arena_free(arena);
}

static void what_has_no_end_is_cut_off(void **state)
{
    struct arena *arena = arena_new();
    const char *why;
    (void)state;
    assert_int_equal(fetch(arena, "HTTP/1.1 200 OK\r\n\r\n", true, 3 << 20, &why), -1);
    assert_string_equal(why, "is larger than 3 megabytes");
    assert_int_equal(
        fetch(arena, "HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n", true, 3 << 20, &why), -1);
    assert_string_equal(why, "is larger than 3 megabytes");
    assert_int_equal(fetch(arena, "HTTP/1.1 200 OK\r\nA: ", true, 3 << 20, &why), -1);
    arena_free(arena);
}

static void only_what_is_below_the_share_is_fetched(void **state)
{
    static const char *const elsewhere[] = {"http://crm.example.in/file_share/x",
                                            "https://crm.example.in/file_share/",
                                            "https://crm.example.in.evil.in/file_share/x",
                                            SHARE "../download/x",
                                            SHARE "%2e%2E/download/x",
                                            SHARE "a%2Fb",
                                            SHARE "a%5cb",
                                            SHARE "a\\b",
                                            SHARE "x?y",
                                            SHARE "x#y",
                                            SHARE "x@evil.in",
                                            SHARE "x y",
                                            "file:///etc/passwd"};
    (void)state;
    assert_true(fetch_is_below(SHARE "0f1e2d3c/Leads%20of%20May.v2.xlsx", SHARE));
    for (size_t i = 0; i < sizeof elsewhere / sizeof elsewhere[0]; i++) {
        assert_false(fetch_is_below(elsewhere[i], SHARE));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_comes_whole_or_not_at_all),
        cmocka_unit_test(a_redirect_leads_nowhere),
        cmocka_unit_test(what_has_no_end_is_cut_off),
        cmocka_unit_test(only_what_is_below_the_share_is_fetched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
