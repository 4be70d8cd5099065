/*
 * pidproof: is process N still exactly the daemon that was recorded?
 *
 * A program writes down a *record* of a daemon. Later, whoever holds the record
 * asks pidproof_verify(): yes gives a *handle* bound to that very process, no
 * gives a *reason*. "Could not check" is never "same".
 *
 *     pidproof_record *record;
 *     pidproof_handle *daemon;
 *     pidproof_error error = {0};
 *
 *     if (pidproof_record_read("/run/daemon.id", &record, &error) ||
 *         pidproof_verify(NULL, record, &daemon, &error)) {
 *         char text[256];
 *         fprintf(stderr, "%s\n", pidproof_error_format(&error, text, sizeof text));
 *         pidproof_error_clear(&error);
 *     }
 *
 * Conventions, true of every function unless it says otherwise:
 *   - What can fail returns a pidproof_reason: PIDPROOF_OK (0) or why not.
 *   - Outputs come last, are written only on success and are left untouched on
 *     failure. `error` may be NULL; what it pointed to before is released.
 *   - A pointer written through `*_ret` is the caller's, who frees it with the
 *     function named there. Every free, close and clear function takes NULL.
 *   - Text is NUL-terminated. Paths are bytes on POSIX and UTF-8 on Windows.
 *   - Nothing is printed, no signal disposition is changed, no child is reaped,
 *     no thread is started unless it is asked for, and there is no global state:
 *     different objects may be used from different threads at the same time. Where one
 *     object may be, it says so; a record and an error may not, while one of them is written.
 *   - Any function that returns a reason may run out of descriptors or memory:
 *     PIDPROOF_HANDLE_FAILED, or the reason for content or a record file that cannot be
 *     read. It proves nothing about the process. [LOOK-6]
 *   - A system call that a signal interrupts is made again. No function is
 *     async-signal-safe.
 *   - Clauses in square brackets are those of harness/SPEC.md.
 */
#ifndef PIDPROOF_PIDPROOF_H
#define PIDPROOF_PIDPROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PIDPROOF_VERSION_MAJOR 1
#define PIDPROOF_VERSION_MINOR 0
#define PIDPROOF_VERSION_PATCH 0
#define PIDPROOF_VERSION "1.0.0"

#if defined(_WIN32) && defined(PIDPROOF_SHARED)
#if defined(PIDPROOF_BUILDING)
#define PIDPROOF_API __declspec(dllexport)
#else
#define PIDPROOF_API __declspec(dllimport)
#endif
#elif defined(__GNUC__)
#define PIDPROOF_API __attribute__((visibility("default")))
#else
#define PIDPROOF_API
#endif

#if defined(__GNUC__)
#define PIDPROOF_MUST_CHECK __attribute__((warn_unused_result))
#elif defined(_MSC_VER)
#define PIDPROOF_MUST_CHECK _Check_return_
#else
#define PIDPROOF_MUST_CHECK
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Reasons ------------------------------------------------------------ */

/* What a caller acts on. [SPEC 1] */
typedef enum pidproof_class {
    PIDPROOF_CLASS_NONE = 0,     /* no error */
    PIDPROOF_CLASS_INVALID,      /* the question itself was wrong */
    PIDPROOF_CLASS_DIFFERENT,    /* something lives there, and it is not the daemon */
    PIDPROOF_CLASS_GONE,         /* nothing lives there */
    PIDPROOF_CLASS_UNVERIFIABLE, /* could not be checked: neither same nor gone */
    PIDPROOF_CLASS_UNSUPPORTED,  /* this system has no such operation */
} pidproof_class;

/*
 * Every reason: enumerator, name as the protocol writes it, class. The last one is
 * no verdict: it comes from record files, and pidproof_verify() never returns it.
 */
