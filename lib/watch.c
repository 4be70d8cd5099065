/*
 * watch.c: many handles, one question. The backend's set tells who exited; this file keeps
 * what is known of each, reports each once, and may keep itself current in a thread.
 */
#include <stdlib.h>

#include "handle.h"
#include "status.h"

struct pidproof_watched {
    pidproof_handle *handle;
    void *tag;
    atomic_int liveness;           /* a pidproof_liveness; written under the lock */
    pidproof_watched *prev, *next; /* among all of the watch */
    pidproof_watched *next_gone;   /* among those still to be reported */
};

struct pidproof_watch {
    os_watch *set;
    os_lock *lock; /* over everything below, and over liveness of everybody */
    pidproof_watched *all;
    pidproof_watched *gone, **gone_end; /* to be reported, first death first */
    atomic_size_t unreported;           /* how many these are; written under the lock */
    os_thread *thread;                  /* NULL: nobody keeps it current */
    atomic_bool stop;
    pidproof_error failed; /* why the thread gave up; reason OK while it has not */
};

pidproof_reason pidproof_watch_new(pidproof_watch **watch_ret, pidproof_error *error)
{
    struct os_failure failure;
    pidproof_watch *watch = calloc(1, sizeof *watch);
    if (watch)
        watch->lock = os_lock_new();
    if (!watch || !watch->lock) {
        free(watch);
        return error_set_memory(error, 0);
    }
    pidproof_reason reason = os_watch_new(&watch->set, &failure);
    if (reason) {
        os_lock_free(watch->lock);
        free(watch);
        return error_set_os(error, reason, 0, &failure);
    }
    watch->gone_end = &watch->gone;
    *watch_ret = watch;
    return PIDPROOF_OK;
}

void pidproof_watch_free(pidproof_watch *watch)
{
    if (!watch)
        return;
    if (watch->thread) {
        atomic_store(&watch->stop, true);
        os_watch_wake(watch->set);
        os_thread_join(watch->thread);
    }
    os_watch_free(watch->set);
    while (watch->all) {
        pidproof_watched *next = watch->all->next;
        free(watch->all);
        watch->all = next;
    }
    os_lock_free(watch->lock);
    free(watch);
}

pidproof_reason pidproof_watch_add(pidproof_watch *watch, pidproof_handle *handle, void *tag,
                                   pidproof_watched **watched_ret, pidproof_error *error)
{
    struct os_failure failure;
    pidproof_watched *watched = calloc(1, sizeof *watched);
    if (!watched)
        return error_set_memory(error, handle->pid);
    watched->handle = handle;
    watched->tag = tag;
    os_lock_take(watch->lock);
    atomic_init(&watched->liveness,
                watch->failed.reason ? PIDPROOF_LIVENESS_UNKNOWN : PIDPROOF_LIVENESS_ALIVE);
    pidproof_reason reason = os_watch_add(watch->set, handle->process, watched, &failure);
    if (!reason) {
        watched->next = watch->all;
        if (watch->all)
            watch->all->prev = watched;
        watch->all = watched;
    }
    os_lock_release(watch->lock);
    if (reason) {
        free(watched);
        return error_set_os(error, reason, handle->pid, &failure);
    }
    *watched_ret = watched;
    return PIDPROOF_OK;
}

void pidproof_watch_remove(pidproof_watch *watch, pidproof_watched *watched)
{
    os_lock_take(watch->lock);
    if (atomic_load(&watched->liveness) != PIDPROOF_LIVENESS_GONE)
        os_watch_remove(watch->set, watched->handle->process);
    for (pidproof_watched **link = &watch->gone; *link; link = &(*link)->next_gone)
        if (*link == watched) {
            *link = watched->next_gone;
            if (!*link)
                watch->gone_end = link;
            watch->unreported--;
            break;
        }
    if (watched->prev)
        watched->prev->next = watched->next;
    else
        watch->all = watched->next;
    if (watched->next)
        watched->next->prev = watched->prev;
    os_lock_release(watch->lock);
    free(watched);
}

/* Marks those that exited and takes them out of the set, last, so that who looks without the
 * lock finds them in one of both. With the lock held, so that nobody is removed between the
 * set's answer and the mark. */
