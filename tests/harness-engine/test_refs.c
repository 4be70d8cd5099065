/* refs.c: what a reference stands for [CASES.md, "References"]. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "refs.h"

static const char scope_text[] =
    "{\"d\": {\"pid\": 7, \"exe_sha256\": \"AbC0\", \"path\": \"Z:\\\\x\\\\y\", \"nested\": "
    "{\"deep\": [1]},"
    " \"record\": {\"pid\": 7, \"boot_id\": \"b\", \"exe_path\": \"/x\"}},"
    " \"wild\": -1, \"host\": {\"boot_id\": \"h\"}}";

struct row {
    const char *label;
    const char *value;
    const char *wanted;  /* the line that goes out; NULL: refused */
    const char *message; /* part of why */
};

static const struct row rows[] = {
    {"plain values stay", "[1, true, null, \"x\", 1.5]", "[1,true,null,\"x\",1.5]", NULL},
    {"alone: the value", "[\"${d.pid}\"]", "[7]", NULL},
    {"alone: an object", "{\"record\": \"${d.record}\"}",
     "{\"record\":{\"pid\":7,\"boot_id\":\"b\",\"exe_path\":\"/x\"}}", NULL},
    {"inside a text: its text", "[\"n=${d.pid},${d.exe_sha256}!\"]", "[\"n=7,AbC0!\"]", NULL},
    {"inside a text: a list", "[\"<${d.nested.deep}>\"]", "[\"<[1]>\"]", NULL},
    {"a value of a sweep", "[\"${wild}\"]", "[-1]", NULL},
    {"upper", "[\"${d.exe_sha256|upper}\"]", "[\"ABC0\"]", NULL},
    {"lower", "[\"${d.exe_sha256|lower}\"]", "[\"abc0\"]", NULL},
    {"slashes", "[\"a\\\\b\\\\${d.exe_sha256}\", \"${d.path|slashes}\"]",
     "[\"a\\\\b\\\\AbC0\",\"Z:/x/y\"]", NULL},
    {"flip changes the last digit", "[\"${d.exe_sha256|flip}\"]", "[\"AbC1\"]", NULL},
    {"flip twice over another digit", "[\"${d.exe_sha256|head:3|flip}\"]", "[\"Ab0\"]", NULL},
    {"head", "[\"${d.exe_sha256|head:1}\"]", "[\"A\"]", NULL},
    {"tail", "[\"${d.exe_sha256|tail:2}\"]", "[\"C0\"]", NULL},
    {"plus", "[\"${d.pid|plus:-8}\"]", "[-1]", NULL},
    {"plus what 32 bits cannot hold", "[\"${d.pid|plus:4294967296}\"]", "[4294967303]", NULL},
    {"repeat", "[\"${host.boot_id|repeat:3}\"]", "[\"hhh\"]", NULL},
    {"wrapped", "[\"${d.pid|wrapped}\"]", "[4294967289]", NULL},
    {"alter counts from the end", "[\"${d.exe_sha256|alter:2}\"]", "[\"Ab00\"]", NULL},
    {"alter of more than there is", "[\"${d.exe_sha256|alter:99}\"]", "[\"0bC0\"]", NULL},
    {"filters go left to right", "[\"${d.exe_sha256|head:2|upper|repeat:2}\"]", "[\"ABAB\"]", NULL},
    {"$of overrides and removes",
     "{\"$of\": \"${d.record}\", \"boot_id\": \"x\", \"exe_path\": null}",
     "{\"pid\":7,\"boot_id\":\"x\"}", NULL},
    {"$of with $null", "{\"$of\": \"${d.record}\", \"boot_id\": {\"$null\": true}}",
     "{\"pid\":7,\"boot_id\":null,\"exe_path\":\"/x\"}", NULL},
    {"$raw is spelled as it is", "{\"pid\": {\"$raw\": \"1e3\"}, \"n\": [{\"$raw\": \"1.0\"}]}",
     "{\"pid\":1e3,\"n\":[1.0]}", NULL},
    {"$raw takes references",
     "{\"$raw\": \"{\\\"pid\\\":${d.pid},\\\"pid\\\":1,\\\"b\\\":${host.boot_id|json}}\"}",
     "{\"pid\":7,\"pid\":1,\"b\":\"h\"}", NULL},
    {"$raw survives $of", "{\"$of\": \"${d.record}\", \"pid\": {\"$raw\": \"7.0\"}}",
     "{\"pid\":7.0,\"boot_id\":\"b\",\"exe_path\":\"/x\"}", NULL},
    {"a NUL is kept", "[\"a\\u0000b\"]", "[\"a\\u0000b\"]", NULL},
    {"unknown name", "[\"${e.pid}\"]", NULL, "nothing so far is called 'e' (there is: d, wild"},
    {"unknown member", "[\"${d.pidd}\"]", NULL, "'d' has no 'pidd' (it has: pid, exe_sha256"},
    {"member of a number", "[\"${d.pid.x}\"]", NULL, "'d.pid' has no 'x'"},
    {"unknown filter", "[\"${d.pid|rot13}\"]", NULL, "there is no filter 'rot13'"},
    {"filter without its number", "[\"${d.pid|head}\"]", NULL, "'head' cannot be applied"},
    {"filter with a number too many", "[\"${d.pid|upper:1}\"]", NULL, "cannot be applied"},
    {"head beyond the end", "[\"${d.exe_sha256|head:5}\"]", NULL, "cannot be applied"},
    {"plus on a text", "[\"${d.exe_sha256|plus:1}\"]", NULL, "cannot be applied to 'AbC0'"},
    {"plus out of range", "[\"${d.pid|plus:9223372036854775807}\"]", NULL, "cannot be applied"},
    {"alter of no character", "[\"${d.exe_sha256|alter:0}\"]", NULL, "cannot be applied"},
    {"flip of nothing", "[\"${host.boot_id|flip}\"]", NULL, "cannot be applied to 'h'"},
    {"not closed", "[\"${d.pid\"]", NULL, "without \"}\""},
    {"$of of a number", "{\"$of\": \"${d.pid}\"}", NULL, "wants an object"},
    {"inside $of", "{\"$of\": \"${d.record}\", \"pid\": \"${nobody}\"}", NULL, "nobody"},
};

