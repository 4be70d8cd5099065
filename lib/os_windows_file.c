/*
 * os_windows_file.c: paths and files on Windows.
 *
 * Paths come and go as UTF-8; what has no lossless form in it is refused. Every path is
 * first made full, in the one spelling `\\?\C:\dir\file`: that has backslashes only, may be
 * longer than MAX_PATH and names no device. [EXE-4, EXE-7]
 *
 * A path on the network is looked at only where the system says that the image is there: a
 * record could send us to a server that never answers, or that collects the credentials Windows
 * would show it. [RES-3]
 */
#include "os_windows.h"

#include <sddl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EPOCH_1970 116444736000000000U /* in units of 100 ns since 1601 */

/* ---- Text --------------------------------------------------------------- */

pidproof_reason os_utf8(const WCHAR *text, char **utf8_ret, struct os_failure *failure)
{
    int size = WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, NULL, 0, NULL, NULL);
    if (size <= 0)
        return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, GetLastError(),
                         "converting the path, which is not UTF-16", failure);
    char *utf8 = malloc((size_t)size);
    if (!utf8)
        return os_no_memory(failure);
    WideCharToMultiByte(CP_UTF8, WC_ERR_INVALID_CHARS, text, -1, utf8, size, NULL, NULL);
    *utf8_ret = utf8;
    return PIDPROOF_OK;
}

/* Malloc'ed UTF-16. EXE_PATH_MISMATCH where the text is not UTF-8: such a path names nothing. */
static pidproof_reason utf16(const char *utf8, WCHAR **text_ret, struct os_failure *failure)
{
    int size = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8, -1, NULL, 0);
    if (size <= 0)
        return os_failed(PIDPROOF_EXE_PATH_MISMATCH, GetLastError(),
                         "converting the path, which is not UTF-8", failure);
    WCHAR *text = malloc((size_t)size * sizeof *text);
    if (!text)
        return os_no_memory(failure);
    MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8, -1, text, size);
    *text_ret = text;
    return PIDPROOF_OK;
}

/* ---- Paths -------------------------------------------------------------- */

static bool is_letter(WCHAR c)
{
    return (c >= L'A' && c <= L'Z') || (c >= L'a' && c <= L'z');
}

static bool is_separator(char c)
{
    return c == '\\' || c == '/';
}

bool os_path_is_absolute(const char *path)
{
    if (is_separator(path[0]))
        return is_separator(path[1]); /* \\server\share, \\?\C: */
    return is_letter((unsigned char)path[0]) && path[1] == ':' && is_separator(path[2]);
}

enum { SPELLING = 8 }; /* units that the one spelling may be longer */

/* Puts `prefix` in the place of what is before `rest`, in place. */
static void put_before(WCHAR *full, const WCHAR *prefix, const WCHAR *rest)
{
    size_t length = wcslen(prefix);
    memmove(full + length, rest, (wcslen(rest) + 1) * sizeof *rest);
    memcpy(full, prefix, length * sizeof *prefix);
}

/* `full`, a full path, in the one spelling, in place: there is room for SPELLING more units.
 * *remote_ret: it is on the network. */
static pidproof_reason spell(WCHAR *full, bool *remote_ret, struct os_failure *failure)
{
    bool device = wcsncmp(full, L"\\\\?\\", 4) == 0 || wcsncmp(full, L"\\\\.\\", 4) == 0;
    WCHAR *drive = device ? full + 4 : full;
    *remote_ret = false;
    if (is_letter(drive[0]) && drive[1] == L':' && drive[2] == L'\\') {
        WCHAR root[] = {drive[0], L':', L'\\', L'\0'};
        *remote_ret = GetDriveTypeW(root) == DRIVE_REMOTE;
        put_before(full, L"\\\\?\\", drive);
    } else if (device && _wcsnicmp(drive, L"Volume{", 7) == 0) {
        full[2] = L'?';
    } else if (device && _wcsnicmp(drive, L"UNC\\", 4) != 0) {
        return os_failed(PIDPROOF_EXE_PATH_MISMATCH, ERROR_SUCCESS,
                         "looking up the path, which names a device", failure);
    } else {
        *remote_ret = true;
        put_before(full, L"\\\\?\\UNC\\", device ? drive + 4 : full + 2);
    }
    return PIDPROOF_OK;
}

