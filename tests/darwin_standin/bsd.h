/* bsd.h: tests of FreeBSD, NetBSD and OpenBSD alike. */
#ifndef BSD_H
#define BSD_H

#include "recorded.h"

void exit_is_latched(void **state);
void the_dead_are_gone(void **state);
void no_instances(void **state);
void reuse_does_not_revive(void **state);
void reuse_at_every_call(void **state);
void signals_arrive(void **state);
void another_layout_is_not_understood(void **state);

/* Each call in turn fails with each error: refused as unverifiable, or made again. `none` is what
 * a look at a number that nobody has fails with; 0: it does not fail. */
void every_call_fails(int none);

/* [BOOT-2..4] Nothing that is bound to a boot is known, captured or verified. */
void no_boot_id(void **state);

#endif