#define PIDPROOF_REASONS(X)                                                                \
    X(PIDPROOF_OK, "ok", PIDPROOF_CLASS_NONE)                                              \
    X(PIDPROOF_INVALID_RECORD, "invalid_record", PIDPROOF_CLASS_INVALID)                   \
    X(PIDPROOF_INVALID_PID, "invalid_pid", PIDPROOF_CLASS_INVALID)                         \
    X(PIDPROOF_BOOT_ID_MISMATCH, "boot_id_mismatch", PIDPROOF_CLASS_DIFFERENT)             \
    X(PIDPROOF_BOOT_ID_UNAVAILABLE, "boot_id_unavailable", PIDPROOF_CLASS_UNVERIFIABLE)    \
    X(PIDPROOF_NOT_FOUND, "not_found", PIDPROOF_CLASS_GONE)                                \
    X(PIDPROOF_INSTANCE_MISMATCH, "instance_mismatch", PIDPROOF_CLASS_DIFFERENT)           \
    X(PIDPROOF_EXE_PATH_UNREADABLE, "exe_path_unreadable", PIDPROOF_CLASS_UNVERIFIABLE)    \
    X(PIDPROOF_EXE_PATH_MISMATCH, "exe_path_mismatch", PIDPROOF_CLASS_DIFFERENT)           \
    X(PIDPROOF_EXE_UNHASHABLE, "exe_unhashable", PIDPROOF_CLASS_UNVERIFIABLE)              \
    X(PIDPROOF_EXE_SHA256_MISMATCH, "exe_sha256_mismatch", PIDPROOF_CLASS_DIFFERENT)       \
    X(PIDPROOF_HANDLE_FAILED, "handle_failed", PIDPROOF_CLASS_UNVERIFIABLE)                \
    X(PIDPROOF_TERMINATE_UNSUPPORTED, "terminate_unsupported", PIDPROOF_CLASS_UNSUPPORTED) \
    X(PIDPROOF_RECORD_IO, "record_io", PIDPROOF_CLASS_UNVERIFIABLE)

typedef enum pidproof_reason {
#define PIDPROOF_X(enumerator, name, class_) enumerator,
    PIDPROOF_REASONS(PIDPROOF_X)
#undef PIDPROOF_X
} pidproof_reason;

/* The protocol's name of a reason ("exe_path_mismatch"); "unknown" for a value that is none.
 * Static text. */
PIDPROOF_API const char *pidproof_reason_name(pidproof_reason reason);

/* The class of a reason; PIDPROOF_CLASS_UNVERIFIABLE for a value that is none. */
PIDPROOF_API pidproof_class pidproof_reason_class(pidproof_reason reason);

/* "invalid", "different", "gone", "unverifiable", "unsupported", "none". Static text. */
PIDPROOF_API const char *pidproof_class_name(pidproof_class class_);

/*
 * Why something was refused. Start with `pidproof_error error = {0};`, reuse it
 * as often as you like, and end with pidproof_error_clear(). The text members are
 * owned by the error, any of them may be NULL (also when memory ran out: the
 * reason never depends on it).
 */
typedef struct pidproof_error {
    pidproof_reason reason;
    uint32_t pid;      /* the number in question; 0 where there is none */
    int64_t os_error;  /* errno, or GetLastError() on Windows; 0 where the system said nothing */
    uint64_t line;     /* line of a record file, from 1; 0 where there is none */
    const char *field; /* record field or key at fault; static text */
    const char *why;   /* what was being done or what is wrong with it; static text */
    char *expected;    /* what the record says */
    char *actual;      /* what the system says */
    char *path;        /* the file being looked at */
} pidproof_error;

/* Releases what the error holds and makes it PIDPROOF_OK again. */
PIDPROOF_API void pidproof_error_clear(pidproof_error *error);

/*
 * Writes one line for people ("process not found: 42") into `text`, at most
 * `size` bytes with the NUL, cut on a whole character. Returns `text` ("" for
 * PIDPROOF_OK; a static text where size is 0 or text is NULL).
 */
PIDPROOF_API const char *pidproof_error_format(const pidproof_error *error, char *text,
                                               size_t size);

/* ---- Records ------------------------------------------------------------ */

#define PIDPROOF_SHA256_SIZE 32

/*
 * What was written down about a daemon. Fill one in by hand from text that
 * outlives the call, or get one from capture, parse or read. [SPEC 1, REC]
 */
typedef struct pidproof_record {
    uint32_t pid;         /* in the verifier's PID namespace */
    const char *boot_id;  /* as pidproof_boot_id() gave it; NULL or "": not checked [BOOT-2] */
    const char *exe_path; /* of the running image; absolute [REC-3] */
    uint8_t exe_sha256[PIDPROOF_SHA256_SIZE]; /* of the image's content */
    const char *instance; /* as pidproof_capture() gave it; NULL or "": not checked [INST] */
} pidproof_record;

/* Frees a record that capture, parse or read returned, with its texts; no other. */
PIDPROOF_API void pidproof_record_free(pidproof_record *record);

