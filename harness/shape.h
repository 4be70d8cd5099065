/*
 * The shape of an adapter's results (PROTOCOL.md, the table of methods): which members
 * must be there, and of which type. Pure. Whether they are right is the judge's matter.
 */
#ifndef PIDPROOF_SHAPE_H
#define PIDPROOF_SHAPE_H

#include <jansson.h>

/*
 * NULL where `result` has the shape of an answer to `method`; else one line that says
 * what was expected and quotes what came (free() it).
 */
char *shape_wrong(const char *method, const json_t *result);

/* Members that the protocol does not know, as one line (free() it); NULL for none. */
char *shape_unknown(const char *method, const json_t *result);

#endif
