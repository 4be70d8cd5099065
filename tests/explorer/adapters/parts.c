/* Parts of small adapters, see parts.h; and the loop that speaks PROTOCOL.md. */
#define _GNU_SOURCE
#include "parts.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HANDLES_MAX 4096
#define LINE_MAX_BYTES (1 << 20)

/* ---- Looking ------------------------------------------------------------ */

static bool refuse(struct refusal *why, const char *reason, int error)
{
    *why = (struct refusal){reason, error};
    return false;
}

void close_quietly(int descriptor)
{
    int error = errno;
    if (descriptor >= 0)
        close(descriptor);
    errno = error;
}

static int open_file(const char *path)
{
    int fd;
    do
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    while (fd < 0 && errno == EINTR);
    return fd;
}

static ssize_t read_some(int fd, void *buffer, size_t size)
{
    ssize_t n;
    do
        n = read(fd, buffer, size);
    while (n < 0 && errno == EINTR);
    return n;
}

bool boot_is(const struct record *record, struct refusal *why)
{
    char text[128];
    size_t length = 0;
    ssize_t n = 0;
    if (!record->boot_id || !*record->boot_id)
        return true;
    int fd = open_file("/proc/sys/kernel/random/boot_id");
    if (fd < 0)
        return refuse(why, "boot_id_unavailable", errno);
    while (length < sizeof text - 1 &&
           (n = read_some(fd, text + length, sizeof text - 1 - length)) > 0)
        length += (size_t)n;
    close_quietly(fd);
    text[length] = 0;
    text[strcspn(text, "\n")] = 0;
    if (n < 0 || !*text)
        return refuse(why, "boot_id_unavailable", n < 0 ? errno : EIO);
    return strcmp(text, record->boot_id) == 0 || refuse(why, "boot_id_mismatch", 0);
}

/* Whether "no such file" is what the error says; anything else says nothing. */
static bool says_not_there(int error)
{
    return error == ENOENT || error == ENOTDIR || error == ELOOP || error == ENAMETOOLONG;
}

bool path_is(const struct record *record, struct refusal *why)
{
    char link[64], name[4096], full[4096];
    struct stat image, file;
    snprintf(link, sizeof link, "/proc/%d/exe", record->pid);
    ssize_t n = readlink(link, name, sizeof name - 1);
    if (n < 0)
        return refuse(why, "exe_path_unreadable", errno);
    name[n] = 0;
    if (!realpath(record->path, full))
        return refuse(why, says_not_there(errno) ? "exe_path_mismatch" : "exe_path_unreadable",
                      errno);
    if (strcmp(name, full) != 0)
        return refuse(why, "exe_path_mismatch", 0);
    if (stat(link, &image))
        return refuse(why, "exe_path_unreadable", errno);
    if (stat(record->path, &file))
        return refuse(why, says_not_there(errno) ? "exe_path_mismatch" : "exe_path_unreadable",
                      errno);
    return (image.st_dev == file.st_dev && image.st_ino == file.st_ino) ||
           refuse(why, "exe_path_mismatch", 0);
}

bool file_hash_is(const struct record *record, const char *path, struct refusal *why)
{
    static unsigned char bytes[1 << 20];
    unsigned char digest[EVP_MAX_MD_SIZE];
    char text[2 * EVP_MAX_MD_SIZE + 1];
    unsigned size = 0;
    ssize_t n;
    int fd = open_file(path);
    if (fd < 0)
        return refuse(why, "exe_unhashable", errno);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    while ((n = read_some(fd, bytes, sizeof bytes)) > 0)
        EVP_DigestUpdate(context, bytes, (size_t)n);
    EVP_DigestFinal_ex(context, digest, &size);
    EVP_MD_CTX_free(context);
    close_quietly(fd);
    if (n < 0)
        return refuse(why, "exe_unhashable", errno);
    for (unsigned i = 0; i < size; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return strcmp(text, record->sha256) == 0 || refuse(why, "exe_sha256_mismatch", 0);
}

bool image_hash_is(const struct record *record, struct refusal *why)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/%d/exe", record->pid);
    return file_hash_is(record, link, why);
}

bool image_is(const struct record *record, struct refusal *why)
{
    struct refusal digest;
    if (!path_is(record, why))
        return false;
    bool hashed = image_hash_is(record, &digest);
    if (!path_is(record, why))
        return false;
    if (!hashed)
        *why = digest;
    return hashed;
}

int open_process(int pid)
{
    int fd;
    do
        fd = (int)syscall(SYS_pidfd_open, pid, 0);
    while (fd < 0 && errno == EINTR);
    return fd;
}

