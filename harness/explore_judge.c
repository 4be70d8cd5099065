/* The explorer's judge, see explore_judge.h. */
#include "explore_judge.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>

void reached_add(struct reached *reached, const struct situation *instant)
{
    if (reached->count < INSTANTS_MAX)
        reached->instants[reached->count++] = *instant;
}

void opinion_clear(struct opinion *opinion)
{
    free(opinion->why);
    *opinion = (struct opinion){0};
}

answers answer_of(const json_t *result)
{
    const char *reason =
        json_string_value(json_object_get(json_object_get(result, "refused"), "reason"));
    if (reason)
        return answer_by_name(reason) & ~(answers)ANSWER_ACCEPTED;
    return ANSWER_ACCEPTED;
}

static const struct situation *last(const struct reached *reached)
{
    return &reached->instants[reached->count - 1];
}

/* "exe_path_mismatch or not_found" */
static void add_answers(struct text *text, answers set)
{
    const char *separator = "";
    for (unsigned i = 0; i < ANSWER_COUNT; i++) {
        if (!(set & (1U << i)))
            continue;
        text_addf(text, "%s%s", separator, answer_name(1U << i));
        separator = " or ";
    }
}

/* What is allowed, instant by instant, or that a call failed. */
static char *explain(const struct reached *reached, const struct failure *failure, answers allowed)
{
    struct text text = {0};
    if (failure) {
        text_addf(&text, "with %s %s, what can be answered truly is ", failure->call,
                  failure->error ? "failing" : "coming back short");
        add_answers(&text, allowed);
        if (failure->must_not_matter)
            text_addf(&text, failure->error ? " (EINTR is retried)"
                                            : " (coming back short is no failure: read on)");
        return text_take(&text);
    }
    text_addf(&text, "at each instant, one look would have answered: ");
    for (size_t i = 0; i < reached->count; i++) {
        text_addf(&text, i ? ", then " : "");
        add_answers(&text, situation_answers(&reached->instants[i]));
    }
    return text_take(&text);
}

static answers allowed_answers(const struct reached *reached, const struct failure *failure)
{
    answers allowed = 0;
    if (failure && !failure->must_not_matter) {
        allowed = situation_answers_failing(last(reached), failure->error, failure->subject);
        /* "No symbolic link", of one that is: then the path is compared as it is written. */
        if (strncmp(failure->call, "readlink", 8) == 0 && strcmp(failure->error, "EINVAL") == 0)
            allowed |= ANSWER_EXE_PATH_MISMATCH;
        return allowed;
    }
    for (size_t i = 0; i < reached->count; i++)
        allowed |= situation_answers(&reached->instants[i]);
    return allowed;
}

static bool always_alive(const struct reached *reached)
{
    for (size_t i = 0; i < reached->count; i++)
        if (!situation_alive(&reached->instants[i]))
            return false;
    return true;
}

/* Which way a refusal is wrong. */
static enum direction refusal_direction(const struct reached *reached, answers answer,
                                        answers allowed)
{
    bool called_gone = answer == ANSWER_NOT_FOUND && always_alive(reached);
    return allowed == ANSWER_ACCEPTED || called_gone ? DIRECTION_FALSE_REFUSE
                                                     : DIRECTION_WRONG_REASON;
}

struct opinion judge_verify(const struct reached *reached, answers answer,
                            const struct failure *failure)
{
    answers allowed = allowed_answers(reached, failure);
    if (answer & allowed)
        return (struct opinion){0};
    struct opinion opinion = {.why = explain(reached, failure, allowed)};
    if (answer == ANSWER_ACCEPTED) {
        opinion.direction = DIRECTION_FALSE_ACCEPT;
        opinion.clause = failure ? "ATOM-4" : "ATOM-1";
    } else {
        opinion.direction = refusal_direction(reached, answer, allowed);
        opinion.clause = failure ? "ATOM-4" : "ATOM-3";
    }
    return opinion;
}

