/* Looking at a process through /proc, see audit.h. */
#define _GNU_SOURCE
#include "audit.h"

#include "text.h"

#include <ctype.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The state letter of /proc/PID/stat, behind the last ')': a name may hold one. 0: gone. */
static int state_of(int pid)
{
    char *path = text_format("/proc/%d/stat", pid);
    char line[1024];
    FILE *file = fopen(path, "re");
    int state = 0;

    if (file) {
        size_t length = fread(line, 1, sizeof line - 1, file);
        line[length] = '\0';
        const char *end = strrchr(line, ')');
        if (end && end[1] == ' ')
            state = end[2];
        fclose(file);
    }
    free(path);
    return state;
}

static json_t *count_descriptors(int pid)
{
    char *path = text_format("/proc/%d/fd", pid);
    DIR *directory = opendir(path);
    json_int_t count = 0;

    free(path);
    if (!directory)
        return NULL;
    for (struct dirent *entry; (entry = readdir(directory));)
        count += isdigit((unsigned char)entry->d_name[0]) != 0;
    closedir(directory);
    return json_integer(count);
}

/* Each thread has children of its own. NULL where one of the lists cannot be read. */
static json_t *list_children(int pid, int but)
{
    char *tasks = text_format("/proc/%d/task", pid);
    DIR *directory = opendir(tasks);
    json_t *children = directory ? json_array() : NULL;

    for (struct dirent *entry; children && (entry = readdir(directory));) {
        if (!isdigit((unsigned char)entry->d_name[0]))
            continue;
        char *path = text_format("%s/%s/children", tasks, entry->d_name);
        FILE *file = fopen(path, "re");
        int child;
        free(path);
        if (!file) {
            json_decref(children);
            children = NULL;
            break;
        }
        while (fscanf(file, "%d", &child) == 1) {
            if (child != but)
                json_array_append_new(children, json_integer(child));
        }
        fclose(file);
    }
    if (directory)
        closedir(directory);
    free(tasks);
    return children;
}

json_t *audit_look(int pid, int but)
{
    json_t *seen = json_object();
    json_t *descriptors = count_descriptors(pid);
    json_t *children = list_children(pid, but);

    if (descriptors)
        json_object_set_new(seen, "descriptors", descriptors);
    if (children) {
        json_int_t zombies = 0;
        for (size_t i = 0; i < json_array_size(children); i++)
            zombies += state_of((int)json_integer_value(json_array_get(children, i))) == 'Z';
        json_object_set_new(seen, "children", children);
        json_object_set_new(seen, "zombies", json_integer(zombies));
    }
    return seen;
}

char *audit_exe_path(int pid)
{
    char *path = text_format("/proc/%d/exe", pid);
    char target[4096];
    ssize_t length = readlink(path, target, sizeof target);

    free(path);
    if (length < 0 || (size_t)length == sizeof target)
        return NULL;
    json_t *text = json_stringn(target, (size_t)length); /* NULL for what is not UTF-8 */
    bool is_text = text != NULL;
    json_decref(text);
    return is_text ? text_format("%.*s", (int)length, target) : NULL;
}

int audit_stopped(int pid)
{
    return state_of(pid) == 'T';
}
