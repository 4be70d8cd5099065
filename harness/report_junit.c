/* The report as JUnit XML: one testcase a case, its area as the class name. */
#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "suite.h"
#include "text.h"

/* XML 1.0 has no way to write most control characters: they become spaces. */
static void add_escaped(struct text *xml, const char *text)
{
    for (; *text; text++) {
        switch (*text) {
        case '&':
            text_addf(xml, "&amp;");
            break;
        case '<':
            text_addf(xml, "&lt;");
            break;
        case '>':
            text_addf(xml, "&gt;");
            break;
        case '"':
            text_addf(xml, "&quot;");
            break;
        default:
            text_addf(xml, "%c", (unsigned char)*text < 32 && !strchr("\n\t", *text) ? ' ' : *text);
        }
    }
}

static void add_attribute(struct text *xml, const char *name, const char *value)
{
    text_addf(xml, " %s=\"", name);
    add_escaped(xml, value);
    text_addf(xml, "\"");
}

static void add_case(struct text *xml, const json_t *result)
{
    const char *id = case_id(result), *slash = strchr(id, '/');
    char *area = text_format("%.*s", slash ? (int)(slash - id) : 0, id);
    text_addf(xml, "  <testcase");
    add_attribute(xml, "classname", area);
    add_attribute(xml, "name", slash ? slash + 1 : id);
    text_addf(xml, " time=\"%.3f\">\n",
              json_number_value(json_object_get(result, "duration_ms")) / 1000);
    free(area);
    switch (result_fate(result)) {
    case FATE_FAILED:
        text_addf(xml, "    <failure");
        add_attribute(xml, "type",
                      *case_text(result, "direction") ? case_text(result, "direction")
                                                      : case_text(result, "outcome"));
        add_attribute(xml, "message", case_text(result, "message"));
        text_addf(xml, ">");
        add_escaped(xml, case_text(result, "harm"));
        text_addf(xml, "</failure>\n");
        break;
    case FATE_ADVICE:
        text_addf(xml, "    <system-out>advice: ");
        add_escaped(xml, case_text(result, "message"));
        text_addf(xml, "</system-out>\n");
        break;
    case FATE_UNSUPPORTED:
    case FATE_NOT_ESTABLISHED:
        text_addf(xml, "    <skipped");
        add_attribute(xml, "message", case_text(result, "why"));
        text_addf(xml, "/>\n");
        break;
    default:
        break;
    }
    if (*case_text(result, "stderr")) {
        text_addf(xml, "    <system-err>");
        add_escaped(xml, case_text(result, "stderr"));
        text_addf(xml, "</system-err>\n");
    }
    text_addf(xml, "  </testcase>\n");
}

bool report_junit(const json_t *report, const char *path, char **message_ret)
{
    const json_t *cases = json_object_get(report, "cases");
    struct text xml = {0};
    text_addf(&xml,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"pidproof\" "
              "tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\">\n",
              json_array_size(cases), report_count(report, FATE_FAILED),
              report_count(report, FATE_UNSUPPORTED) + report_count(report, FATE_NOT_ESTABLISHED));
    for (size_t i = 0; i < json_array_size(cases); i++) {
        add_case(&xml, json_array_get(cases, i));
    }
    text_addf(&xml, "</testsuite>\n");
    bool written = report_write_file(path, xml.data, message_ret);
    text_clear(&xml);
    return written;
}
