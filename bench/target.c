/*
 * Targets, see target.h: one process for each size, made when it is first asked for. The files
 * and processes themselves are the system's matter (target_system.h).
 */
#include "target_system.h"

#include <stdio.h>

enum { MAX_SIZES = 32 };

static struct {
    struct sized {
        int64_t size;
        char path[TARGET_PATH];
        pidproof_record *captured;
        pidproof_record record; /* the same without the instance */
    } sized[MAX_SIZES];
    size_t count;
} targets;

static bool make_sized(struct sized *sized, int64_t size)
{
    pidproof_error error = {0};
    char text[256];

    sized->size = size;
    if (!target_file(size, sized->path))
        return false;
    uint32_t pid = target_spawn(sized->path);
    /* Capturing reads the whole file: it is in the page cache afterwards. */
    if (pid != 0 && pidproof_capture(NULL, pid, &sized->captured, &error) == PIDPROOF_OK) {
        sized->record = *sized->captured;
        sized->record.instance = NULL;
        return true;
    }
    if (pid != 0)
        fprintf(stderr, "pidproof_bench: capturing %s: %s\n", sized->path,
                pidproof_error_format(&error, text, sizeof text));
    pidproof_error_clear(&error);
    target_kill(pid);
    target_reap(pid);
    target_file_remove(sized->path);
    return false;
}

/* Several threads of one benchmark may ask at once. */
static struct sized *sized_target(int64_t size)
{
    struct sized *found = NULL;
    targets_lock();
    for (size_t i = 0; i < targets.count && found == NULL; i++)
        if (targets.sized[i].size == size)
            found = &targets.sized[i];
    if (found == NULL && targets.count < MAX_SIZES &&
        make_sized(&targets.sized[targets.count], size))
        found = &targets.sized[targets.count++];
    targets_unlock();
    return found;
}

const pidproof_record *target_of_size(int64_t size)
{
    struct sized *sized = sized_target(size);
    return sized == NULL ? NULL : &sized->record;
}

const char *target_path(int64_t size)
{
    struct sized *sized = sized_target(size);
    return sized == NULL ? NULL : sized->path;
}

uint32_t target_start(void)
{
    const char *path = target_path(64 * KIB);
    return path == NULL ? 0 : target_spawn(path);
}

void targets_end(void)
{
    for (size_t i = 0; i < targets.count; i++) {
        struct sized *sized = &targets.sized[i];
        target_kill(sized->record.pid);
        target_reap(sized->record.pid);
        pidproof_record_free(sized->captured);
        target_file_remove(sized->path);
    }
    targets.count = 0;
    targets_system_end();
}
