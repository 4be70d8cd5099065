/* The explorer's world as a model: actions, starts, changes. See explore_world.h. */
#include "explore_world.h"

#include "tracer.h"
#include "vocabulary.h"

#include <string.h>

static const struct start start_table[] = {
    {"daemon", "the daemon of the record runs", false, false, {0}},
    {"daemon-token", "the daemon runs; the record names its instance too", false, true, {0}},
    {"daemon-by-link",
     "the daemon runs; the recorded path is a symbolic link to its file",
     true,
     false,
     {0}},
    {"gone", "the daemon is dead", false, false, {KILL}},
    {"zombie", "the daemon is dead, and nobody has reaped it", false, false, {KILL_UNREAPED}},
    {"stranger", "the number belongs to another program", false, false, {KILL, TAKE_OTHER}},
    {"stranger-token",
     "the number belongs to another program; the record names the instance",
     false,
     true,
     {KILL, TAKE_OTHER}},
    {"copy",
     "the number belongs to a program of the same bytes elsewhere",
     false,
     false,
     {KILL, TAKE_COPY}},
    {"restarted",
     "the number belongs to a new process of the same program; the record names "
     "the instance",
     false,
     true,
     {KILL, TAKE_PATH}},
    {"executed", "the daemon has executed another program", false, false, {EXEC_OTHER}},
    {"good-path-evil-image",
     "the number belongs to a process that runs other bytes from the "
     "recorded path",
     false,
     false,
     {KILL, RENAME_OTHER, TAKE_PATH}},
    {"replaced", "the daemon's file was replaced by a copy of it", false, false, {RENAME_COPY}},
    {"covered", "other bytes are mounted over the recorded path", false, false, {BIND_OTHER}},
    {"hidden",
     "the daemon has executed other bytes from the recorded path, as only its own "
     "mount namespace shows it",
     false,
     false,
     {EXEC_HIDDEN}},
    {"other-boot", "this is another boot than the recorded one", false, false, {BOOT_CHANGE}},
    {"no-boot-id", "the boot id cannot be read", false, false, {BOOT_HIDE}},
    {"other-boot-stranger",
     "another boot, and the number belongs to another program",
     false,
     false,
     {BOOT_CHANGE, KILL, TAKE_OTHER}},
};

static const struct change change_table[] = {
    {"die", "it is killed and reaped", {KILL}},
    {"die-unreaped", "it is killed and not reaped", {KILL_UNREAPED}},
    {"reap", "it is reaped", {REAP}},
    {"reuse-stranger", "it dies, and its number goes to another program", {KILL, TAKE_OTHER}},
    {"reuse-same",
     "it dies, and its number goes to a new process of what stands at the path",
     {KILL, TAKE_PATH}},
    {"reuse-copy",
     "it dies, and its number goes to a program of the same bytes elsewhere",
     {KILL, TAKE_COPY}},
    {"take-stranger", "the number goes to another program", {TAKE_OTHER}},
    {"take-same", "the number goes to a process of what stands at the path", {TAKE_PATH}},
    {"exec-other", "it executes another program", {EXEC_OTHER}},
    {"exec-copy", "it executes a program of the same bytes elsewhere", {EXEC_COPY}},
    {"exec-path", "it executes what stands at the recorded path", {EXEC_PATH}},
    {"exec-back",
     "it executes another program, and then what stands at the recorded path",
     {EXEC_OTHER, EXEC_PATH}},
    {"exec-by-thread", "a thread of it executes another program", {EXEC_OTHER_BY_THREAD}},
    {"stop", "it is stopped", {STOP}},
    {"main-exit", "its main thread exits, another one lives on", {EXIT_MAIN}},
    {"undumpable", "it makes itself undumpable", {MAKE_UNDUMPABLE}},
    {"rename-other", "other bytes are renamed over the recorded path", {RENAME_OTHER}},
    {"rename-copy",
     "a file of the recorded bytes is renamed over the recorded path",
     {RENAME_COPY}},
    {"unlink", "the file at the recorded path is unlinked", {UNLINK}},
    {"move", "the file at the recorded path is moved away", {MOVE}},
    {"bind-other", "other bytes are mounted over the recorded path", {BIND_OTHER}},
    {"bind-copy", "a file of the recorded bytes is mounted over the recorded path", {BIND_COPY}},
    {"repoint", "the symbolic link is pointed to another program", {POINT_OTHER}},
    {"chmod-0", "nobody may read the file any more (mode 0)", {CLOSE_FILE}},
    {"boot-change", "the boot id changes", {BOOT_CHANGE}},
    {"boot-restore", "the boot id becomes the recorded one", {BOOT_RESTORE}},
    {"boot-hide", "the boot id becomes unreadable", {BOOT_HIDE}},
};

const struct start *starts(size_t *count_ret)
{
    *count_ret = sizeof start_table / sizeof *start_table;
    return start_table;
}

const struct change *changes(size_t *count_ret)
{
    *count_ret = sizeof change_table / sizeof *change_table;
    return change_table;
}

