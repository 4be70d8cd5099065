/*
 * python_standin.c: a stand-in for Python where there is none for Windows (under Wine): takes
 * the place of `python` for pidproof.exe and hands everything to a real Python outside, whose
 * test (test_program.py) listens on the loopback port that PIDPROOF_STANDIN names: first the
 * arguments, one a line in UTF-8, and an empty line; then standard input; what comes back is
 * standard output. It runs no Python and says nothing about how Python on Windows behaves.
 */
#include <winsock2.h>

#include <fcntl.h>
#include <io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>

enum { BROKEN = 97 }; /* no exit status of Python's */

static int broken(const char *what)
{
    fprintf(stderr, "python_standin: %s\n", what);
    return BROKEN;
}

static int send_all(SOCKET to, const char *bytes, int count)
{
    for (int sent; count > 0; bytes += sent, count -= sent)
        if ((sent = send(to, bytes, count, 0)) <= 0)
            return 0;
    return 1;
}

/* Standard input is a pipe that blocks, so this has a thread of its own. */
static DWORD WINAPI forward_input(void *context)
{
    SOCKET to = *(SOCKET *)context;
    char bytes[65536];
    int count;

    while ((count = _read(0, bytes, sizeof bytes)) > 0 && send_all(to, bytes, count))
        ;
    shutdown(to, SD_SEND);
    return 0;
}

static SOCKET connect_to(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    WSADATA data;

    if (WSAStartup(MAKEWORD(2, 2), &data) != 0)
        return INVALID_SOCKET;
    SOCKET to = socket(AF_INET, SOCK_STREAM, 0);
    address.sin_port = htons((unsigned short)atoi(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (to != INVALID_SOCKET && connect(to, (struct sockaddr *)&address, sizeof address) != 0)
        return INVALID_SOCKET;
    return to;
}

static int send_arguments(SOCKET to, int count, wchar_t **arguments)
{
    char text[32768];

    for (int i = 1; i < count; i++) {
        int size =
            WideCharToMultiByte(CP_UTF8, 0, arguments[i], -1, text, sizeof text - 1, NULL, NULL);
        if (size <= 0)
            return 0;
        text[size - 1] = '\n';
        if (!send_all(to, text, size))
            return 0;
    }
    return send_all(to, "\n", 1);
}

int main(void)
{
    const char *port = getenv("PIDPROOF_STANDIN");
    int count = 0;
    wchar_t **arguments = CommandLineToArgvW(GetCommandLineW(), &count);
    char bytes[65536];

    if (!port || !arguments)
        return broken("this is a test's stand-in for Python: PIDPROOF_STANDIN is not set");
    SOCKET to = connect_to(port);
    if (to == INVALID_SOCKET)
        return broken("nobody listens at PIDPROOF_STANDIN");
    _setmode(0, _O_BINARY);
    _setmode(1, _O_BINARY);
    if (!send_arguments(to, count, arguments) ||
        !CreateThread(NULL, 0, forward_input, &to, 0, NULL))
        return broken("the connection was lost");
    for (int got; (got = recv(to, bytes, sizeof bytes, 0)) > 0;)
        if (_write(1, bytes, (unsigned)got) != got)
            return broken("nobody reads its output");
    /* Not exit(): the thread may be reading. */
    TerminateProcess(GetCurrentProcess(), 0);
    return BROKEN;
}
