/*
 * os.h: the one interface between pidproof and an operating system.
 *
 * verify.c, digest.c, record.c and watch.c decide; a backend only looks. A system
 * implements everything below in one file, os_<system>.c, that CMake picks: no
 * #if in shared code, no OS header outside a backend. What is the same on every
 * POSIX system (files, locks, threads) stands once, in os_unix.c; the section that
 * it covers is marked, and a system that is not POSIX implements that as well.
 *
 * True of every function, unless it says otherwise:
 *   - What can fail returns a pidproof_reason. The reasons a function may return
 *     are listed; no other ever comes back.
 *   - On failure outputs are untouched, nothing stays open, and `failure` (never
 *     NULL) holds the system's error and what was being done. On success `failure`
 *     is untouched.
 *   - A call interrupted by a signal is made again.
 *   - Exhaustion of descriptors or memory is PIDPROOF_HANDLE_FAILED, whatever was
 *     being done, except while content is read: it proves nothing. [LOOK-6]
 *   - "Gone" and "different" are said only where the system proved it. What could not
 *     be seen has a reason of class unverifiable.
 *   - Thread-safe, also on one object; only close and free must be the last use.
 *   - Descriptors are not inherited by children. Nothing is printed, reaped, signalled
 *     or changed, and nothing the arguments name can make a call block. [RES-2, RES-3]
 */
#ifndef PIDPROOF_OS_H
#define PIDPROOF_OS_H

#include "pidproof/pidproof.h"

/* What the system said. */
struct os_failure {
    int64_t code;      /* errno or GetLastError(); 0: it said nothing */
    const char *doing; /* "opening /proc/PID/exe"; static text */
};

/* What the system calls that error ("Permission denied"), cut to `size` bytes with the NUL. */
void os_error_text(int64_t code, char *text, size_t size);

/* An open file: a descriptor on POSIX, a HANDLE on Windows. */
typedef intptr_t os_fd;
#define OS_NO_FD ((os_fd)-1)

/*
 * Which file, and in which state. Two of them are the same file when volume and id
 * are equal; the file was not changed in between when all members are.
 */
struct os_file {
    uint64_t volume;     /* st_dev; volume serial number */
    uint64_t id[2];      /* st_ino, 0; 128-bit file id */
    uint64_t mount;      /* which mount, a number never reused where the system has one; or 0 */
    uint64_t links;      /* names the file has; 0 where unknown */
    uint64_t size;       /* bytes */
    int64_t modified_ns; /* since the system's epoch */
    int64_t changed_ns;  /* last change of content *or* attributes; not settable by users */
    bool regular;
};

/* The running image of a process: the file that the kernel mapped at the last exec. */
struct os_image {
    struct os_file file;
    char *path; /* as the system names it, malloc'ed; NULL: it has none that can be told */
};

/* ---- The verifier's view of the system ---------------------------------- */

/*
 * What a backend may remember between calls, and what costs something to prove once:
 * on Linux a descriptor on a /proc that was proved to belong to the caller's PID
 * namespace. NULL only without memory: a part of the system that is missing shows
 * later, where it is needed.
 */
typedef struct os_view os_view;
os_view *os_view_new(void);
void os_view_free(os_view *view); /* takes NULL */

/* False when what the view remembers is another process's: after fork. */
bool os_view_is_current(const os_view *view);

/* The current boot id, malloc'ed, never empty. BOOT_ID_UNAVAILABLE, HANDLE_FAILED. [BOOT-3..5] */
pidproof_reason os_boot_id(os_view *view, char **boot_id_ret, struct os_failure *failure);

/* ---- Processes ---------------------------------------------------------- */

/* A process, followed as closely as the system can. */
typedef struct os_process os_process;

/* Whether the system can give this number to a process. Never true for 0. [REC-2] */
bool os_pid_is_valid(uint32_t pid);

/*
 * Takes hold of the process that has this (valid) number. Afterwards `process` is
 * that process and never another, whoever gets its number later; only where the
 * system has no such thing it stands for the number: see os_process_is_bound().
 * A process that has exited but was not reaped may be opened.
 * NOT_FOUND: no process has the number, or it is a thread's. [LOOK-1..3]
 * HANDLE_FAILED: it could not be opened, which says nothing about it.
 */
