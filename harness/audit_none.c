/* Systems where another process cannot be looked at this way, see audit.h. */
#include "audit.h"

json_t *audit_look(int pid, int but)
{
    (void)pid;
    (void)but;
    return json_object();
}

char *audit_exe_path(int pid)
{
    (void)pid;
    return NULL;
}

int audit_stopped(int pid)
{
    (void)pid;
    return 0;
}