const struct start *start_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof start_table / sizeof *start_table; i++)
        if (strcmp(start_table[i].name, name) == 0)
            return &start_table[i];
    return NULL;
}

const struct change *change_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof change_table / sizeof *change_table; i++)
        if (strcmp(change_table[i].name, name) == 0)
            return &change_table[i];
    return NULL;
}

struct situation situation_first(const struct start *start)
{
    return (struct situation){.holder = 1,
                              .born = 1,
                              .image = FILE_RECORDED,
                              .at_path = FILE_RECORDED,
                              .by_link = start->by_link,
                              .with_token = start->with_token};
}

bool situation_alive(const struct situation *situation)
{
    return situation->holder != 0 && !situation->zombie;
}

enum file action_file(enum action action)
{
    switch (action) {
    case TAKE_OTHER:
    case EXEC_OTHER:
    case EXEC_OTHER_BY_THREAD:
    case EXEC_HIDDEN:
    case POINT_OTHER:
        return FILE_OTHER;
    case TAKE_COPY:
    case EXEC_COPY:
        return FILE_COPY;
    case RENAME_OTHER:
    case BIND_OTHER:
        return FILE_NEW_OTHER;
    case RENAME_COPY:
    case BIND_COPY:
        return FILE_NEW_COPY;
    default:
        return FILE_NONE;
    }
}

bool situation_permits(const struct situation *s, enum action action)
{
    bool alive = situation_alive(s);
    bool obeys = alive && !s->stopped && !s->main_exited && !s->hidden;
    bool path_runs = s->at_path != FILE_NONE && s->at_path != s->closed;
    bool path_changes = !s->covered && !s->by_link && !s->hidden && s->at_path != FILE_NONE;

    switch (action) {
    case KILL:
    case KILL_UNREAPED:
        return alive;
    case REAP:
        return s->zombie;
    case TAKE_OTHER:
    case TAKE_COPY:
        return s->holder == 0;
    case TAKE_PATH:
        return s->holder == 0 && path_runs;
    case EXEC_OTHER:
    case EXEC_OTHER_BY_THREAD:
        return obeys && s->image != FILE_OTHER;
    case EXEC_COPY:
        return obeys && s->image != FILE_COPY;
    case EXEC_PATH:
        return obeys && path_runs;
    case EXEC_HIDDEN:
        return obeys && path_runs && !s->by_link && !s->covered;
    case STOP:
    case EXIT_MAIN:
    case MAKE_UNDUMPABLE:
        return obeys && !s->undumpable;
    case RENAME_OTHER:
        return path_changes && s->at_path != FILE_NEW_OTHER;
    case RENAME_COPY:
        return path_changes && s->at_path != FILE_NEW_COPY;
    case UNLINK:
    case MOVE:
    case CLOSE_FILE:
        return path_changes;
    case BIND_OTHER:
        return path_changes && s->at_path != FILE_NEW_OTHER;
    case BIND_COPY:
        return path_changes && s->at_path != FILE_NEW_COPY;
    case POINT_OTHER:
        return s->by_link && s->at_path != FILE_OTHER;
    case BOOT_CHANGE:
    case BOOT_HIDE:
        return s->boot == BOOT_SAME;
    case BOOT_RESTORE:
        return s->boot != BOOT_SAME;
    case ACTION_END:
    case ACTION_COUNT:
        break;
    }
    return false;
}

static void start_image(struct situation *s, enum file image)
{
    s->image = image;
    s->undumpable = s->stopped = s->main_exited = false;
}

static void start_process(struct situation *s, enum file image)
{
    s->holder = ++s->born;
    s->zombie = s->hidden = false;
    start_image(s, image);
}

void situation_apply(struct situation *s, enum action action)
{
    switch (action) {
    case KILL:
    case REAP:
        s->holder = 0;
        s->zombie = false;
        break;
    case KILL_UNREAPED:
        s->zombie = true;
        break;
    case TAKE_OTHER:
    case TAKE_COPY:
        start_process(s, action_file(action));
        break;
    case TAKE_PATH:
        start_process(s, s->at_path);
        break;
    case EXEC_OTHER:
    case EXEC_OTHER_BY_THREAD:
    case EXEC_COPY:
        start_image(s, action_file(action));
        break;
    case EXEC_HIDDEN:
        start_image(s, FILE_OTHER);
        s->hidden = true;
        break;
    case EXEC_PATH:
        start_image(s, s->at_path);
        break;
    case STOP:
        s->stopped = true;
        break;
    case EXIT_MAIN:
        s->main_exited = true;
        break;
    case MAKE_UNDUMPABLE:
        s->undumpable = true;
        break;
    case BIND_OTHER:
    case BIND_COPY:
        s->covered = true;
        s->at_path = action_file(action);
        break;
    case RENAME_OTHER:
    case RENAME_COPY:
    case POINT_OTHER:
        s->at_path = action_file(action);
        break;
    case UNLINK:
        s->at_path = FILE_NONE;
        break;
    case MOVE:
        s->moved = s->at_path;
        s->at_path = FILE_NONE;
        break;
    case CLOSE_FILE:
        s->closed = s->at_path;
        break;
    case BOOT_CHANGE:
        s->boot = BOOT_OTHER;
        break;
    case BOOT_HIDE:
        s->boot = BOOT_UNREADABLE;
        break;
    case BOOT_RESTORE:
        s->boot = BOOT_SAME;
        break;
    case ACTION_END:
    case ACTION_COUNT:
        break;
    }
}

