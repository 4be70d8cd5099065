/*
 * Windows; see native.h. Nothing is detached here: libuv keeps what it starts in a job that
 * ends with this process, however that ends. The job does not hold what those start in turn.
 */
#include "native.h"

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>
#include <windows.h>

#include <shellapi.h>

const char native_separators[] = "/\\";
const char native_python[] = "python";
const unsigned native_spawn_flags = 0;

static char *in_utf8(const wchar_t *wide)
{
    int size = WideCharToMultiByte(CP_UTF8, 0, wide, -1, NULL, 0, NULL, NULL);
    char *text = malloc(size > 0 ? (size_t)size : 1);
    if (!text)
        abort();
    text[0] = '\0';
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, text, size, NULL, NULL);
    return text;
}

/* It is the console's, which outlives this process. */
static UINT code_page;

static void restore_code_page(void)
{
    SetConsoleOutputCP(code_page);
}

/* Those of main() are in the code page, which cannot spell every name. */
char **native_start(int argc, char **argv)
{
    _setmode(_fileno(stdin), _O_BINARY);
    _setmode(_fileno(stdout), _O_BINARY);
    _setmode(_fileno(stderr), _O_BINARY);
    code_page = GetConsoleOutputCP();
    if (code_page && SetConsoleOutputCP(CP_UTF8))
        atexit(restore_code_page);

    int count = 0;
    wchar_t **wide = CommandLineToArgvW(GetCommandLineW(), &count);
    if (!wide || count != argc)
        return argv;
    static char **arguments; /* kept until the end */
    arguments = calloc((size_t)count + 1, sizeof *arguments);
    if (!arguments)
        abort();
    for (int i = 0; i < count; i++)
        arguments[i] = in_utf8(wide[i]);
    LocalFree(wide);
    return arguments;
}

/* Those that it starts inherit this. */
void native_be_worker(void)
{
    SetConsoleCtrlHandler(NULL, TRUE);
}

void native_ignore_broken_pipes(void)
{
}

void native_kill(int pid)
{
    uv_kill(pid, SIGKILL);
}

const char *native_signal_text(int number)
{
    return number == SIGKILL ? "Killed" : "of another system";
}

void native_end_by(int number)
{
    (void)number;
    ExitProcess((UINT)STATUS_CONTROL_C_EXIT);
}