static void every_row(void **state)
{
    (void)state;
    json_t *scope = json_loads(scope_text, 0, NULL);
    assert_non_null(scope);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct row *row = &rows[i];
        json_t *value = json_loads(row->value, JSON_ALLOW_NUL, NULL);
        char *message = NULL;
        json_t *resolved = refs_resolve(value, scope, &message);

        assert_non_null(value);
        if (row->wanted) {
            if (!resolved)
                fail_msg("%s: refused: %s", row->label, message);
            char *line = refs_dump(resolved);
            if (strcmp(line, row->wanted) != 0)
                fail_msg("%s: %s instead of %s", row->label, line, row->wanted);
            assert_null(message);
            free(line);
        } else {
            if (resolved)
                fail_msg("%s: not refused", row->label);
            if (!message || !strstr(message, row->message))
                fail_msg("%s: '%s' is not in '%s'", row->label, row->message,
                         message ? message : "(no message)");
        }
        free(message);
        json_decref(resolved);
        json_decref(value);
    }
    json_decref(scope);
}

/* What a reference stands for is a copy: changing it changes no fact. */
static void facts_stay(void **state)
{
    (void)state;
    json_t *scope = json_loads(scope_text, 0, NULL);
    json_t *value = json_loads("{\"$of\": \"${d.record}\", \"pid\": 1}", 0, NULL);
    char *message = NULL;
    json_t *resolved = refs_resolve(value, scope, &message);
    json_t *untouched = json_loads(scope_text, 0, NULL);

    assert_non_null(resolved);
    assert_true(json_equal(scope, untouched));
    json_decref(untouched);
    json_decref(resolved);
    json_decref(value);
    json_decref(scope);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),
        cmocka_unit_test(facts_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
