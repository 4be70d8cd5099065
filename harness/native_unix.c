/* Linux, macOS, the BSDs; see native.h. */
#include "native.h"

#include <signal.h>
#include <string.h>
#include <uv.h>

const char native_separators[] = "/";
const char native_python[] = "python3";
const unsigned native_spawn_flags = UV_PROCESS_DETACHED; /* setsid: before exec */

char **native_start(int argc, char **argv)
{
    (void)argc;
    return argv;
}

void native_be_worker(void)
{
}

void native_ignore_broken_pipes(void)
{
    signal(SIGPIPE, SIG_IGN);
}

void native_kill(int pid)
{
    uv_kill(-pid, SIGKILL);
}

const char *native_signal_text(int number)
{
    return strsignal(number);
}

void native_end_by(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}
