/*
 * os_windows_watch.c: locks, threads, and many processes at once on Windows.
 *
 * A wait takes at most 64 handles. A look at all of them therefore goes in steps of 64.
 * Only waiting without end needs more: then the system's thread pool waits for every
 * process and sets one event. These waits are registered by the first os_watch_collect()
 * that waits, so that a watch that is only looked at starts no thread.
 */
#include "os_windows.h"

#include <process.h>
#include <stdlib.h>

/* ---- Locks and threads -------------------------------------------------- */

struct os_lock {
    SRWLOCK lock;
};

os_lock *os_lock_new(void)
{
    os_lock *lock = malloc(sizeof *lock);
    if (lock)
        InitializeSRWLock(&lock->lock);
    return lock;
}

void os_lock_free(os_lock *lock)
{
    free(lock);
}

void os_lock_take(os_lock *lock)
{
    AcquireSRWLockExclusive(&lock->lock);
}

void os_lock_release(os_lock *lock)
{
    ReleaseSRWLockExclusive(&lock->lock);
}

struct os_thread {
    HANDLE handle;
    void (*body)(void *);
    void *argument;
};

static unsigned __stdcall thread_main(void *argument)
{
    os_thread *thread = argument;
    thread->body(thread->argument);
    return 0;
}

pidproof_reason os_thread_start(void (*body)(void *), void *argument, os_thread **thread_ret,
                                struct os_failure *failure)
{
    os_thread *thread = malloc(sizeof *thread);
    if (!thread)
        return os_no_memory(failure);
    thread->body = body;
    thread->argument = argument;
    thread->handle = (HANDLE)_beginthreadex(NULL, 0, thread_main, thread, 0, NULL);
    if (!thread->handle) {
        free(thread);
        return os_failed(PIDPROOF_HANDLE_FAILED, GetLastError(), "starting a thread", failure);
    }
    *thread_ret = thread;
    return PIDPROOF_OK;
}

void os_thread_join(os_thread *thread)
{
    if (!thread)
        return;
    WaitForSingleObject(thread->handle, INFINITE);
    CloseHandle(thread->handle);
    free(thread);
}

/* ---- Many processes ----------------------------------------------------- */

struct entry {
    os_process *process;
    void *key;
    HANDLE wait; /* registered with the thread pool; NULL: not yet */
};

struct os_watch {
    SRWLOCK lock; /* for what follows up to `waiting`; the thread pool never takes it */
    struct entry *entries;
    size_t count;
    size_t room;
    bool waiting;   /* somebody waits or has waited: every entry is registered */
    HANDLE changed; /* set once by each process that exits */
    HANDLE woken;   /* set for good by os_watch_wake() */
};

pidproof_reason os_watch_new(os_watch **watch_ret, struct os_failure *failure)
{
    os_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return os_no_memory(failure);
    InitializeSRWLock(&watch->lock);
    watch->changed = CreateEventW(NULL, FALSE, FALSE, NULL);
    watch->woken = CreateEventW(NULL, TRUE, FALSE, NULL);
    if (!watch->changed || !watch->woken) {
        DWORD code = GetLastError();
        os_watch_free(watch);
        return os_failed(PIDPROOF_HANDLE_FAILED, code, "creating an event", failure);
    }
    *watch_ret = watch;
    return PIDPROOF_OK;
}

static void CALLBACK process_exited(void *argument, BOOLEAN timed_out)
{
    (void)timed_out; /* it waits for ever */
    os_watch *watch = argument;
    SetEvent(watch->changed);
}

/* Runs in the thread that waits: setting an event is all it does. */
static pidproof_reason register_entry(os_watch *watch, struct entry *entry,
                                      struct os_failure *failure)
{
    if (entry->wait)
        return PIDPROOF_OK;
    if (RegisterWaitForSingleObject(&entry->wait, entry->process->handle, process_exited, watch,
                                    INFINITE, WT_EXECUTEINWAITTHREAD | WT_EXECUTEONLYONCE))
        return PIDPROOF_OK;
    entry->wait = NULL;
    return os_failed(PIDPROOF_HANDLE_FAILED, GetLastError(), "waiting for the process", failure);
}

/* Returns when no callback of it runs any more. */
static void unregister_entry(struct entry *entry)
{
    if (entry->wait)
        UnregisterWaitEx(entry->wait, INVALID_HANDLE_VALUE);
}

