/* The report as JSON: all there is, in the order of report.schema.json. */
#include <stdlib.h>

#include "report.h"
#include "text.h"

bool report_json(const json_t *report, const char *path, char **message_ret)
{
    char *text = json_dumps(report, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
    if (!text) {
        *message_ret = text_format("cannot write %s: the report cannot be put as JSON", path);
        return false;
    }
    char *line = text_format("%s\n", text);
    bool written = report_write_file(path, line, message_ret);
    free(text);
    free(line);
    return written;
}