pidproof_reason os_process_open(os_view *view, uint32_t pid, os_process **process_ret,
                                struct os_failure *failure);

/*
 * Likewise by a (valid) token instead of the number: the process that the token names, if it
 * is one of this boot and has the number `pid`; a zombie, too. NULL where there is no such
 * process, or the system cannot reach it so: os_process_open() then tells why. [INST-8]
 */
os_process *os_process_reopen(os_view *view, uint32_t pid, const char *boot_id,
                              const char *instance);
void os_process_close(os_process *process); /* takes NULL */

/* Whether the system itself ties `process` to the process, not to its number. [LOOK-7] */
bool os_process_is_bound(const os_process *process);

/*
 * Whether it has not exited; a zombie has. Where numbers are all there is, another
 * process found under the number counts as exited. `often`: it will be asked again and
 * again, so what makes that cheap may be prepared. HANDLE_FAILED. [LIVE-2..6, LIVE-9]
 */
pidproof_reason os_process_is_alive(os_process *process, bool often, bool *alive_ret,
                                    struct os_failure *failure);

/* Waits until it has exited; timeout_ms < 0: for ever. HANDLE_FAILED; with ENOSYS where it
 * is not bound and so cannot be waited for. [LIVE-10] */
pidproof_reason os_process_wait(os_process *process, int64_t timeout_ms, bool *exited_ret,
                                struct os_failure *failure);

/* Readable once it has exited; belongs to `process`; OS_NO_FD where there is none. */
os_fd os_process_descriptor(const os_process *process);

/*
 * The running image, as the system tells it *at this moment*: verify.c asks before
 * and after, and proves with os_process_is_alive() that the number belonged to
 * `process` all the while. So a look through the number is allowed here.
 * EXE_PATH_UNREADABLE: no permission, kernel thread, not visible, also when the
 * process has exited meanwhile. [EXE-3, EXE-7, LOOK-5, LOOK-8]  HANDLE_FAILED.
 *
 * `recorded`: the path that it will be held against, or NULL. A system that tells which file
 * the image is and no path (OpenBSD) looks whether that leads there; no other needs it.
 */
pidproof_reason os_process_image(os_view *view, os_process *process, const char *recorded,
                                 struct os_image *image_ret, struct os_failure *failure);

/* The same without asking for the path. */
pidproof_reason os_process_image_file(os_view *view, os_process *process, struct os_file *file_ret,
                                      struct os_failure *failure);

/*
 * Opens the content of the running image itself, where the system can; otherwise
 * the file at its path. EXE_UNHASHABLE. [HASH-2, HASH-3]  HANDLE_FAILED.
 */
pidproof_reason os_process_image_open(os_view *view, os_process *process, os_fd *fd_ret,
                                      struct os_failure *failure);

enum os_signal { OS_TERMINATE, OS_KILL };

/* To that very process. HANDLE_FAILED, NOT_FOUND (Windows), TERMINATE_UNSUPPORTED,
 * HANDLE_FAILED with ENOSYS where it is not bound. [SIG-6] */
pidproof_reason os_process_signal(os_process *process, enum os_signal signal,
                                  struct os_failure *failure);

/* By (valid) number, never to a thread id or a group. Reasons as above. [SIG-1..5, 7] */
pidproof_reason os_pid_signal(uint32_t pid, enum os_signal signal, struct os_failure *failure);

/* Whether a live process has this (valid) number now. [LIVE-8] */
bool os_pid_is_alive(uint32_t pid);

/* ---- Instances [INST] --------------------------------------------------- */

/* Whether the text is an instance token that this system could have written. [INST-7] */
bool os_instance_is_valid(const char *instance);

/*
 * The token of a live process: two processes of one boot never get the same, whoever
 * has whose number. Malloc'ed text that names kind and boot; NULL where the system has
 * nothing that is unique. HANDLE_FAILED.
 */
pidproof_reason os_process_instance(os_view *view, os_process *process, const char *boot_id,
                                    char **instance_ret, struct os_failure *failure);

/*
 * Whether a (valid) token names `process`. INSTANCE_MISMATCH: it names another one, or
 * one of another boot; then, and only then, *actual_ret is the token of `process`
 * (malloc'ed, or NULL where there is none to be had). HANDLE_FAILED: it cannot be told.
 */
