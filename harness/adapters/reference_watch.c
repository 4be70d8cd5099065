/*
 * The methods of the capability `watch`.
 */
#include "reference.h"
#include "reference_json.h"

#include <stdlib.h>

/* A watch, and for each handle number its place in it (NULL: not in this watch). */
struct watch {
    pidproof_watch *watch;
    pidproof_watched **watched; /* by handle number - 1 */
    size_t count;
};

static struct table watches; /* of struct watch */

static void watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    pidproof_watch_free(watch->watch);
    free(watch->watched);
    free(watch);
}

void watches_forget(size_t index)
{
    for (size_t i = 0; i < watches.count; i++) {
        struct watch *watch = watches.things[i];
        if (watch == NULL || index >= watch->count || watch->watched[index] == NULL)
            continue;
        pidproof_watch_remove(watch->watch, watch->watched[index]);
        watch->watched[index] = NULL;
    }
}

void watches_close(void)
{
    for (size_t i = 0; i < watches.count; i++)
        watch_free(watches.things[i]);
    free(watches.things);
}

static struct watch *watch_new(size_t count)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch == NULL)
        return NULL;
    watch->watched = calloc(count + 1, sizeof(pidproof_watched *));
    watch->count = count;
    if (watch->watched != NULL)
        return watch;
    free(watch);
    return NULL;
}

/* Watches the handles of these numbers, all of them open. Naming one twice changes nothing. */
static pidproof_reason watch_fill(struct watch *watch, const json_t *numbers, pidproof_error *error)
{
    pidproof_reason reason = pidproof_watch_new(&watch->watch, error);

    for (size_t i = 0; reason == PIDPROOF_OK && i < json_array_size(numbers); i++) {
        json_int_t number = json_integer_value(json_array_get(numbers, i));
        pidproof_watched **watched = &watch->watched[number - 1];
        if (*watched == NULL)
            reason = pidproof_watch_add(watch->watch, handles.things[number - 1],
                                        (void *)(uintptr_t)number, watched, error);
    }
    return reason;
}

json_t *watch_handles(const json_t *params, const char **wrong)
{
    const json_t *numbers = json_object_get(params, "handles");
    pidproof_error error = {0};
    json_int_t number;

    if (!json_is_array(numbers))
        return wrong_params(wrong, "handles must be an array");
    for (size_t i = 0; i < json_array_size(numbers); i++)
        if (table_find(&handles, json_array_get(numbers, i)) == NULL)
            return wrong_params(wrong, "handles names a handle that is not open");

    struct watch *watch = watch_new(handles.count);
    if (watch == NULL)
        return NULL;
    if (watch_fill(watch, numbers, &error) != PIDPROOF_OK) {
        watch_free(watch);
        return refuse(&error);
    }
    if (!table_add(&watches, watch, &number)) {
        watch_free(watch);
        return NULL;
    }
    return json_pack("{s:I}", "watch", number);
}

json_t *watch_gone(const json_t *params, const char **wrong)
{
    void **place = table_find(&watches, json_object_get(params, "watch"));
    pidproof_error error = {0};
    size_t count;

    if (place == NULL)
        return wrong_params(wrong, "watch names no open watch");
    struct watch *watch = *place;
    void **tags = calloc(watch->count + 1, sizeof *tags);
    if (tags == NULL)
        return NULL;
    if (pidproof_watch_gone(watch->watch, tags, watch->count, &count, &error) != PIDPROOF_OK) {
        free(tags);
        return refuse(&error);
    }
    json_t *gone = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(gone, json_integer((json_int_t)(uintptr_t)tags[i]));
    free(tags);
    return json_pack("{s:o}", "gone", gone);
}

json_t *watch_close(const json_t *params, const char **wrong)
{
    void **place = table_find(&watches, json_object_get(params, "watch"));

    if (place == NULL)
        return wrong_params(wrong, "watch names no open watch");
    watch_free(*place);
    *place = NULL;
    return json_object();
}
