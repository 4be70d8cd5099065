/* What is asked, what happens meanwhile, and the token that names both: see explore_experiment.h.
 */
#include "explore_experiment.h"

#include "syscalls.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

static const struct question question_table[] = {
    {"verify", "verify", NULL, NULL, ABOUT_RECORD, false, false},
    {"is_alive", "is_alive", NULL, "daemon", ABOUT_HANDLE, false, false},
    {"process_is_alive", "process_is_alive", NULL, "daemon gone zombie", ABOUT_NUMBER, false, true},
    {"wait", "wait", "wait", "daemon", ABOUT_HANDLE, false, false},
    {"terminate", "terminate", NULL, "daemon gone", ABOUT_NUMBER, true, false},
    {"force_kill", "force_kill", NULL, "daemon gone", ABOUT_NUMBER, true, false},
    {"terminate_handle", "terminate_handle", "handle-signals", "daemon", ABOUT_HANDLE, true, false},
    {"force_kill_handle", "force_kill_handle", "handle-signals", "daemon", ABOUT_HANDLE, true,
     false},
    {"capture", "capture", "capture", "daemon gone replaced", ABOUT_NUMBER, false, false},
    {"watch", "watch", "watch", "daemon", ABOUT_HANDLE, false, false},
    {"watch_gone", "watch_gone", "watch", "daemon", ABOUT_WATCH, false, false},
};

const struct question *questions(size_t *count_ret)
{
    *count_ret = sizeof question_table / sizeof *question_table;
    return question_table;
}

const struct question *question_by_name(const char *name)
{
    for (size_t i = 0; i < sizeof question_table / sizeof *question_table; i++)
        if (strcmp(question_table[i].name, name) == 0)
            return &question_table[i];
    return NULL;
}

void shapes_clear(struct shapes *shapes)
{
    for (size_t i = 0; i < shapes->count; i++)
        free(shapes->texts[i]);
    free(shapes->texts);
    *shapes = (struct shapes){0};
}

bool shapes_equal(const struct shapes *a, const struct shapes *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->texts[i], b->texts[i]) != 0)
            return false;
    return true;
}

/* ---- Tokens ------------------------------------------------------------- */

char *experiment_token(const struct experiment *experiment)
{
    struct text text = {0};
    text_addf(&text, "%s/%s/", experiment->question->name, experiment->start->name);
    for (size_t i = 0; i < experiment->step_count; i++)
        text_addf(&text, "%s%s@%zu", i ? "+" : "", experiment->steps[i].change->name,
                  experiment->steps[i].stop + 1);
    if (experiment->fault)
        text_addf(&text, "%s@%zu", experiment->fault, experiment->fault_stop + 1);
    else if (experiment->step_count == 0)
        text_addf(&text, "nothing");
    return text_take(&text);
}

/* One of "CHANGE@STOP", "ERROR@STOP", "short@STOP", "nothing". */
static bool parse_event(char *event, struct experiment *experiment, char **message_ret)
{
    if (strcmp(event, "nothing") == 0)
        return true;
    char *at = strchr(event, '@'), *end = NULL;
    long stop = at ? strtol(at + 1, &end, 10) : 0;
    if (stop < 1 || *end) {
        *message_ret = text_format("'%s' is not CHANGE@STOP, where STOP counts from 1", event);
        return false;
    }
    *at = 0;
    const struct change *change = change_by_name(event);
    if (change && experiment->step_count < STEPS_MAX) {
        experiment->steps[experiment->step_count++] = (struct step){(size_t)stop - 1, change};
        return true;
    }
    size_t count;
    if (!change && !experiment->fault && calls(&count)) {
        int number = error_from_name(event);
        experiment->fault = number                        ? error_name(number)
                            : strcmp(event, "short") == 0 ? "short"
                                                          : NULL;
        experiment->fault_stop = (size_t)stop - 1;
        if (experiment->fault)
            return true;
    }
    *message_ret = text_format("'%s' is neither a change nor an error that is known here", event);
    return false;
}

bool experiment_parse(const char *token, struct experiment *experiment_ret, char **message_ret)
{
    struct experiment experiment = {0};
    char *copy = text_format("%s", token), *rest = NULL;
    char *name = strtok_r(copy, "/", &rest), *start = strtok_r(NULL, "/", &rest);
    bool fine = false;

    if (!name || !(experiment.question = question_by_name(name)))
        *message_ret = text_format("it names no question");
    else if (!start || !(experiment.start = start_by_name(start)))
        *message_ret = text_format("it names no start");
    else if (!rest || !*rest)
        *message_ret = text_format("it says nothing that happens");
    else
        fine = true;
    for (char *event = fine ? strtok_r(NULL, "+", &rest) : NULL; event && fine;
         event = strtok_r(NULL, "+", &rest))
        fine = parse_event(event, &experiment, message_ret);
    free(copy);
    if (fine)
        *experiment_ret = experiment;
    return fine;
}
