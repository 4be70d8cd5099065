/*
 * handle.h: what a verifier and a handle are made of. Internal.
 */
#ifndef PIDPROOF_HANDLE_H
#define PIDPROOF_HANDLE_H

#include <stdatomic.h>

#include "digest.h"
#include "os.h"

/* How often to look again at something that changes whenever it is looked at. */
#define ATTEMPTS 8

struct pidproof_verifier {
    os_view *view;
    digest_cache *digests;
};

struct pidproof_handle {
    uint32_t pid;
    unsigned evidence;
    atomic_bool dead; /* death was seen once, and is for ever [LIVE-3] */
    os_process *process;
};

#endif