static pidproof_reason not_looked_at(struct os_failure *failure)
{
    return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, ERROR_SUCCESS,
                     "looking up the path: it is on the network, where a look could block",
                     failure);
}

/* Malloc'ed. EXE_PATH_MISMATCH where it can name no file; EXE_PATH_UNREADABLE, HANDLE_FAILED. */
static pidproof_reason full_path(const char *path, WCHAR **full_ret, bool *remote_ret,
                                 struct os_failure *failure)
{
    WCHAR *text = NULL;
    pidproof_reason reason = utf16(path, &text, failure);
    if (reason)
        return reason;
    DWORD size = GetFullPathNameW(text, 0, NULL, NULL);
    WCHAR *full = malloc(((size_t)size + SPELLING) * sizeof *full);
    if (!full)
        reason = os_no_memory(failure);
    else if (size == 0 || GetFullPathNameW(text, size, full, NULL) != size - 1)
        reason = os_failed(PIDPROOF_EXE_PATH_MISMATCH, GetLastError(), "making the path a full one",
                           failure);
    else
        reason = spell(full, remote_ret, failure);
    free(text);
    if (reason)
        free(full);
    else
        *full_ret = full;
    return reason;
}

/* What the errors of CreateFileW mean: only these prove that nothing stands at the path. */
static pidproof_reason open_failed(DWORD code, struct os_failure *failure)
{
    switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_BAD_PATHNAME:
    case ERROR_DIRECTORY:
    case ERROR_FILENAME_EXCED_RANGE:
    case ERROR_CANT_RESOLVE_FILENAME: /* symbolic links in a circle */
        return os_failed(PIDPROOF_EXE_PATH_MISMATCH, code, "looking up the path", failure);
    default:
        return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, code, "looking up the path", failure);
    }
}

/* Reading keeps writers out meanwhile: without FILE_SHARE_WRITE nobody can open it to write. */
static pidproof_reason open_full(const WCHAR *full, DWORD access, HANDLE *handle_ret,
                                 struct os_failure *failure)
{
    DWORD share = FILE_SHARE_READ | FILE_SHARE_DELETE;
    if (access == FILE_READ_ATTRIBUTES)
        share |= FILE_SHARE_WRITE;
    HANDLE handle = CreateFileW(full, access, share, NULL, OPEN_EXISTING,
                                FILE_FLAG_BACKUP_SEMANTICS /* directories too */, NULL);
    if (handle == INVALID_HANDLE_VALUE)
        return open_failed(GetLastError(), failure);
    *handle_ret = handle;
    return PIDPROOF_OK;
}

pidproof_reason os_path_open(const char *path, bool network_too, DWORD access, HANDLE *handle_ret,
                             struct os_failure *failure)
{
    WCHAR *full = NULL;
    bool remote = false;
    pidproof_reason reason = full_path(path, &full, &remote, failure);
    if (reason)
        return reason;
    reason = remote && !network_too ? not_looked_at(failure)
                                    : open_full(full, access, handle_ret, failure);
    free(full);
    return reason;
}

/* The full path without links, short names and odd spellings; `full` itself where the
 * system cannot tell one. Malloc'ed. */
static pidproof_reason canonical_path(HANDLE handle, const WCHAR *full, WCHAR **canonical_ret,
                                      struct os_failure *failure)
{
    DWORD size = GetFinalPathNameByHandleW(handle, NULL, 0, FILE_NAME_NORMALIZED);
    WCHAR *path = size ? malloc((size_t)size * sizeof *path) : _wcsdup(full);
    if (!path)
        return os_no_memory(failure);
    if (size && GetFinalPathNameByHandleW(handle, path, size, FILE_NAME_NORMALIZED) >= size) {
        free(path);
        return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, ERROR_MORE_DATA,
                         "asking for the canonical path, which grew meanwhile", failure);
    }
    *canonical_ret = path;
    return PIDPROOF_OK;
}