/*
 * Reads the text form: first line `pidproof-record=1`, then one `key=value` a
 * line (pid, boot_id, exe_path, exe_sha256, instance), every line ended by \n,
 * bytes outside printable ASCII, spaces and `%` percent-encoded (a space is %20).
 * Strict: unknown, repeated or missing keys, stray spaces, signs and leading zeros
 * are PIDPROOF_INVALID_RECORD, with line and field. [REC-3, REC-4]
 * `length` in bytes; `text` need not be NUL-terminated. Free the record with
 * pidproof_record_free().
 */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_record_parse(const char *text,
                                                                       size_t length,
                                                                       pidproof_record **record_ret,
                                                                       pidproof_error *error);

/*
 * Writes the text form. A record that parse() would refuse is PIDPROOF_INVALID_RECORD,
 * with field. `*text_ret` is NUL-terminated and the caller's; free it with
 * pidproof_text_free(). `length_ret` (bytes without the NUL) may be NULL.
 */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_record_format(
    const pidproof_record *record, char **text_ret, size_t *length_ret, pidproof_error *error);

/* parse() of a regular file of at most 1 MiB; PIDPROOF_RECORD_IO, with path and OS error,
 * where it cannot be read. Free the record with pidproof_record_free(). */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_record_read(const char *path,
                                                                      pidproof_record **record_ret,
                                                                      pidproof_error *error);

/*
 * format() into a file, mode 0600, atomically: a new file beside it (PATH.PID-N.new),
 * flushed to disk (fsync), renamed over `path`. After a failure (PIDPROOF_RECORD_IO, with
 * path and OS error) `path` is what it was and nothing is left beside it; when the program
 * is killed meanwhile the new file may be. Several may write one path: the last one stays.
 */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason
pidproof_record_write(const char *path, const pidproof_record *record, pidproof_error *error);

/* Frees text that this library returned. */
PIDPROOF_API void pidproof_text_free(char *text);

/* ---- What the system says ----------------------------------------------- */

/*
 * The identity of this boot as the caller's view of the system gives it
 * (Linux: /proc/sys/kernel/random/boot_id) [BOOT-5]. PIDPROOF_BOOT_ID_UNAVAILABLE where
 * it cannot be read or is empty [BOOT-3]. Free with pidproof_text_free().
 */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_boot_id(char **boot_id_ret,
                                                                  pidproof_error *error);

/*
 * SHA-256 of a regular file, in memory that does not grow with it [HASH-4]: 256 KiB
 * and OpenSSL's own. PIDPROOF_EXE_UNHASHABLE with path and OS error for everything else
 * [HASH-2]; a FIFO or a device is not opened and cannot make it wait [RES-3].
 */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_sha256_file(
    const char *path, uint8_t sha256_ret[PIDPROOF_SHA256_SIZE], pidproof_error *error);

/*
 * Whether a live process has this number now: false for 0, numbers out of range,
 * the gone, zombies and thread ids; true for another user's. [LIVE-8, LOOK-2]
 * The answer is stale as soon as it is there: hold a handle if it matters.
 */
PIDPROOF_API bool pidproof_process_is_alive(uint32_t pid);

/*
 * SIGTERM by number; Windows: PIDPROOF_TERMINATE_UNSUPPORTED. 0, numbers out of
 * range: PIDPROOF_INVALID_PID, nothing is signalled. Gone (also a zombie), a thread id
 * or not permitted: PIDPROOF_HANDLE_FAILED with the OS error (ESRCH, EPERM). Whoever has
 * the number now gets it: signal through a handle if it is to be the daemon.
 * [SIG-1, 3..5, 7]
 */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_terminate(uint32_t pid,
                                                                    pidproof_error *error);

/* Likewise SIGKILL, or TerminateProcess (gone: PIDPROOF_NOT_FOUND). [SIG-2..5, 7] */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_force_kill(uint32_t pid,
                                                                     pidproof_error *error);

/* ---- Verifying ---------------------------------------------------------- */

/*
 * What may be remembered between calls: digests of executables, for as long as
 * the file provably has not changed [HASH-5]. That is proved on Linux 6.8 and newer (but
 * 6.11 and 6.12) for ext2..4, XFS, Btrfs and F2FS; elsewhere each call reads the whole
 * executable. Holds up to three descriptors (Linux: /proc, the boot id, a pidfd of its
 * own) and at most 64 digests. One verifier may be used from several threads at once,
 * and from a forked child, for which nothing is remembered. Wherever one is asked for,
 * NULL works and remembers nothing.
 */
typedef struct pidproof_verifier pidproof_verifier;

/* Free with pidproof_verifier_free(). Fails only for lack of memory (PIDPROOF_HANDLE_FAILED). */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason
pidproof_verifier_new(pidproof_verifier **verifier_ret, pidproof_error *error);