unsigned reached_verified(const struct reached *reached)
{
    unsigned verified = 0;
    for (size_t i = 0; i < reached->count; i++)
        if (situation_answers(&reached->instants[i]) & ANSWER_ACCEPTED)
            verified |= 1U << reached->instants[i].holder;
    return verified;
}

struct opinion judge_binding(unsigned verified, const struct situation *now, bool alive)
{
    unsigned living = situation_alive(now) ? 1U << now->holder : 0;
    if (alive ? (verified & living) != 0 : (verified & ~living) != 0)
        return (struct opinion){0};

    struct opinion opinion = {.direction = DIRECTION_FALSE_ACCEPT, .clause = "ATOM-2"};
    if (alive && living)
        opinion.why = text_format("the handle says that its process is alive; but all that was "
                                  "verified is dead, and what lives at the number now (process "
                                  "%u) was never what the record says",
                                  now->holder);
    else if (alive)
        opinion.why = text_format("the handle says that its process is alive; nothing lives at "
                                  "the number any more");
    else if (now->born > 1)
        opinion.why = text_format("the handle says that its process is dead; but what was "
                                  "verified lives (process %u): the handle is bound to another",
                                  now->holder);
    else
        opinion = (struct opinion){DIRECTION_FALSE_REFUSE, "LIVE-1",
                                   text_format("the handle says dead; its process lives")};
    return opinion;
}

/* Whether process `process` (0: any) lives at the number. */
static bool lives(const struct situation *s, unsigned process)
{
    return situation_alive(s) && (process == 0 || s->holder == process);
}

struct opinion judge_liveness(const struct reached *reached, unsigned process, bool alive,
                              const struct failure *failure)
{
    for (size_t i = 0; i < reached->count; i++)
        if (lives(&reached->instants[i], process) == alive)
            return (struct opinion){0};
    bool says_gone = failure && failure->error && !alive && !failure->must_not_matter &&
                     (situation_answers_failing(last(reached), failure->error, failure->subject) &
                      ANSWER_NOT_FOUND);
    if (says_gone)
        return (struct opinion){0};
    return (struct opinion){
        alive ? DIRECTION_FALSE_ACCEPT : DIRECTION_FALSE_REFUSE, failure ? "LIVE-9" : "ATOM-3",
        text_format("it was %s all the time%s", alive ? "dead" : "alive",
                    failure ? "; that a call failed proves neither life nor death" : "")};
}

struct opinion judge_signal(const struct reached *reached, unsigned process, bool sent,
                            answers refused, const struct failure *failure)
{
    bool was_alive = false, was_dead = false;
    for (size_t i = 0; i < reached->count; i++) {
        const struct situation *s = &reached->instants[i];
        was_alive |= lives(s, process) || s->zombie; /* a zombie takes a signal, to no effect */
        was_dead |= !lives(s, process);
    }
    if (sent) {
        if (was_alive)
            return (struct opinion){0};
        return (struct opinion){DIRECTION_HARM, "SIG-4",
                                text_format("it was dead all the time: nobody was there that "
                                            "could be sent a signal")};
    }
    answers allowed = was_dead ? ANSWER_HANDLE_FAILED | ANSWER_NOT_FOUND : 0;
    if (failure && !failure->must_not_matter)
        allowed |= ANSWER_UNVERIFIABLE |
                   (situation_answers_failing(last(reached), failure->error, failure->subject) &
                    (ANSWER_NOT_FOUND | ANSWER_INVALID_PID));
    if (refused & allowed)
        return (struct opinion){0};
    return (struct opinion){DIRECTION_FALSE_REFUSE, failure ? "ATOM-4" : "ATOM-3",
                            text_format("it was alive all the time%s",
                                        failure ? ", and that a call failed does not mean that it "
                                                  "is gone"
                                                : "")};
}

/* ---- Capture ------------------------------------------------------------ */

