/*
 * os_no_boot_id.c: systems that tell boots apart by nothing. [BOOT-3]
 */
#include "os.h"

#include <errno.h>

/* NetBSD and OpenBSD have only kern.boottime, and it moves with the clock. So what recorded a boot
 * cannot be verified here; a record without one can. [BOOT-2] */
pidproof_reason os_boot_id(os_view *view, char **boot_id_ret, struct os_failure *failure)
{
    (void)view;
    (void)boot_id_ret;
    *failure = (struct os_failure){.code = ENOSYS, .doing = "asking for a boot id"};
    return PIDPROOF_BOOT_ID_UNAVAILABLE;
}
