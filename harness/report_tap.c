/* The report as TAP 13: one line a case; what was skipped says why. */
#include <stdlib.h>

#include "report.h"
#include "suite.h"

void report_tap(const json_t *report, FILE *out)
{
    const json_t *cases = json_object_get(report, "cases");
    fprintf(out, "TAP version 13\n1..%zu\n", json_array_size(cases));
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *result = json_array_get(cases, i);
        enum fate fate = result_fate(result);
        bool failed = fate == FATE_FAILED || fate == FATE_ADVICE;
        fprintf(out, "%sok %zu - %s", failed ? "not " : "", i + 1, case_id(result));
        if (fate == FATE_UNSUPPORTED || fate == FATE_NOT_ESTABLISHED) {
            fprintf(out, " # SKIP %s: %s", case_text(result, "outcome"), case_text(result, "why"));
        } else if (fate == FATE_ADVICE) {
            /* TODO is TAP's word for a failure that does not count. */
            fprintf(out, " # TODO advice, does not gate");
        }
        fputc('\n', out);
        if (failed) {
            char *message = json_dumps(json_object_get(result, "message"), JSON_ENCODE_ANY);
            fprintf(out, "  ---\n  outcome: %s\n  direction: %s\n  message: %s\n  ...\n",
                    case_text(result, "outcome"), case_text(result, "direction"),
                    message ? message : "null");
            free(message);
        }
    }
}
