/* What a worker writes, see explore_tell.h. */
#include "explore_tell.h"

#include "text.h"

#include <stdlib.h>

/* Takes over `line`. */
static void write_line(FILE *reports, json_t *line)
{
    json_dumpf(line, reports, JSON_COMPACT);
    fputc('\n', reports);
    fflush(reports);
    json_decref(line);
}

/* Takes over `content`. */
void tell(FILE *reports, const char *kind, json_t *content)
{
    write_line(reports, json_pack("{s:o}", kind, content));
}

void tell_broken(FILE *reports, const char *what, const char *message)
{
    json_t *line = json_pack("{s:s, s:s}", "broken", what, "message", message);
    write_line(reports, line);
}

/* The calls in order; where something was changed, what, before the call it came before. */
json_t *tell_story(const struct experiment *experiment, const struct trace *trace)
{
    json_t *story = json_array();
    for (size_t i = 0; i < trace->count; i++) {
        const struct stop *stop = &trace->stops[i];
        json_t *line = json_pack("{s:s, s:s, s:i}", "call", stop->text, "result",
                                 stop->result ? stop->result : "", "thread", stop->thread);
        for (size_t k = 0; k < experiment->step_count; k++)
            if (experiment->steps[k].stop == i)
                json_object_set_new(line, "before", json_string(experiment->steps[k].change->text));
        if (stop->failed_with)
            json_object_set_new(line, "made", json_string("made to fail"));
        else if (stop->shortened)
            json_object_set_new(line, "made", json_string("made to come back short"));
        json_array_append_new(story, line);
    }
    return story;
}

void tell_finding(FILE *reports, const struct experiment *experiment, const struct verdict *verdict,
                  unsigned long order, bool again)
{
    char *token = experiment_token(experiment);
    const char *event = experiment->fault        ? experiment->fault
                        : experiment->step_count ? experiment->steps[0].change->name
                                                 : "nothing";
    size_t stop = experiment->fault        ? experiment->fault_stop + 1
                  : experiment->step_count ? experiment->steps[0].stop + 1
                                           : 0;
    const char *call = experiment->fault && stop <= verdict->trace.count
                           ? verdict->trace.stops[stop - 1].call->name
                           : "";
    char *second = experiment->step_count > 1
                       ? text_format(", then %s", experiment->steps[1].change->name)
                       : text_format("%s%s", *call ? " of " : "", call);
    char *named = text_format("%s%s", event, second);
    tell(reports, "finding",
         json_pack("{s:I, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:s, s:s, s:o, s:b}", "order",
                   (json_int_t)order, "token", token, "question", experiment->question->name,
                   "start", experiment->start->name, "setting", experiment->start->text, "event",
                   named, "stop", (json_int_t)stop, "wrong", verdict->wrong, "clause",
                   verdict->clause, "why", verdict->why, "answer",
                   verdict->answer ? verdict->answer : "none", "story",
                   tell_story(experiment, &verdict->trace), "again", again));
    free(named);
    free(second);
    free(token);
}

void tell_unmade(FILE *reports, const struct experiment *experiment, unsigned long order,
                 const char *kind, const char *why)
{
    char *token = experiment_token(experiment);
    tell(reports, "unmade",
         json_pack("{s:I, s:s, s:s, s:s}", "order", (json_int_t)order, "token", token, "kind", kind,
                   "why", why ? why : ""));
    free(token);
}