pidproof_reason os_process_instance_check(os_view *view, os_process *process, const char *boot_id,
                                          const char *instance, char **actual_ret,
                                          struct os_failure *failure);

/* ---- Paths -------------------------------------------------------------- */

bool os_path_is_absolute(const char *path);

/*
 * Whether the path, symbolic links followed, names the image's very file as the caller sees
 * it, and its canonical form is image->path, byte for byte (Windows: by its own rules
 * [EXE-4]; macOS and BSD leave the form out, since it cannot tell one file's names apart);
 * where image->path is NULL, the former only. Both of one and the same look-up.
 * Never opens it for reading.
 * EXE_PATH_MISMATCH: it names none (`failure` tells why) or another (`failure` untouched).
 * EXE_PATH_UNREADABLE: it could not be looked up. HANDLE_FAILED. [EXE-2, 5, 6, 8..10]
 */
pidproof_reason os_path_names(os_view *view, const char *path, const struct os_image *image,
                              struct os_failure *failure);

/* ---- Files, locks, threads: os_unix.c for every POSIX system ------------- */

/* Opens a regular file for reading; anything else (EXE_UNHASHABLE) is refused unopened. [RES-3] */
pidproof_reason os_file_open(const char *path, os_fd *fd_ret, struct os_failure *failure);
void os_file_close(os_fd fd); /* takes OS_NO_FD */

/* Up to `size` bytes at `offset`; *read_ret 0 at the end of the file. EXE_UNHASHABLE. */
pidproof_reason os_file_read(os_fd fd, uint64_t offset, void *buffer, size_t size, size_t *read_ret,
                             struct os_failure *failure);

/*
 * Replaces `path` by a file of this content, mode 0600, in one step and flushed to disk;
 * after a failure `path` is what it was and nothing is left beside it. RECORD_IO.
 */
pidproof_reason os_file_replace(const char *path, const char *content, size_t length,
                                struct os_failure *failure);

/* A lock, for short. NULL without memory. */
typedef struct os_lock os_lock;
os_lock *os_lock_new(void);
void os_lock_free(os_lock *lock); /* takes NULL */
void os_lock_take(os_lock *lock);
void os_lock_release(os_lock *lock);

/* A thread that runs `body(argument)`, with every signal blocked. HANDLE_FAILED. */
typedef struct os_thread os_thread;
pidproof_reason os_thread_start(void (*body)(void *), void *argument, os_thread **thread_ret,
                                struct os_failure *failure);
void os_thread_join(os_thread *thread); /* also frees it; takes NULL */

/* ---- Open files: identity [HASH-5] ---------------------------------------- */

/* Which file is open. EXE_UNHASHABLE, HANDLE_FAILED. */
pidproof_reason os_file_stat(os_fd fd, struct os_file *file_ret, struct os_failure *failure);

/*
 * Whether every later change of the open file's content will show in `file` (what
 * os_file_stat() said of it): its file system keeps times and identities, and its
 * last change lies far enough back for the next one to differ. False when in doubt.
 */
bool os_file_is_settled(os_fd fd, const struct os_file *file);

/* ---- Many processes, one question --------------------------------------- */

/* A set of (bound) processes. HANDLE_FAILED, with ENOSYS where the system has no such thing:
 * then nothing below is ever called. */
typedef struct os_watch os_watch;
pidproof_reason os_watch_new(os_watch **watch_ret, struct os_failure *failure);
void os_watch_free(os_watch *watch); /* takes NULL */

/* HANDLE_FAILED, with ENOSYS where `process` is not bound. `key` is never NULL. */
pidproof_reason os_watch_add(os_watch *watch, os_process *process, void *key,
                             struct os_failure *failure);
void os_watch_remove(os_watch *watch, os_process *process);

/*
 * The keys of those that have exited, at most `capacity` (> 0) of them, the same ones
 * again until they are removed. Waits when `wait` is true, until there is one or
 * os_watch_wake() was called: then *count_ret may be 0. HANDLE_FAILED.
 */
pidproof_reason os_watch_collect(os_watch *watch, bool wait, void **keys_ret, size_t capacity,
                                 size_t *count_ret, struct os_failure *failure);

/* Ends the waiting os_watch_collect(), and every later one, at once and for good. */
void os_watch_wake(os_watch *watch);

#endif
