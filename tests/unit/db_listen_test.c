/* The one crmd: lock, lease, notifications and ticks, two instances, and a server that loses the connection.
 */
#include "db_fixture.h"

#include <pthread.h>
#include <time.h>

#include "db/listen.h"

/* What a listener was told; a test waits for it to change. */
struct heard {
    pthread_mutex_t lock;
    int leads, ticks, notifications;
    int64_t epoch;
    char last[200];
};

struct instance {
    struct heard heard;
    struct db_settings settings;
    struct listen *listen;
    pthread_t thread;
};

static const char *const channels[] = {"crm_account", "Odd \"name", NULL};

static void on_leading(void *context, int64_t epoch)
{
    struct heard *heard = context;
    pthread_mutex_lock(&heard->lock);
    heard->leads++;
    heard->epoch = epoch;
    pthread_mutex_unlock(&heard->lock);
}

static void on_notified(void *context, const char *channel, const char *payload)
{
    struct heard *heard = context;
    pthread_mutex_lock(&heard->lock);
    heard->notifications++;
    snprintf(heard->last, sizeof heard->last, "%s: %s", channel, payload);
    pthread_mutex_unlock(&heard->lock);
}

static void on_tick(void *context)
{
    struct heard *heard = context;
    pthread_mutex_lock(&heard->lock);
    heard->ticks++;
    pthread_mutex_unlock(&heard->lock);
}

static struct instance *start(void)
{
    struct instance *instance = calloc(1, sizeof *instance);
    assert_non_null(instance);
    instance->settings = fixture_settings();
    pthread_mutex_init(&instance->heard.lock, NULL);
    instance->listen =
        listen_new(&instance->settings, channels,
                   &(struct listen_callbacks){on_leading, on_notified, on_tick, &instance->heard, 50});
    pthread_create(&instance->thread, NULL, listen_run, instance->listen);
    return instance;
}

static void stop(struct instance *instance)
{
    listen_stop(instance->listen);
    pthread_join(instance->thread, NULL);
    listen_free(instance->listen);
    pthread_mutex_destroy(&instance->heard.lock);
    free(instance);
}

static int read_counter(struct instance *instance, const int *counter)
{
    pthread_mutex_lock(&instance->heard.lock);
    int value = *counter;
    pthread_mutex_unlock(&instance->heard.lock);
    return value;
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

static void wait_until(struct instance *instance, const int *counter, int at_least)
{
    for (int tries = 0; tries < 500; tries++) {
        if (read_counter(instance, counter) >= at_least) {
            return;
        }
        pause_ms(20);
    }
    fail_msg("waited in vain for %d", at_least);
}

static void drop_its_connection(void)
{
    admin("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid "
          "= (hashtext('crm.crmd')::bigint & 4294967295)::oid");
}

static void it_leads_hears_and_ticks(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct instance *one = start();
    wait_until(one, &one->heard.leads, 1);
    admin("NOTIFY crm_account, 'staff asha'");
    wait_until(one, &one->heard.notifications, 1);
    assert_string_equal(one->heard.last, "crm_account: staff asha");
    admin("NOTIFY \"Odd \"\"name\"");
    wait_until(one, &one->heard.notifications, 2);
    wait_until(one, &one->heard.ticks, 3);
    assert_int_equal(one->heard.epoch, strtoll(admin("SELECT epoch FROM crm.lease"), NULL, 10));
    stop(one);
}

static void a_disabled_account_is_notified(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct instance *one = start();
    admin("INSERT INTO crm.person (kind, username, name, role) VALUES ('staff', 'ravi', 'Ravi', 'sales') ON "
          "CONFLICT DO NOTHING;"
          "UPDATE crm.person SET enabled = true, name = 'Ravi K' WHERE username = 'ravi'");
    wait_until(one, &one->heard.leads, 1);
    admin("UPDATE crm.person SET enabled = false WHERE username = 'ravi'");
    wait_until(one, &one->heard.notifications, 1);
    assert_string_equal(one->heard.last, "crm_account: staff ravi");
    stop(one);
}

static void a_second_instance_waits_for_the_first(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct instance *one = start();
    wait_until(one, &one->heard.leads, 1);
    struct instance *two = start();
    pause_ms(900);
    assert_int_equal(read_counter(two, &two->heard.leads), 0);
    assert_int_equal(read_counter(two, &two->heard.ticks), 0);
    int64_t first_epoch = one->heard.epoch;
    stop(one);
    wait_until(two, &two->heard.leads, 1);
    assert_true(two->heard.epoch == first_epoch + 1);
    stop(two);
}

static void a_waiting_instance_can_be_stopped(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct instance *one = start();
    wait_until(one, &one->heard.leads, 1);
    struct instance *two = start();
    pause_ms(200);
    stop(two);
    stop(one);
}

static void a_short_loss_keeps_the_epoch(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct instance *one = start();
    wait_until(one, &one->heard.leads, 1);
    int64_t epoch = one->heard.epoch;
    drop_its_connection();
    wait_until(one, &one->heard.leads, 2);
    assert_true(one->heard.epoch == epoch);
    admin("NOTIFY crm_account, 'again'");
    wait_until(one, &one->heard.notifications, 1);
    stop(one);
}

static void an_epoch_taken_in_between_is_noticed(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    struct instance *one = start();
    wait_until(one, &one->heard.leads, 1);
    int64_t epoch = one->heard.epoch;
    admin("SELECT crm.lease_take(0)");
    drop_its_connection();
    wait_until(one, &one->heard.leads, 2);
    assert_true(one->heard.epoch == epoch + 2);
    stop(one);
}

/* As one does that was stopped (SIGSTOP) between two statements: it never commits, and never goes away. */
static void a_crmd_that_hangs_in_its_work_is_passed_by(void **state)
{
    (void)state;
    NEEDS_POSTGRES();
    const char *const keywords[] = {"dbname", "password", NULL};
    const char *const values[] = {getenv("CRM_TEST_CONNINFO"), getenv("CRM_TEST_PASSWORD"), NULL};
    PGconn *hung = PQconnectdbParams(keywords, values, 1);
    const int64_t epoch = strtoll(admin("SELECT epoch FROM crm.lease"), NULL, 10);
    PQclear(PQexec(hung, "BEGIN"));
    PQclear(PQexecParams(hung, "SELECT crm.lease_require($1::bigint)", 1, NULL,
                         (const char *[]){admin("SELECT epoch FROM crm.lease")}, NULL, NULL, 0));
    assert_int_equal(PQtransactionStatus(hung), PQTRANS_INTRANS);
    struct instance *one = start();
    wait_until(one, &one->heard.leads, 1);
    assert_true(one->heard.epoch == epoch + 1);
    PQclear(PQexec(hung, "COMMIT"));
    assert_int_equal(PQstatus(hung), CONNECTION_BAD);
    PQfinish(hung);
    stop(one);
}

static int set_up(void **state)
{
    (void)state;
    log_set_level(LOG_LEVEL_ERROR);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_leads_hears_and_ticks),
        cmocka_unit_test(a_disabled_account_is_notified),
        cmocka_unit_test(a_second_instance_waits_for_the_first),
        cmocka_unit_test(a_waiting_instance_can_be_stopped),
        cmocka_unit_test(a_short_loss_keeps_the_epoch),
        cmocka_unit_test(an_epoch_taken_in_between_is_noticed),
        cmocka_unit_test(a_crmd_that_hangs_in_its_work_is_passed_by),
    };
    return cmocka_run_group_tests(tests, set_up, NULL);
}
