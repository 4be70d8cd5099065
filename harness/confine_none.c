/* Systems where an adapter can only be started as it is, see confine.h. */
#include "confine.h"

#include "text.h"

enum confine_status confine_start(uv_loop_t *loop, const struct worker_options *options,
                                  const json_t *how, struct confined *confined_ret,
                                  char **needs_ret, char **message_ret)
{
    struct confined confined = {0};

    if (json_object_size(how)) {
        *needs_ret = text_format("sandbox");
        *message_ret = text_format("this system cannot start an adapter in a special way");
        return CONFINE_LACKING;
    }
    if (!peer_start(loop, &(struct peer_options){.args = options->adapter}, &confined.adapter,
                    message_ret))
        return CONFINE_BROKEN;
    confined.pid = peer_pid(confined.adapter);
    *confined_ret = confined;
    return CONFINE_DONE;
}

bool confine_running(const struct confined *confined, const json_t *how, char **message_ret)
{
    (void)confined;
    (void)how;
    (void)message_ret;
    return true;
}

bool confine_bystander(uv_loop_t *loop, const struct worker_options *options,
                       struct peer **peer_ret, char **message_ret)
{
    (void)loop;
    (void)options;
    (void)message_ret;
    *peer_ret = NULL;
    return true;
}

json_t *confine_features(uv_loop_t *loop, const struct worker_options *options, char **message_ret)
{
    (void)loop;
    (void)options;
    (void)message_ret;
    return json_object();
}