/* The file whose path is that of the holder's image; FILE_NONE: its path leads elsewhere. */
static enum file image_place(const struct situation *s)
{
    if (s->hidden)
        return FILE_NONE;
    if (s->image == FILE_COPY || s->image == FILE_OTHER)
        return s->image;
    if (s->moved != FILE_NONE && s->image == s->moved)
        return FILE_MOVED;
    return s->image == s->at_path ? FILE_RECORDED : FILE_NONE;
}

static bool same_text(const json_t *a, const char *a_member, const json_t *b, const char *b_member)
{
    const char *x = json_string_value(json_object_get(a, a_member));
    const char *y = json_string_value(json_object_get(b, b_member));
    return x && y && strcmp(x, y) == 0;
}

/* Whether this record is that of the holder at this instant. */
static bool is_record_of(const struct situation *s, const json_t *const *files,
                         const json_t *record)
{
    return situation_alive(s) && same_text(record, "exe_path", files[image_place(s)], "path") &&
           same_text(record, "exe_sha256", files[s->image], "sha256");
}

static answers capture_refusals(const struct situation *s)
{
    answers set = s->boot == BOOT_UNREADABLE ? ANSWER_BOOT_ID_UNAVAILABLE : 0;
    if (!situation_alive(s))
        return set | ANSWER_NOT_FOUND;
    if (s->undumpable || s->main_exited)
        set |= ANSWER_EXE_PATH_UNREADABLE | ANSWER_EXE_UNHASHABLE;
    if (s->image == s->closed)
        set |= ANSWER_EXE_UNHASHABLE;
    if (!image_place(s)) /* whatever it says of the path: there is no record that would verify */
        set |= ANSWER_EXE_PATH_MISMATCH | ANSWER_EXE_PATH_UNREADABLE | ANSWER_EXE_UNHASHABLE;
    return set;
}

/* What was captured at one instant was no longer so at another: true, and reason to refuse. */
static answers capture_differences(const struct situation *a, const struct situation *b)
{
    answers set = 0;
    if (a->boot != b->boot)
        set |= ANSWER_BOOT_ID_MISMATCH;
    if (a->holder != b->holder)
        set |= ANSWER_INSTANCE_MISMATCH | ANSWER_HANDLE_FAILED;
    if (a->image != b->image || image_place(a) != image_place(b))
        set |= ANSWER_EXE_PATH_MISMATCH | ANSWER_EXE_UNHASHABLE | ANSWER_EXE_SHA256_MISMATCH;
    return set;
}

struct opinion judge_capture(const struct reached *reached, const json_t *const *files,
                             const json_t *record, answers refused, const struct failure *failure)
{
    answers allowed = 0;
    for (size_t i = 0; i < reached->count; i++) {
        if (record && is_record_of(&reached->instants[i], files, record))
            return (struct opinion){0};
        allowed |= capture_refusals(&reached->instants[i]);
        if (i > 0)
            allowed |= capture_differences(&reached->instants[i - 1], &reached->instants[i]);
    }
    if (record)
        return (struct opinion){DIRECTION_FALSE_ACCEPT, failure ? "ATOM-4" : "ATOM-1",
                                text_format("there was no instant at which path and digest were "
                                            "those of one process with that number")};
    if (failure && !failure->must_not_matter)
        allowed |= ANSWER_UNVERIFIABLE |
                   (situation_answers_failing(last(reached), failure->error, failure->subject) &
                    ~(answers)ANSWER_ACCEPTED);
    if (refused & allowed)
        return (struct opinion){0};
    struct text why = {0};
    text_addf(&why, "what could be answered truly is a record%s", allowed ? ", or " : "");
    add_answers(&why, allowed);
    return (struct opinion){
        refusal_direction(reached, refused, allowed ? allowed : ANSWER_ACCEPTED),
        failure ? "ATOM-4" : "ATOM-3", text_take(&why)};
}
