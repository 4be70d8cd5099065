/* standin_netbsd.c: what is NetBSD's own of the stand-in (standin.h): sysctl. */
#define _GNU_SOURCE

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/proc.h>
#include <sys/stat.h>
#include <sys/sysctl.h>
#include <uvm/uvm_param.h>

#include "standin.h"

/* Nobody is an answer of no bytes. */
static int status_of(uint32_t number, struct kinfo_proc2 *status, size_t *size)
{
    char state;
    unsigned long long start;
    if (standin_fails(STANDIN_STATUS))
        return -1;
    if (!standin_stat(standin_owner(number), &state, &start))
        return *size = 0, 0;
    if (*size < sizeof *status)
        return errno = ENOMEM, -1;
    *size = sizeof *status - (size_t)standin.missing;
    memset(status, 0, sizeof *status);
    status->p_pid = (int32_t)number + standin.shifted;
    status->p_realstat = state == 'Z' ? SZOMB : SACTIVE;
    status->p_flag = standin.exiting ? P_WEXIT : 0;
    return 0;
}

/* The text that exec was given: it stays, whatever becomes of the file. */
static int path_of(uint32_t number, char *path, size_t *size)
{
    if (standin_fails(STANDIN_PATH))
        return -1;
    if (standin_path(standin_owner(number), path, *size) && errno != ENOENT)
        return -1;
    *size = strlen(path) + 1;
    return 0;
}

static struct kinfo_vmentry mapping_of(const char *path, unsigned protection)
{
    struct kinfo_vmentry entry = {.kve_protection = protection};
    struct stat status;
    if (stat(path, &status) == 0) {
        entry.kve_vn_fsid = (uint64_t)status.st_dev + (unsigned)standin.volume;
        entry.kve_vn_fileid = (uint64_t)status.st_ino;
    }
    return entry;
}

/* The image's data and code; memory of no file; and what the test adds. */
static int mappings_of(uint32_t number, void *table, size_t *size)
{
    char image[64];
    struct kinfo_vmentry entries[4] = {{0}};
    pid_t pid = standin_owner(number);
    if (standin_fails(STANDIN_TABLE))
        return -1;
    snprintf(image, sizeof image, "/proc/%d/exe", (int)pid);
    entries[0] = mapping_of(image, KVME_PROT_READ);
    entries[1].kve_protection = KVME_PROT_READ | KVME_PROT_EXEC;
    entries[2] = mapping_of(image, KVME_PROT_READ | KVME_PROT_EXEC);
    if (standin.reads)
        entries[3] = mapping_of(standin.reads, KVME_PROT_READ);
    if (pid == 0 || entries[0].kve_vn_fileid == 0)
        return errno = ESRCH, -1;
    size_t room = *size;
    *size = sizeof entries;
    if (!table)
        return 0;
    if (room < sizeof entries)
        return errno = ENOSPC, -1;
    memcpy(table, entries, sizeof entries);
    return 0;
}

int sysctl(const int *name, unsigned length, void *old, size_t *old_size, const void *new,
           size_t new_size)
{
    (void)new;
    (void)new_size;
    if (length == 6 && name[0] == CTL_KERN && name[1] == KERN_PROC2 && name[2] == KERN_PROC_PID &&
        name[4] == sizeof(struct kinfo_proc2) && name[5] == 1)
        return status_of((uint32_t)name[3], old, old_size);
    if (length == 4 && name[0] == CTL_KERN && name[1] == KERN_PROC_ARGS &&
        name[3] == KERN_PROC_PATHNAME)
        return path_of((uint32_t)name[2], old, old_size);
    if (length == 5 && name[0] == CTL_VM && name[1] == VM_PROC && name[2] == VM_PROC_MAP &&
        name[4] == sizeof(struct kinfo_vmentry))
        return mappings_of((uint32_t)name[3], old, old_size);
    return errno = ENOENT, -1;
}
