/*
 * `pidproof explore`: what it prints and writes is made from what its workers report
 * (explore_sweep.h).
 */
#ifndef PIDPROOF_EXPLORE_H
#define PIDPROOF_EXPLORE_H

#include <jansson.h>
#include <stdbool.h>

/* Everything that was reported, put together. Starts as {0}. */
struct findings {
    json_t *hello;
    json_t *units;    /* {"QUESTION/START": {the unit, "seen": by how many workers}} */
    json_t *findings; /* of all workers, in the order of the plan */
    json_t *unmade;
    json_t *clean;  /* replay: the story of a run with nothing wrong */
    json_t *broken; /* the first worker that could not go on */
    unsigned long interleavings, faults, pairs, pairs_possible; /* made */
    unsigned workers, ended;
    double seconds; /* not part of the JSON */
};

void findings_clear(struct findings *findings);

/* One line of a worker. False where it is none. */
bool findings_take(struct findings *findings, const char *line);

/* Prints all of it, in the order of the plan. Returns the exit status of PROTOCOL.md. */
int findings_print(struct findings *findings, char *const *adapter);

/* The same as JSON, for --json: explore.schema.json. New reference. */
json_t *findings_json(const struct findings *findings, int status);

#endif
