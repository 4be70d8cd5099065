/*
 * The explorer's world: one number, the processes that have it one after the other, and
 * the file at the recorded path. Pure: what is true after each action, and what a
 * verifier that looks at everything in one instant may then answer. The launcher makes
 * the actions real and witnesses each (explore_lab.c); the judge compares.
 */
#ifndef PIDPROOF_EXPLORE_WORLD_H
#define PIDPROOF_EXPLORE_WORLD_H

#include <stdbool.h>
#include <stddef.h>

/* The files there are. Those named NEW exist to be put over the recorded path. */
enum file {
    FILE_NONE = 0,
    FILE_RECORDED,  /* what the daemon of the record was started from */
    FILE_COPY,      /* the same bytes elsewhere */
    FILE_OTHER,     /* other bytes elsewhere */
    FILE_NEW_COPY,  /* the same bytes */
    FILE_NEW_OTHER, /* other bytes */
    FILE_MOVED,     /* no further file: where the recorded one stands after MOVE */
    FILE_COUNT,
};

enum boot { BOOT_SAME = 0, BOOT_OTHER, BOOT_UNREADABLE };

/* What is true at one instant. */
struct situation {
    enum boot boot;
    unsigned holder; /* who has the number: 1 the daemon, 2, 3, … later processes, 0 nobody */
    unsigned born;   /* how many processes there have been */
    bool zombie;     /* the holder is dead and not reaped */
    bool stopped;
    bool main_exited;  /* its main thread is dead, another one lives */
    bool undumpable;   /* nobody without privileges may look at its image */
    bool hidden;       /* it sees another file system than the verifier */
    enum file image;   /* what the holder runs */
    enum file at_path; /* what the recorded path leads to */
    enum file closed;  /* a file that nobody may read */
    enum file moved;   /* the file that stands under another name */
    bool covered;      /* something is mounted over the recorded path */
    bool by_link;      /* the recorded path is a symbolic link */
    bool with_token;   /* the record names the instance too */
};

enum action {
    ACTION_END = 0, /* ends a list of actions */
    KILL,
    KILL_UNREAPED,
    REAP,
    TAKE_OTHER, /* a new process with that number, from the file of other bytes */
    TAKE_COPY,
    TAKE_PATH, /* from whatever stands at the recorded path */
    EXEC_OTHER,
    EXEC_COPY,
    EXEC_PATH,
    EXEC_OTHER_BY_THREAD,
    EXEC_HIDDEN, /* other bytes, from the recorded path as only that process sees it */
    STOP,
    EXIT_MAIN,
    MAKE_UNDUMPABLE,
    RENAME_OTHER, /* rename(2) of a file over the recorded path */
    RENAME_COPY,
    UNLINK,
    MOVE,
    BIND_OTHER, /* a bind mount over the recorded path */
    BIND_COPY,
    POINT_OTHER, /* the symbolic link now leads to the file of other bytes */
    CLOSE_FILE,  /* chmod 0 */
    BOOT_CHANGE,
    BOOT_RESTORE,
    BOOT_HIDE,
    ACTION_COUNT,
};

#define ACTIONS_MAX 6

/* How a world starts: the daemon runs, is recorded, then this happens. */
struct start {
    const char *name;
    const char *text;
    bool by_link, with_token;
    enum action actions[ACTIONS_MAX];
};

/* What is changed at one stop, all of it while the verifier stands still. */
struct change {
    const char *name;
    const char *text;
    enum action actions[ACTIONS_MAX];
};

const struct start *starts(size_t *count_ret);
const struct change *changes(size_t *count_ret);
const struct start *start_by_name(const char *name);   /* NULL: there is none */
const struct change *change_by_name(const char *name); /* NULL: there is none */

/* The daemon runs from its path, and nothing else has happened. */
struct situation situation_first(const struct start *start);

/* Whether this action can be made there. */
bool situation_permits(const struct situation *situation, enum action action);

/* Whether all of them can, one after the other, and the first has something to change. */
bool situation_permits_all(struct situation situation, const enum action *actions);

void situation_apply(struct situation *situation, enum action action);

/* Whether a process lives at the number. */
bool situation_alive(const struct situation *situation);

/* The file that an action needs beside the recorded one; FILE_NONE. */
enum file action_file(enum action action);

/*
 * Whether looks at several of these instants could add up to everything the record says,
 * though at none of them all of it may be true. Where not, no race can end in an
 * acceptance: a field is untrue at every instant, and only the reason can be a wrong one.
 */
bool situations_add_up(const struct situation *instants, size_t count);

/* ---- What may be answered ------------------------------------------------ */

/* A set of answers: one bit for acceptance, one for each reason. */
typedef unsigned answers;

#define ANSWERS(X)                                \
    X(ACCEPTED, "accepted")                       \
    X(INVALID_RECORD, "invalid_record")           \
    X(INVALID_PID, "invalid_pid")                 \
    X(BOOT_ID_MISMATCH, "boot_id_mismatch")       \
    X(BOOT_ID_UNAVAILABLE, "boot_id_unavailable") \
    X(NOT_FOUND, "not_found")                     \
    X(INSTANCE_MISMATCH, "instance_mismatch")     \
    X(EXE_PATH_UNREADABLE, "exe_path_unreadable") \
    X(EXE_PATH_MISMATCH, "exe_path_mismatch")     \
    X(EXE_UNHASHABLE, "exe_unhashable")           \
    X(EXE_SHA256_MISMATCH, "exe_sha256_mismatch") \
    X(HANDLE_FAILED, "handle_failed")

enum answer_index {
#define X(symbol, name) INDEX_##symbol,
    ANSWERS(X)
#undef X
        ANSWER_COUNT,
};

enum {
#define X(symbol, name) ANSWER_##symbol = 1 << INDEX_##symbol,
    ANSWERS(X)
#undef X
    /* "Could not check": neither same nor different nor gone. */
    ANSWER_UNVERIFIABLE = ANSWER_BOOT_ID_UNAVAILABLE | ANSWER_EXE_PATH_UNREADABLE |
                          ANSWER_EXE_UNHASHABLE | ANSWER_HANDLE_FAILED,
};

/* The answer of this name alone; 0 where there is none. */
answers answer_by_name(const char *name);

/* The name of the lowest answer in the set; NULL for the empty one. Static text. */
const char *answer_name(answers set);

/* What a verifier that sees exactly this may answer. [SPEC 3..9, ORD-1] */
answers situation_answers(const struct situation *situation);

/*
 * What such a verifier may answer where one call failed with this error, which would
 * speak about that (SUBJECT_*): beside what is true, that it could not check, and what
 * the error itself says. [ATOM-4]
 */
answers situation_answers_failing(const struct situation *situation, const char *error,
                                  int subject);

#endif