/* Handles that came from it stay valid. */
PIDPROOF_API void pidproof_verifier_free(pidproof_verifier *verifier);

/* Bits of pidproof_handle_evidence(): what was really checked. */
enum {
    PIDPROOF_EVIDENCE_BOOT_ID = 1,
    PIDPROOF_EVIDENCE_EXE_PATH = 2,
    PIDPROOF_EVIDENCE_EXE_SHA256 = 4,
    PIDPROOF_EVIDENCE_INSTANCE = 8,
    PIDPROOF_EVIDENCE_BOUND = 16, /* the handle is the process, not its number [LOOK-7] */
};

/*
 * A process that was verified, and nothing else for ever [ATOM-2]. Any number of
 * threads may use one handle at once; closing it must be the last use. A forked child
 * has it too, but not at the same time as its parent: Linux before 6.19 may tell one that
 * nothing happened while it tells the other that the process has exited.
 */
typedef struct pidproof_handle pidproof_handle;

/*
 * Is process `record->pid` still the daemon of the record? PIDPROOF_OK gives a
 * live handle, to be closed with pidproof_handle_close(). Any reason but
 * PIDPROOF_RECORD_IO and PIDPROOF_TERMINATE_UNSUPPORTED may come back; where several
 * are true, the first in the order of [ORD-1]. Thread-safe, also with one verifier.
 *
 * What it rests on, Linux: pidfd_open (or, by the instance token, open_by_handle_at on
 * pidfs [INST-8]), statx and readlink of /proc/PID/exe, statx of the recorded path, poll;
 * the proof is in verify.c. Where the system has no handle of a process, the handle goes
 * by number, tells a successor of that number from the daemon, and says so in its
 * evidence [LOOK-7].
 *
 * Nothing that the record names is opened for reading, so that no FIFO, device, or file
 * that answers nobody can make it wait; the path is only looked up, and the content read is
 * the running image's [RES-3]. What no system call can look up without waiting are paths
 * into a file system whose server does not answer (NFS, FUSE): there the caller waits as
 * every other program does that looks at such a path. A record from somebody who is not
 * trusted can name such a path if one is mounted: verify it in a process of its own.
 */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_verify(pidproof_verifier *verifier,
                                                                 const pidproof_record *record,
                                                                 pidproof_handle **handle_ret,
                                                                 pidproof_error *error);

/*
 * Writes down a live process that one may look at, oneself included: what comes
 * back is a full record that verified (instance: NULL where the system has no such thing).
 * Free with pidproof_record_free(). Reasons as pidproof_verify() gives them: an executable
 * that no path names any more is PIDPROOF_EXE_PATH_MISMATCH, one that another program
 * keeps replacing gives up after some attempts. Thread-safe, also with one verifier.
 * [capability `capture`]
 */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_capture(pidproof_verifier *verifier,
                                                                  uint32_t pid,
                                                                  pidproof_record **record_ret,
                                                                  pidproof_error *error);

/* ---- Handles ------------------------------------------------------------ */

/* Closes the handle and releases its descriptors; the process is left alone. It must be
 * in no watch any more. */
PIDPROOF_API void pidproof_handle_close(pidproof_handle *handle);

/* The number the record named [LIVE-1]. 0 for NULL. */
PIDPROOF_API uint32_t pidproof_handle_pid(const pidproof_handle *handle);

/* PIDPROOF_EVIDENCE_* bits. 0 for NULL. */
PIDPROOF_API unsigned pidproof_handle_evidence(const pidproof_handle *handle);

/*
 * Whether that very process is alive. Dead is for ever [LIVE-2..6]. A failing
 * system call is PIDPROOF_HANDLE_FAILED, not a death [LIVE-9]. One system call
 * on Linux: epoll_wait for the first thread that asks, whose first call opens the set, and
 * poll, which costs more, for others (bench `liveness/handle`, `baseline/poll_pidfd`).
 */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_handle_is_alive(pidproof_handle *handle,
                                                                          bool *alive_ret,
                                                                          pidproof_error *error);

/*
 * Waits until the process has exited, at most `timeout_ms` milliseconds
 * (0: does not wait; negative: without limit). Never reaps. Passing the limit is
 * PIDPROOF_OK with `*exited_ret` false. A number-based handle [LOOK-7] has nothing to wait for:
 * PIDPROOF_HANDLE_FAILED with ENOSYS; ask pidproof_handle_is_alive().
 * [LIVE-10, capability `wait`]
 */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_handle_wait(pidproof_handle *handle,
                                                                      int64_t timeout_ms,
                                                                      bool *exited_ret,
                                                                      pidproof_error *error);