void os_watch_free(os_watch *watch)
{
    if (!watch)
        return;
    for (size_t i = 0; i < watch->count; i++)
        unregister_entry(&watch->entries[i]);
    free(watch->entries);
    if (watch->changed)
        CloseHandle(watch->changed);
    if (watch->woken)
        CloseHandle(watch->woken);
    free(watch);
}

/* With the lock held. */
static pidproof_reason add_entry(os_watch *watch, struct entry entry, struct os_failure *failure)
{
    if (watch->count == watch->room) {
        size_t room = watch->room ? 2 * watch->room : 16;
        struct entry *entries = realloc(watch->entries, room * sizeof *entries);
        if (!entries)
            return os_no_memory(failure);
        watch->entries = entries;
        watch->room = room;
    }
    if (watch->waiting) {
        pidproof_reason reason = register_entry(watch, &entry, failure);
        if (reason)
            return reason;
    }
    watch->entries[watch->count++] = entry;
    return PIDPROOF_OK;
}

pidproof_reason os_watch_add(os_watch *watch, os_process *process, void *key,
                             struct os_failure *failure)
{
    AcquireSRWLockExclusive(&watch->lock);
    pidproof_reason reason =
        add_entry(watch, (struct entry){.process = process, .key = key}, failure);
    ReleaseSRWLockExclusive(&watch->lock);
    return reason;
}

void os_watch_remove(os_watch *watch, os_process *process)
{
    AcquireSRWLockExclusive(&watch->lock);
    for (size_t i = 0; i < watch->count; i++) {
        if (watch->entries[i].process != process)
            continue;
        unregister_entry(&watch->entries[i]);
        watch->entries[i] = watch->entries[--watch->count];
        break;
    }
    ReleaseSRWLockExclusive(&watch->lock);
}

/* With the lock held: those that have exited, asked of every process itself. */
static pidproof_reason look_at_all(const os_watch *watch, void **keys_ret, size_t capacity,
                                   size_t *count_ret, struct os_failure *failure)
{
    size_t found = 0, next = 0;
    while (next < watch->count && found < capacity) {
        HANDLE handles[MAXIMUM_WAIT_OBJECTS];
        size_t left = watch->count - next;
        DWORD step = left < MAXIMUM_WAIT_OBJECTS ? (DWORD)left : MAXIMUM_WAIT_OBJECTS;
        for (DWORD i = 0; i < step; i++)
            handles[i] = watch->entries[next + i].process->handle;
        DWORD first = WaitForMultipleObjects(step, handles, FALSE, 0);
        if (first == WAIT_TIMEOUT) {
            next += step;
        } else if (first < WAIT_OBJECT_0 + step) {
            next += first - WAIT_OBJECT_0;
            keys_ret[found++] = watch->entries[next++].key;
        } else {
            return os_failed(PIDPROOF_HANDLE_FAILED, GetLastError(), "looking at many processes",
                             failure);
        }
    }
    *count_ret = found;
    return PIDPROOF_OK;
}

/* One look. Where nothing has exited and somebody will wait, every entry is registered. */
static pidproof_reason look(os_watch *watch, bool wait, void **keys_ret, size_t capacity,
                            size_t *count_ret, struct os_failure *failure)
{
    AcquireSRWLockExclusive(&watch->lock);
    pidproof_reason reason = look_at_all(watch, keys_ret, capacity, count_ret, failure);
    for (size_t i = 0; wait && !watch->waiting && !reason && i < watch->count; i++)
        reason = register_entry(watch, &watch->entries[i], failure);
    if (wait && !reason)
        watch->waiting = true;
    ReleaseSRWLockExclusive(&watch->lock);
    return reason;
}

pidproof_reason os_watch_collect(os_watch *watch, bool wait, void **keys_ret, size_t capacity,
                                 size_t *count_ret, struct os_failure *failure)
{
    for (;;) {
        size_t count;
        pidproof_reason reason = look(watch, wait, keys_ret, capacity, &count, failure);
        if (reason)
            return reason;
        if (count > 0 || !wait) {
            *count_ret = count;
            return PIDPROOF_OK;
        }
        HANDLE events[] = {watch->woken, watch->changed};
        switch (WaitForMultipleObjects(2, events, FALSE, INFINITE)) {
        case WAIT_OBJECT_0:
            *count_ret = 0;
            return PIDPROOF_OK;
        case WAIT_OBJECT_0 + 1:
            break;
        default:
            return os_failed(PIDPROOF_HANDLE_FAILED, GetLastError(), "waiting for many processes",
                             failure);
        }
    }
}

void os_watch_wake(os_watch *watch)
{
    SetEvent(watch->woken);
}