static WCHAR lower(WCHAR c)
{
    return c >= L'A' && c <= L'Z' ? (WCHAR)(c + (L'a' - L'A')) : c;
}

bool os_same_path(const WCHAR *a, const WCHAR *b)
{
    while (*a && lower(*a) == lower(*b)) {
        a++;
        b++;
    }
    return *a == *b;
}

/* `image_path` as it is, or canonical, is `canonical`. */
static pidproof_reason compare(const WCHAR *canonical, const char *image_path,
                               struct os_failure *failure)
{
    WCHAR *full = NULL, *image_canonical = NULL;
    HANDLE handle = NULL;
    bool remote;
    pidproof_reason reason = full_path(image_path, &full, &remote, failure);
    if (reason)
        return reason;
    bool same = os_same_path(canonical, full);
    struct os_failure ignored; /* what cannot be made canonical is compared as written [EXE-2] */
    if (!same && !open_full(full, FILE_READ_ATTRIBUTES, &handle, &ignored)) {
        if (!canonical_path(handle, full, &image_canonical, &ignored))
            same = os_same_path(canonical, image_canonical);
        CloseHandle(handle);
    }
    free(full);
    free(image_canonical);
    return same ? PIDPROOF_OK
                : os_failed(PIDPROOF_EXE_PATH_MISMATCH, ERROR_SUCCESS,
                            "comparing the path with the one that is in use", failure);
}

/* The file and the canonical path are asked of one and the same handle. */
static pidproof_reason handle_names(HANDLE handle, const WCHAR *full, const struct os_image *image,
                                    struct os_failure *failure)
{
    struct os_file named;
    if (!os_file_of(handle, &named))
        return os_failed(PIDPROOF_EXE_PATH_UNREADABLE, GetLastError(),
                         "asking which file stands at the path", failure);
    if (named.volume != image->file.volume || named.id[0] != image->file.id[0] ||
        named.id[1] != image->file.id[1]) /* [EXE-5, EXE-8] */
        return os_failed(PIDPROOF_EXE_PATH_MISMATCH, ERROR_SUCCESS,
                         "comparing files: another one stands at the path", failure);
    if (!image->path)
        return PIDPROOF_OK;
    WCHAR *canonical = NULL;
    pidproof_reason reason = canonical_path(handle, full, &canonical, failure);
    if (!reason)
        reason = compare(canonical, image->path, failure);
    free(canonical);
    return reason;
}

/* Whether the image's own path, as the system tells it, is this one. */
static pidproof_reason is_image_path(const WCHAR *full, const struct os_image *image,
                                     bool *same_ret, struct os_failure *failure)
{
    WCHAR *image_full = NULL;
    bool remote;
    *same_ret = false;
    pidproof_reason reason =
        image->path ? full_path(image->path, &image_full, &remote, failure) : PIDPROOF_OK;
    if (image_full)
        *same_ret = os_same_path(full, image_full);
    free(image_full);
    return reason;
}

pidproof_reason os_path_names(os_view *view, const char *path, const struct os_image *image,
                              struct os_failure *failure)
{
    (void)view;
    WCHAR *full = NULL;
    HANDLE handle = NULL;
    bool remote = false, known = true;
    pidproof_reason reason = full_path(path, &full, &remote, failure);
    if (reason)
        return reason;
    if (remote) /* the record's word alone sends us nowhere [RES-3] */
        reason = is_image_path(full, image, &known, failure);
    if (!reason)
        reason = known ? open_full(full, FILE_READ_ATTRIBUTES, &handle, failure)
                       : not_looked_at(failure);
    if (!reason) {
        reason = handle_names(handle, full, image, failure);
        CloseHandle(handle);
    }
    free(full);
    return reason;
}

/* ---- Files -------------------------------------------------------------- */

static int64_t since_1970_ns(uint64_t filetime)
{
    return (int64_t)((filetime - EPOCH_1970) * 100U);
}

/* 128 bits where the system and the file system have them, else 64. One volume has always the
 * same kind; an error that may pass is never taken for "has none". */