bool situation_permits_all(struct situation situation, const enum action *actions)
{
    for (size_t i = 0; i < ACTIONS_MAX && actions[i]; i++) {
        if (!situation_permits(&situation, actions[i]))
            return false;
        situation_apply(&situation, actions[i]);
    }
    return true;
}

static bool recorded_bytes(enum file file)
{
    return file == FILE_RECORDED || file == FILE_COPY || file == FILE_NEW_COPY;
}

bool situations_add_up(const struct situation *instants, size_t count)
{
    bool boot = false, alive = false, instance = false, path = false, bytes = false;
    for (size_t i = 0; i < count; i++) {
        const struct situation *s = &instants[i];
        boot |= s->boot == BOOT_SAME;
        alive |= situation_alive(s);
        instance |= s->holder == 1 || !s->with_token;
        /* By its name a hidden image is the recorded one; a verifier may go by names. */
        path |= s->hidden;
        bytes |= recorded_bytes(s->image) || recorded_bytes(s->at_path);
        /* The image may have been looked at in one instant and the path in another. */
        for (size_t k = 0; k < count; k++)
            path |= s->image == instants[k].at_path;
    }
    return boot && alive && instance && path && bytes;
}

/* ---- What may be answered ------------------------------------------------ */

static const char *const answer_names[ANSWER_COUNT] = {
#define X(symbol, name) name,
    ANSWERS(X)
#undef X
};

answers answer_by_name(const char *name)
{
    for (unsigned i = 0; i < ANSWER_COUNT; i++)
        if (strcmp(answer_names[i], name) == 0)
            return 1U << i;
    return 0;
}

const char *answer_name(answers set)
{
    for (unsigned i = 0; i < ANSWER_COUNT; i++)
        if (set & (1U << i))
            return answer_names[i];
    return NULL;
}

answers situation_answers(const struct situation *s)
{
    answers set;

    if (s->boot == BOOT_OTHER)
        return ANSWER_BOOT_ID_MISMATCH; /* BOOT-1 */
    if (s->boot == BOOT_UNREADABLE)
        return ANSWER_BOOT_ID_UNAVAILABLE; /* BOOT-3 */
    if (!situation_alive(s))
        return ANSWER_NOT_FOUND; /* LOOK-1, LOOK-4 */

    /* EXE and HASH, in the order of ORD-1. */
    if (s->undumpable)
        set = ANSWER_EXE_PATH_UNREADABLE | ANSWER_EXE_UNHASHABLE; /* EXE-3, HASH-2: both are so */
    else if (s->image != s->at_path)
        set = ANSWER_EXE_PATH_MISMATCH; /* EXE-1, EXE-5, EXE-8 */
    else if (s->image == s->closed)
        set = ANSWER_EXE_UNHASHABLE; /* HASH-2 */
    else if (!recorded_bytes(s->image))
        set = ANSWER_EXE_SHA256_MISMATCH; /* HASH-1 */
    else
        set = ANSWER_ACCEPTED;
    if (s->main_exited)
        set |= ANSWER_EXE_PATH_UNREADABLE |
               ANSWER_EXE_UNHASHABLE; /* LOOK-5: if it can be established */

    /* INST-1; "may stand anywhere after not_found" (ORD-1). */
    if (s->with_token && s->holder != 1)
        set = (set & ~(answers)ANSWER_ACCEPTED) | ANSWER_INSTANCE_MISMATCH | ANSWER_NOT_FOUND;
    return set;
}

answers situation_answers_failing(const struct situation *s, const char *error, int subject)
{
    answers set = situation_answers(s) | ANSWER_UNVERIFIABLE;

    /* An error that says "no such process" cannot be told from the truth. */
    if (subject == SUBJECT_PROCESS && words_have("ESRCH ENOENT ESTALE ECHILD", error))
        set |= ANSWER_NOT_FOUND | (s->with_token ? ANSWER_INSTANCE_MISMATCH : 0U);
    if (subject == SUBJECT_PROCESS && words_have("ENOENT EINVAL", error))
        set |= ANSWER_INVALID_PID | ANSWER_NOT_FOUND; /* LOOK-3: a thread id */
    /* Nor can "no such file" at the recorded path. */
    if (subject == SUBJECT_PATH && words_have("ENOENT ENOTDIR ELOOP ENAMETOOLONG", error))
        set |= ANSWER_EXE_PATH_MISMATCH;
    return set;
}
