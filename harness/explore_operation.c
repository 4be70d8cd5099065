/* Actions as operations of the launcher, see explore_operation.h. */
#include "explore_operation.h"

#include <stdio.h>

#define OTHER_BOOT_ID "00000000-1111-2222-3333-444444444444"

static const char *const file_names[] = {NULL,    "recorded", "copy",
                                         "other", "new-copy", "new-other"};

const char *operation_file_name(enum file file)
{
    return file_names[file];
}

json_t *operation_of(const struct situation *s, enum action action)
{
    char now[32], next[32];
    snprintf(now, sizeof now, "p%u", s->born);
    snprintf(next, sizeof next, "p%u", s->born + 1);
    const char *file = file_names[action_file(action)];

    switch (action) {
    case KILL:
        return json_pack("{s:s, s:s}", "op", "kill", "who", now);
    case KILL_UNREAPED:
        return json_pack("{s:s, s:s, s:b}", "op", "kill", "who", now, "reap", 0);
    case REAP:
        return json_pack("{s:s, s:s}", "op", "reap", "who", now);
    case TAKE_OTHER:
    case TAKE_COPY:
    case TAKE_PATH:
        return json_pack("{s:s, s:s, s:s, s:s}", "op", "reuse", "as", next, "number_of", now,
                         "path", file ? file : "recorded");
    case EXEC_OTHER:
    case EXEC_COPY:
    case EXEC_PATH:
    case EXEC_HIDDEN:
        return json_pack("{s:s, s:s, s:s}", "op", "exec", "who", now, "path",
                         file && action != EXEC_HIDDEN ? file : "recorded");
    case EXEC_OTHER_BY_THREAD:
        return json_pack("{s:s, s:s, s:s, s:s}", "op", "exec", "who", now, "path", file, "by",
                         "thread");
    case STOP:
        return json_pack("{s:s, s:s}", "op", "stop", "who", now);
    case EXIT_MAIN:
        return json_pack("{s:s, s:s}", "op", "main_exit", "who", now);
    case MAKE_UNDUMPABLE:
        return json_pack("{s:s, s:s}", "op", "undumpable", "who", now);
    case RENAME_OTHER:
    case RENAME_COPY:
        return json_pack("{s:s, s:s, s:s}", "op", "replace", "file", "recorded", "by", file);
    case UNLINK:
        return json_pack("{s:s, s:s}", "op", "unlink", "file", "recorded");
    case MOVE:
        return json_pack("{s:s, s:s, s:s}", "op", "move", "file", "recorded", "name", "moved");
    case BIND_OTHER:
    case BIND_COPY:
        return json_pack("{s:s, s:s, s:s}", "op", "bind", "source", file, "target", "recorded");
    case POINT_OTHER:
        return json_pack("{s:s, s:s, s:s}", "op", "symlink", "as", "link", "target", file);
    case CLOSE_FILE:
        return json_pack("{s:s, s:s, s:s}", "op", "chmod", "file", "recorded", "mode", "0000");
    case BOOT_CHANGE:
        return json_pack("{s:s, s:s}", "op", "boot_id", "content", OTHER_BOOT_ID);
    case BOOT_RESTORE:
        return json_pack("{s:s, s:s}", "op", "boot_id", "state", "real");
    case BOOT_HIDE:
        return json_pack("{s:s, s:s}", "op", "boot_id", "state", "unreadable");
    case ACTION_END:
    case ACTION_COUNT:
        break;
    }
    return json_object();
}
