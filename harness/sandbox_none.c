/* No sandbox: systems without namespaces. See sandbox.h. */
#include "sandbox.h"

#include "text.h"

enum sandbox_status sandbox_enter(char **scratch_ret, char **why_not_ret)
{
    (void)scratch_ret;
    *why_not_ret = text_format("this system has no namespaces");
    return SANDBOX_LACKING;
}

void sandbox_reap_orphans(const struct sandbox_children *children)
{
    (void)children;
}

void sandbox_kill_all(void)
{
}