static pidproof_reason collect(pidproof_watch *watch, struct os_failure *failure)
{
    void *keys[64];
    size_t count, news;
    do {
        news = 0;
        pidproof_reason reason =
            os_watch_collect(watch->set, false, keys, sizeof keys / sizeof *keys, &count, failure);
        if (reason)
            return reason;
        for (size_t i = 0; i < count; i++) {
            pidproof_watched *watched = keys[i];
            if (atomic_load(&watched->liveness) == PIDPROOF_LIVENESS_GONE)
                continue; /* it would not be taken out */
            news++;
            atomic_store_explicit(&watched->liveness, PIDPROOF_LIVENESS_GONE, memory_order_release);
            atomic_store_explicit(&watched->handle->dead, true, memory_order_relaxed);
            watched->next_gone = NULL;
            *watch->gone_end = watched;
            watch->gone_end = &watched->next_gone;
            watch->unreported++;
            os_watch_remove(watch->set, watched->handle->process);
        }
    } while (news > 0);
    return PIDPROOF_OK;
}

/* Moves those that exited into `tags_ret`. */
static pidproof_reason report(pidproof_watch *watch, void **tags_ret, size_t capacity,
                              size_t *count_ret, struct os_failure *failure)
{
    size_t count = 0;
    os_lock_take(watch->lock);
    pidproof_reason reason = collect(watch, failure);
    if (!reason) {
        for (; watch->gone && count < capacity; count++) {
            tags_ret[count] = watch->gone->tag;
            watch->gone = watch->gone->next_gone;
        }
        if (!watch->gone)
            watch->gone_end = &watch->gone;
        watch->unreported -= count;
        *count_ret = count;
    }
    os_lock_release(watch->lock);
    return reason;
}

pidproof_reason pidproof_watch_gone(pidproof_watch *watch, void **tags_ret, size_t capacity,
                                    size_t *count_ret, pidproof_error *error)
{
    /* Mostly nobody has exited. That is seen without the lock, so that nobody pays for it or
     * waits for another thread; whose key came back does not matter. */
    struct os_failure failure;
    void *somebody;
    size_t count;
    pidproof_reason reason = os_watch_collect(watch->set, false, &somebody, 1, &count, &failure);
    if (!reason && (count > 0 || watch->unreported > 0))
        reason = report(watch, tags_ret, capacity, &count, &failure);
    if (reason)
        return error_set_os(error, reason, 0, &failure);
    *count_ret = count;
    return PIDPROOF_OK;
}

/* ---- Keeping itself current --------------------------------------------- */

/* Waits outside the lock; what woke it may have been removed since, so it is asked again
 * under the lock. */
static void keep_current(void *argument)
{
    pidproof_watch *watch = argument;
    struct os_failure failure;
    pidproof_reason reason = PIDPROOF_OK;
    while (!reason && !atomic_load(&watch->stop)) {
        void *key;
        size_t count;
        reason = os_watch_collect(watch->set, true, &key, 1, &count, &failure);
        os_lock_take(watch->lock);
        if (!reason)
            reason = collect(watch, &failure);
        if (reason) {
            /* Nobody keeps it current any more: alive is not known of anybody. [LIVE-9] */
            error_set_os(&watch->failed, reason, 0, &failure);
            for (pidproof_watched *each = watch->all; each; each = each->next)
                if (atomic_load(&each->liveness) == PIDPROOF_LIVENESS_ALIVE)
                    atomic_store(&each->liveness, PIDPROOF_LIVENESS_UNKNOWN);
        }
        os_lock_release(watch->lock);
    }
}

pidproof_reason pidproof_watch_start(pidproof_watch *watch, pidproof_error *error)
{
    struct os_failure failure;
    os_lock_take(watch->lock);
    if (watch->failed.reason) {
        pidproof_reason gave_up = error_set(error, &watch->failed);
        os_lock_release(watch->lock);
        return gave_up;
    }
    pidproof_reason reason = watch->thread
                                 ? PIDPROOF_OK
                                 : os_thread_start(keep_current, watch, &watch->thread, &failure);
    os_lock_release(watch->lock);
    return reason ? error_set_os(error, reason, 0, &failure) : PIDPROOF_OK;
}

pidproof_liveness pidproof_watched_liveness(const pidproof_watched *watched)
{
    return (pidproof_liveness)atomic_load_explicit(&watched->liveness, memory_order_acquire);
}
