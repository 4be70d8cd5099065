/*
 * os_no_instance.c: instances on systems that have nothing which is unique to a process.
 */
#include "os.h"

#include <errno.h>
#include <stddef.h>

bool os_instance_is_valid(const char *instance)
{
    (void)instance;
    return false;
}

pidproof_reason os_process_instance(os_view *view, os_process *process, const char *boot_id,
                                    char **instance_ret, struct os_failure *failure)
{
    (void)view;
    (void)process;
    (void)boot_id;
    (void)failure;
    *instance_ret = NULL; /* there is nothing that is unique */
    return PIDPROOF_OK;
}

pidproof_reason os_process_instance_check(os_view *view, os_process *process, const char *boot_id,
                                          const char *instance, char **actual_ret,
                                          struct os_failure *failure)
{
    (void)view;
    (void)process;
    (void)boot_id;
    (void)instance;
    (void)actual_ret;
    *failure = (struct os_failure){.code = ENOSYS, .doing = "asking which instance it is"};
    return PIDPROOF_HANDLE_FAILED; /* never called: no token is valid */
}
