/*
 * test_kernel_thread.c: a kernel thread has no image. Skipped where none can be seen. [EXE-3]
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

static void a_kernel_thread_is_unreadable(void **state)
{
    (void)state;
    pidproof_record record = {.pid = 2, .exe_path = "/sbin/init"};
    refuse_it(NULL, &record, PIDPROOF_EXE_PATH_UNREADABLE);
    assert_true(pidproof_process_is_alive(2));
}

int main(void)
{
    char name[32] = "";
    FILE *comm = fopen("/proc/2/comm", "r");
    if (comm) {
        name[fread(name, 1, sizeof name - 1, comm)] = '\0';
        fclose(comm);
    }
    if (strcmp(name, "kthreadd\n") != 0)
        return 77;
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_kernel_thread_is_unreadable)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
