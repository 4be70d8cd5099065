/*
 * sandbox_linux.c: what is inside, and that nothing of it outlives any of its processes.
 * Without namespaces the executable ends with 77: one capability, one executable.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

#define PATIENT 20

static uv_loop_t loop;
static int watched; /* reads end of file when nothing in the sandbox lives */

static struct peer *start(void)
{
    char *args[] = {IN_SANDBOX, NULL};
    int held[2];
    struct peer *peer = NULL;
    char *message = NULL;

    assert_int_equal(uv_pipe(held, 0, 0), 0);
    assert_true(peer_start(
        &loop, &(struct peer_options){.args = args, .descriptors = &held[1], .descriptor_count = 1},
        &peer, &message));
    close(held[1]);
    watched = held[0];
    return peer;
}

static json_t *look(struct peer *peer)
{
    json_t *reply = NULL;
    char *message = NULL;

    if (peer_ask(peer, "{}", PATIENT, &reply, &message) != PEER_OK)
        fail_msg("%s", message);
    return reply;
}

static void assert_all_gone(void)
{
    struct pollfd end = {.fd = watched, .events = POLLIN};
    char byte;

    int ready;
    while ((ready = poll(&end, 1, PATIENT * 1000)) < 0 && errno == EINTR)
        continue;
    assert_int_equal(ready, 1);
    assert_int_equal(read(watched, &byte, 1), 0);
    close(watched);
}

static void it_is_process_1_with_its_own_files(void **state)
{
    (void)state;
    char *path = NULL;

    for (int run = 0; run < 2; run++) { /* the second finds nothing of the first */
        struct peer *peer = start();
        json_t *seen = look(peer);
        assert_int_equal(json_integer_value(json_object_get(seen, "pid")), 1);
        assert_int_equal(json_integer_value(json_object_get(seen, "uid")), 0);
        assert_true(json_is_true(json_object_get(seen, "proc")));
        assert_true(json_is_true(json_object_get(seen, "fresh")));
        free(path);
        path = strdup(json_string_value(json_object_get(seen, "path")));
        json_decref(seen);
        seen = look(peer);
        assert_true(json_is_false(json_object_get(seen, "fresh")));
        json_decref(seen);
        peer_end(peer, PATIENT);
        assert_all_gone();
    }
    assert_int_not_equal(access(path, F_OK), 0);
    free(path);
}

static void sigkill_outside_ends_everything(void **state)
{
    (void)state;
    struct peer *peer = start();
    json_decref(look(peer));
    peer_kill(peer);
    assert_all_gone();
    peer_end(peer, PATIENT);
}

int main(void)
{
    uv_loop_init(&loop);
    struct peer *peer = start();
    json_t *first = look(peer);
    const char *why_not = json_string_value(json_object_get(first, "why_not"));
    if (why_not) {
        printf("no sandbox here: %s\n", why_not);
        return 77;
    }
    json_decref(first);
    peer_end(peer, PATIENT);
    close(watched);

    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_process_1_with_its_own_files),
        cmocka_unit_test(sigkill_outside_ends_everything),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return uv_loop_close(&loop) ? 1 : failed;
}