/*
 * A descriptor for poll, epoll, kqueue or libuv that becomes readable when the
 * process exits (Linux: the pidfd; macOS, BSD: a kqueue). It belongs to the handle:
 * do not close it, do not read from it. -1 where the system has none (Windows,
 * number-based handles).
 */
PIDPROOF_API int pidproof_handle_descriptor(const pidproof_handle *handle);

/*
 * SIGTERM, or SIGKILL / TerminateProcess, to that very process: never to another
 * that got its number [SIG-6, capability `handle-signals`]. Gone:
 * PIDPROOF_HANDLE_FAILED with ESRCH (Windows: PIDPROOF_NOT_FOUND). A number-based
 * handle [LOOK-7] refuses: PIDPROOF_HANDLE_FAILED with ENOSYS.
 */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_handle_terminate(pidproof_handle *handle,
                                                                           pidproof_error *error);
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_handle_force_kill(pidproof_handle *handle,
                                                                            pidproof_error *error);

/* ---- Watching many ------------------------------------------------------ */

/*
 * Many handles, one check: the cost does not grow with their number. Asking a
 * watch costs one system call; a watch that was started keeps itself current in
 * a thread of its own, and asking one watched handle is then an atomic load.
 * All functions but free may be called from several threads at once.
 */
typedef struct pidproof_watch pidproof_watch;
typedef struct pidproof_watched pidproof_watched; /* one handle in a watch */

/*
 * Free with pidproof_watch_free(). Costs two descriptors on Linux, and none for each
 * handle added. PIDPROOF_HANDLE_FAILED, with ENOSYS where the system has nothing to
 * watch with.
 */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_watch_new(pidproof_watch **watch_ret,
                                                                    pidproof_error *error);

/* Stops its thread, forgets every watched handle (which stay open) and frees the watch. */
PIDPROOF_API void pidproof_watch_free(pidproof_watch *watch);

/*
 * Adds a handle, which must stay open until it is removed or the watch is freed.
 * `tag` comes back from pidproof_watch_gone(). `*watched_ret` belongs to the watch.
 * A handle can be in one watch once (EEXIST). Number-based handles [LOOK-7]:
 * PIDPROOF_HANDLE_FAILED with ENOSYS.
 */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_watch_add(pidproof_watch *watch,
                                                                    pidproof_handle *handle,
                                                                    void *tag,
                                                                    pidproof_watched **watched_ret,
                                                                    pidproof_error *error);

/* Takes one handle out and releases `watched`, which must not be used afterwards. */
PIDPROOF_API void pidproof_watch_remove(pidproof_watch *watch, pidproof_watched *watched);

/*
 * The tags of those that have exited and were not reported before: at most
 * `capacity` of them into `tags_ret`, first death first, their number into `*count_ret`.
 * Less than `capacity` means that all others are alive, but for exits that another thread, or
 * the watch's own, is taking in at this moment: the next call has them. Each is reported once,
 * to one of the threads that ask. Never waits for the others while nobody has exited. A failing
 * system call is PIDPROOF_HANDLE_FAILED and loses nobody. [WATCH-1..4]
 */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_watch_gone(pidproof_watch *watch,
                                                                     void **tags_ret,
                                                                     size_t capacity,
                                                                     size_t *count_ret,
                                                                     pidproof_error *error);

/* Starts the thread that keeps the watch current. Calling it again changes nothing,
 * and tells why where that thread gave up. */
PIDPROOF_API PIDPROOF_MUST_CHECK pidproof_reason pidproof_watch_start(pidproof_watch *watch,
                                                                      pidproof_error *error);

/* What a watch knows of one process. GONE is for ever. */
typedef enum pidproof_liveness {
    PIDPROOF_LIVENESS_UNKNOWN = 0, /* the watch's thread failed: ask the handle [LIVE-9] */
    PIDPROOF_LIVENESS_ALIVE,
    PIDPROOF_LIVENESS_GONE,
} pidproof_liveness;

/*
 * What the watch knows of this process: an atomic load, no system call; from any thread,
 * until it is removed. How stale ALIVE can be: in a started watch, the time its thread needs to
 * wake (bench `exit/watch`); otherwise, since the last pidproof_watch_gone().
 */
PIDPROOF_API pidproof_liveness pidproof_watched_liveness(const pidproof_watched *watched);

/* This library's version, "1.0.0". Static text. */
PIDPROOF_API const char *pidproof_version(void);

#ifdef __cplusplus
}
#endif

#endif
