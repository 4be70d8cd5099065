/*
 * child.h: processes for the Windows tests, made from helper.exe beside the test. Every one
 * ends with the test, whatever becomes of it.
 */
#ifndef TESTS_WINDOWS_CHILD_H
#define TESTS_WINDOWS_CHILD_H

/* Windows 8, as the library. */
#define _WIN32_WINNT 0x0602
#include <windows.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pidproof/pidproof.h"

struct child {
    HANDLE process; /* with every right; keeps the number while it is open */
    HANDLE to;      /* its standard input */
    DWORD pid;
};

/* Full path of helper.exe; static text. */
const WCHAR *helper_path(void);

/* Starts the program and returns when it has said that it is ready. */
void child_start(struct child *child, const WCHAR *program);

/* The same, with its process object protected as the SDDL text says. */
void child_start_protected(struct child *child, const WCHAR *program, const WCHAR *sddl);

/* Tells it to exit with this code and waits for that; its handle stays open. */
void child_exit(struct child *child, unsigned code);

/* Ends it, waits for that and closes its handle: its number is free. */
void child_end(struct child *child);

/* Malloc'ed text. */
char *utf8(const WCHAR *text);

/* Captures a process and asserts that it could. */
pidproof_record *captured(DWORD pid);

/* Verifies, and closes what was accepted. */
pidproof_reason verified(const pidproof_record *record);

/* A fresh directory, ended by a backslash; scratch_remove() removes it with its files. */
const WCHAR *scratch_make(void);
void scratch_remove(void);

/* `scratch\name`; static text, overwritten by the next call. */
const WCHAR *scratch_path(const WCHAR *name);

/* Whether this is Wine, which is unlike Windows in places that the tests name. */
bool is_wine(void);

#endif