int process_lives(int pidfd)
{
    struct pollfd set = {pidfd, POLLIN, 0};
    int ready;
    do
        ready = poll(&set, 1, 0);
    while (ready < 0 && errno == EINTR);
    return ready < 0 ? -1 : ready == 0;
}

/* ---- The protocol ------------------------------------------------------- */

static int handles[HANDLES_MAX];
static size_t handle_count = 1;

static json_t *refused(const struct refusal *why)
{
    json_t *content = json_pack("{s:s}", "reason", why->reason);
    if (why->error)
        json_object_set_new(
            content, "os_error",
            json_pack("{s:i, s:s}", "code", why->error, "name", strerrorname_np(why->error)));
    return json_pack("{s:o}", "refused", content);
}

static json_t *answer_verify(const json_t *params)
{
    const json_t *object = json_object_get(params, "record");
    struct record record = {(int)json_integer_value(json_object_get(object, "pid")),
                            json_string_value(json_object_get(object, "boot_id")),
                            json_string_value(json_object_get(object, "exe_path")),
                            json_string_value(json_object_get(object, "exe_sha256"))};
    struct refusal why = {"invalid_record", 0};
    int pidfd = record.path && record.sha256 ? verify(&record, &why) : -1;
    if (pidfd < 0)
        return refused(&why);
    size_t handle = 1;
    while (handle < handle_count && handles[handle] >= 0)
        handle++;
    if (handle == HANDLES_MAX)
        abort();
    handle_count += handle == handle_count;
    handles[handle] = pidfd;
    return json_pack("{s:{s:i}}", "accepted", "handle", (int)handle);
}

static json_t *answer_process_is_alive(int pid)
{
    int pidfd = open_process(pid);
    bool alive = pidfd >= 0 && process_lives(pidfd) > 0;
    close_quietly(pidfd);
    return json_pack("{s:b}", "alive", alive);
}

static json_t *answer_signal(int pid, int number)
{
    if (pid <= 0)
        return refused(&(struct refusal){"invalid_pid", 0});
    return kill(pid, number) == 0 ? json_pack("{s:b}", "sent", true)
                                  : refused(&(struct refusal){"handle_failed", errno});
}

static json_t *answer(const char *method, const json_t *params)
{
    int pid = (int)json_integer_value(json_object_get(params, "pid"));
    json_int_t handle = json_integer_value(json_object_get(params, "handle"));
    int pidfd = handle > 0 && handle < (json_int_t)handle_count ? handles[handle] : -1;
    if (strcmp(method, "hello") == 0)
        return json_pack("{s:i, s:s, s:s, s:s, s:[]}", "protocol", 1, "name", "small", "version",
                         "1", "language", "C", "capabilities");
    if (strcmp(method, "noop") == 0)
        return json_object();
    if (strcmp(method, "verify") == 0)
        return answer_verify(params);
    if (strcmp(method, "is_alive") == 0) {
        int alive = is_alive(pidfd);
        return alive < 0 ? refused(&(struct refusal){"handle_failed", errno})
                         : json_pack("{s:b}", "alive", alive);
    }
    if (strcmp(method, "process_is_alive") == 0)
        return answer_process_is_alive(pid);
    if (strcmp(method, "terminate") == 0)
        return answer_signal(pid, SIGTERM);
    if (strcmp(method, "force_kill") == 0)
        return answer_signal(pid, SIGKILL);
    if (strcmp(method, "close") == 0) {
        close_quietly(pidfd);
        if (pidfd >= 0)
            handles[handle] = -1;
        return json_object();
    }
    return NULL;
}

int main(void)
{
    char *line = malloc(LINE_MAX_BYTES);
    while (line && fgets(line, LINE_MAX_BYTES, stdin)) {
        json_t *request = json_loads(line, 0, NULL);
        const char *method = json_string_value(json_object_get(request, "method"));
        json_t *result = method ? answer(method, json_object_get(request, "params")) : NULL;
        json_t *reply = result ? json_pack("{s:s, s:o}", "jsonrpc", "2.0", "result", result)
                               : json_pack("{s:s, s:{s:i, s:s}}", "jsonrpc", "2.0", "error", "code",
                                           -32601, "message", "no such method");
        json_object_set(reply, "id", json_object_get(request, "id"));
        char *text = json_dumps(reply, JSON_COMPACT);
        puts(text);
        fflush(stdout);
        free(text);
        json_decref(reply);
        json_decref(request);
    }
    free(line);
    return 0;
}