static bool file_id(HANDLE handle, const BY_HANDLE_FILE_INFORMATION *information,
                    struct os_file *file_ret)
{
    FILE_ID_INFO id;
    if (GetFileInformationByHandleEx(handle, FileIdInfo, &id, sizeof id)) {
        file_ret->volume = id.VolumeSerialNumber;
        memcpy(file_ret->id, &id.FileId, sizeof file_ret->id);
    } else {
        DWORD code = GetLastError();
        if (code != ERROR_INVALID_PARAMETER && code != ERROR_NOT_SUPPORTED &&
            code != ERROR_INVALID_FUNCTION && code != ERROR_CALL_NOT_IMPLEMENTED)
            return false;
        file_ret->volume = information->dwVolumeSerialNumber;
        file_ret->id[0] = (uint64_t)information->nFileIndexHigh << 32 | information->nFileIndexLow;
        file_ret->id[1] = 0;
    }
    /* Two files without an id would look the same. */
    bool none = (file_ret->id[0] | file_ret->id[1]) == 0 ||
                (file_ret->id[0] & file_ret->id[1]) == UINT64_MAX;
    if (none)
        SetLastError(ERROR_NOT_SUPPORTED);
    return !none;
}

bool os_file_of(HANDLE handle, struct os_file *file_ret)
{
    BY_HANDLE_FILE_INFORMATION information;
    FILE_BASIC_INFO basic;
    struct os_file file = {0};
    if (GetFileType(handle) != FILE_TYPE_DISK) {
        SetLastError(ERROR_BAD_FILE_TYPE);
        return false;
    }
    if (!GetFileInformationByHandle(handle, &information) ||
        !GetFileInformationByHandleEx(handle, FileBasicInfo, &basic, sizeof basic) ||
        !file_id(handle, &information, &file))
        return false;
    file.links = information.nNumberOfLinks;
    file.size = (uint64_t)information.nFileSizeHigh << 32 | information.nFileSizeLow;
    file.modified_ns = since_1970_ns((uint64_t)basic.LastWriteTime.QuadPart);
    file.changed_ns = since_1970_ns((uint64_t)basic.ChangeTime.QuadPart);
    file.regular =
        !(information.dwFileAttributes & (FILE_ATTRIBUTE_DIRECTORY | FILE_ATTRIBUTE_DEVICE));
    *file_ret = file;
    return true;
}

pidproof_reason os_regular_open(const char *path, bool network_too, os_fd *fd_ret,
                                struct os_failure *failure)
{
    HANDLE handle = NULL;
    struct os_file file;
    if (os_path_open(path, network_too, GENERIC_READ, &handle, failure))
        return PIDPROOF_EXE_UNHASHABLE;
    bool known = os_file_of(handle, &file);
    DWORD code = known ? ERROR_BAD_FILE_TYPE : GetLastError();
    if (known && file.regular) {
        *fd_ret = (os_fd)handle;
        return PIDPROOF_OK;
    }
    CloseHandle(handle);
    *failure = (struct os_failure){.code = code, .doing = "opening it as a regular file"};
    return PIDPROOF_EXE_UNHASHABLE;
}

pidproof_reason os_file_open(const char *path, os_fd *fd_ret, struct os_failure *failure)
{
    return os_regular_open(path, false, fd_ret, failure);
}

void os_file_close(os_fd fd)
{
    if (fd != OS_NO_FD)
        CloseHandle((HANDLE)fd);
}

pidproof_reason os_file_stat(os_fd fd, struct os_file *file_ret, struct os_failure *failure)
{
    if (os_file_of((HANDLE)fd, file_ret))
        return PIDPROOF_OK;
    *failure = (struct os_failure){.code = GetLastError(), .doing = "asking which file is open"};
    return PIDPROOF_EXE_UNHASHABLE;
}

