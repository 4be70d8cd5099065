/* A worker's place, see site.h. */
#include "site.h"

#include "confine.h"
#include "native.h"
#include "sandbox.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* What the launcher may take to undo everything; a net. */
#define TEARDOWN_S 30

/* ---- The host ----------------------------------------------------------------- */

static json_t *describe_host(struct site *site, char *why_no_sandbox, char **message_ret)
{
    struct launched launched = {0};
    uv_utsname_t names;

    if (launcher_do(site->launcher, "host", NULL, &launched) != LAUNCHER_DONE) {
        *message_ret = text_format("%s", launched.why);
        launched_clear(&launched);
        return NULL;
    }
    json_t *features = json_object_get(launched.facts, "features");
    json_t *confine = confine_features(&site->loop, site->options, message_ret);
    if (!confine) {
        launched_clear(&launched);
        return NULL;
    }
    if (!json_is_object(features)) {
        features = json_object();
        json_object_set_new(launched.facts, "features", features);
    }
    json_object_update_missing(features, confine);
    json_decref(confine);
    json_object_set_new(features, "sandbox",
                        site->sandboxed ? json_true() : json_string(why_no_sandbox));

    json_t *host = json_copy(launched.facts);
    if (uv_os_uname(&names) == 0) {
        json_object_set_new(host, "kernel", json_sprintf("%s %s", names.sysname, names.release));
        json_object_set_new(host, "machine", json_string(names.machine));
    }
    launched_clear(&launched);
    return host;
}

bool site_has(const struct site *site, const char *feature, const char **why_ret)
{
    const json_t *value = json_object_get(json_object_get(site->host, "features"), feature);

    if (json_is_true(value))
        return true;
    *why_ret = json_is_string(value) ? json_string_value(value)
                                     : "nobody here knows whether this host has it";
    return false;
}

/* ---- Up ------------------------------------------------------------------------ */

static bool make_scratch(struct site *site, char **message_ret)
{
    char directory[1024];
    size_t size = sizeof directory;
    uv_fs_t request;

    if (uv_os_tmpdir(directory, &size)) {
        *message_ret = text_format("there is no directory for temporary files; set TMPDIR");
        return false;
    }
    char *pattern = text_format("%s/pidproof-XXXXXX", directory);
    int status = uv_fs_mkdtemp(NULL, &request, pattern, NULL);
    if (status == 0)
        site->scratch = text_format("%s", request.path);
    else
        *message_ret = text_format("making a directory like %s: %s", pattern, uv_strerror(status));
    uv_fs_req_cleanup(&request);
    free(pattern);
    return status == 0;
}

static bool start_processes(struct site *site, char **message_ret)
{
    if (!site->launcher)
        site->launcher = launcher_start(&site->loop, site->options, site->scratch, message_ret);
    if (!site->launcher)
        return false;
    if (site->bystander.peer && !site->bystander.spent)
        return true;
    peer_end(site->bystander.peer, 0);
    site->bystander = (struct canary){0};
    if (!confine_bystander(&site->loop, site->options, &site->bystander.peer, message_ret))
        return false;
    if (site->bystander.peer)
        site->bystander.pid = peer_pid(site->bystander.peer);
    return true;
}

enum site_status site_open(struct site *site, const struct worker_options *options,
                           char **message_ret)
{
    char *why_no_sandbox = NULL;
    struct trouble trouble = {0};
    enum sandbox_status entered = SANDBOX_LACKING;

    *site = (struct site){.options = options};
    native_ignore_broken_pipes();
    if (options->sandbox)
        entered = sandbox_enter(&site->scratch, &why_no_sandbox);
    else
        why_no_sandbox = text_format("--no-sandbox");
    site->sandboxed = entered == SANDBOX_ENTERED;
    uv_loop_init(&site->loop);
    if (entered == SANDBOX_FAILED) {
        *message_ret = text_format("the sandbox could not be made: %s", why_no_sandbox);
        free(why_no_sandbox);
        return SITE_HOST_BROKEN;
    }

    bool up = (site->sandboxed || make_scratch(site, message_ret)) &&
              start_processes(site, message_ret) &&
              (site->host = describe_host(site, why_no_sandbox, message_ret));
    free(why_no_sandbox);
    if (!up)
        return SITE_HOST_BROKEN;
    if (!*options->adapter)
        return SITE_UP;
    if (!adapter_start(&site->loop, options, NULL, &site->adapter, &trouble)) {
        bool host = !strcmp(trouble.outcome, "host");
        *message_ret = trouble.message;
        trouble.message = NULL;
        trouble_clear(&trouble);
        return host ? SITE_HOST_BROKEN : SITE_ADAPTER_BROKEN;
    }
    site->hello = json_incref((json_t *)adapter_hello(site->adapter));
    return SITE_UP;
}

/* ---- Again, and down ------------------------------------------------------------ */

static void drop_adapter(struct site *site)
{
    adapter_end(site->adapter);
    site->adapter = NULL;
}

static void reap(const struct site *site)
{
    int known[] = {site->launcher ? peer_pid(site->launcher) : 0,
                   site->adapter ? adapter_child(site->adapter) : 0, site->bystander.pid};

    if (site->sandboxed)
        sandbox_reap_orphans(&(struct sandbox_children){.known = known, .count = 3});
}

enum site_status site_recover(struct site *site, char **message_ret)
{
    /* Nobody knows any more what a dead launcher had made: nothing of it is kept. */
    if (!site->launcher) {
        if (site->sandboxed)
            sandbox_kill_all();
        drop_adapter(site);
        site->bystander.spent = true;
    }
    reap(site);
    return start_processes(site, message_ret) ? SITE_UP : SITE_HOST_BROKEN;
}

void site_close(struct site *site)
{
    uv_fs_t request;

    drop_adapter(site);
    peer_end(site->bystander.peer, 0);
    peer_end(site->launcher, TEARDOWN_S);
    if (site->scratch && !site->sandboxed) {
        /* The launcher emptied it. What is left is worth a look, so it is left. */
        uv_fs_rmdir(NULL, &request, site->scratch, NULL);
        uv_fs_req_cleanup(&request);
    }
    free(site->scratch);
    json_decref(site->host);
    json_decref(site->hello);
    uv_loop_close(&site->loop);
}
