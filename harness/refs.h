/*
 * References of a case: `${d.record}`, filters, `$of`, `$null`, `$raw` (CASES.md,
 * "References"). Pure: values in, values out.
 */
#ifndef PIDPROOF_REFS_H
#define PIDPROOF_REFS_H

#include <jansson.h>

/*
 * A new value like `value` with every reference replaced by what `scope`, an object
 * of everything that was made so far, holds under that name. NULL where one cannot be:
 * then `*message_ret` says which and what there is instead (free() it).
 * `{"$raw": …}` stays in the result for refs_dump().
 */
json_t *refs_resolve(const json_t *value, const json_t *scope, char **message_ret);

/* One line of JSON, each `{"$raw": "text"}` in it spelled as that very text. free() it. */
char *refs_dump(const json_t *value);

#endif