pidproof_reason os_file_read(os_fd fd, uint64_t offset, void *buffer, size_t size, size_t *read_ret,
                             struct os_failure *failure)
{
    OVERLAPPED at = {.Offset = (DWORD)(offset & UINT32_MAX), .OffsetHigh = (DWORD)(offset >> 32)};
    DWORD want = size < 0x40000000 ? (DWORD)size : 0x40000000, count = 0;
    if (!ReadFile((HANDLE)fd, buffer, want, &count, &at)) {
        DWORD code = GetLastError();
        if (code != ERROR_HANDLE_EOF) {
            *failure = (struct os_failure){.code = code, .doing = "reading it"};
            return PIDPROOF_EXE_UNHASHABLE;
        }
        count = 0;
    }
    *read_ret = count;
    return PIDPROOF_OK;
}

/* No digest is remembered: on Windows the time of last change can be set at will. [HASH-5] */
bool os_file_is_settled(os_fd fd, const struct os_file *file)
{
    (void)fd;
    (void)file;
    return false;
}

/* ---- Replacing a file --------------------------------------------------- */

/* A new file beside `full`, for the owner, the system and administrators alone. */
static HANDLE create_beside(const WCHAR *full, WCHAR *beside, size_t size)
{
    SECURITY_ATTRIBUTES security = {.nLength = sizeof security};
    if (!ConvertStringSecurityDescriptorToSecurityDescriptorW(
            L"D:P(A;;FA;;;OW)(A;;FA;;;SY)(A;;FA;;;BA)", SDDL_REVISION_1,
            &security.lpSecurityDescriptor, NULL))
        return INVALID_HANDLE_VALUE;
    HANDLE handle = INVALID_HANDLE_VALUE;
    DWORD code = ERROR_FILE_EXISTS;
    for (unsigned attempt = 0; attempt < 100 && code == ERROR_FILE_EXISTS; attempt++) {
        swprintf(beside, size, L"%ls.%lu-%lu-%u", full, GetCurrentProcessId(), GetCurrentThreadId(),
                 attempt);
        handle = CreateFileW(beside, GENERIC_WRITE, 0, &security, CREATE_NEW, FILE_ATTRIBUTE_NORMAL,
                             NULL);
        code = handle == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
    }
    LocalFree(security.lpSecurityDescriptor);
    SetLastError(code);
    return handle;
}

static bool write_all(HANDLE handle, const char *content, size_t length)
{
    while (length > 0) {
        DWORD count, step = length < 0x40000000 ? (DWORD)length : 0x40000000;
        if (!WriteFile(handle, content, step, &count, NULL))
            return false;
        content += count;
        length -= count;
    }
    return FlushFileBuffers(handle) != 0;
}

pidproof_reason os_file_replace(const char *path, const char *content, size_t length,
                                struct os_failure *failure)
{
    WCHAR *full = NULL;
    bool remote = false;
    pidproof_reason reason = full_path(path, &full, &remote, failure);
    if (!reason && remote) /* nor could it be read again */
        reason = not_looked_at(failure);
    if (reason) {
        free(full);
        return PIDPROOF_RECORD_IO;
    }
    const char *doing = "creating a file beside it";
    size_t size = wcslen(full) + 40;
    WCHAR *beside = malloc(size * sizeof *beside);
    HANDLE handle = INVALID_HANDLE_VALUE;
    DWORD code = ERROR_NOT_ENOUGH_MEMORY;
    if (beside) {
        handle = create_beside(full, beside, size);
        code = handle == INVALID_HANDLE_VALUE ? GetLastError() : ERROR_SUCCESS;
    }
    if (code == ERROR_SUCCESS) {
        if (!write_all(handle, content, length)) {
            code = GetLastError();
            doing = "writing a file beside it";
        }
        CloseHandle(handle);
        if (code == ERROR_SUCCESS &&
            !MoveFileExW(beside, full, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
            code = GetLastError();
            doing = "renaming a new file over it";
        }
        if (code != ERROR_SUCCESS)
            DeleteFileW(beside);
    }
    free(beside);
    free(full);
    if (code == ERROR_SUCCESS)
        return PIDPROOF_OK;
    *failure = (struct os_failure){.code = code, .doing = doing};
    return PIDPROOF_RECORD_IO;
}
