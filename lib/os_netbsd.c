/*
 * os_netbsd.c: NetBSD (from 10 on: kqueue(2) has EVFILT_USER): what it adds to os_bsd.c: who
 * has a number, the path of its image. The names are those of sysctl(7), struct kinfo_proc2 is
 * that of kvm_getproc2(3).
 *
 * kqueue(2) follows processes of the caller's own real user, unless exec gave them other
 * privileges; root's follows all. Others are refused with EACCES: they are there, and cannot
 * be verified. [LOOK-2] Whoever can be followed can be seen by sysctl as well, also where
 * security.models.bsd44.curtain is 1: who is not seen is not there. [LOOK-8]
 *
 * Not run on NetBSD by us so far, nor compiled against its own headers: its logic runs on a
 * stand-in (tests/darwin_standin). What is said of its kernel is from its published sources.
 */
#define _NETBSD_SOURCE

#include "os_bsd.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/param.h>
#include <sys/proc.h>
#include <sys/sysctl.h>
#include <uvm/uvm_param.h>

/* ---- Who has a number ---------------------------------------------------- */

int backend_look(os_process *process, bool *exited_ret)
{
    struct kinfo_proc2 status;
    int name[] = {CTL_KERN, KERN_PROC2, KERN_PROC_PID, (int)process->pid, (int)sizeof status, 1};
    size_t size = sizeof status;
    if (bsd_sysctl(name, 6, &status, &size))
        return -1;
    if (size == 0) { /* nobody */
        *exited_ret = true;
        return 0;
    }
    if (size != sizeof status || status.p_pid != (int32_t)process->pid) {
        errno = EPROTO; /* not the system that we were built for */
        return -1;
    }
    /* p_stat is a thread's, p_realstat the process's. */
    *exited_ret = status.p_realstat == SZOMB || (status.p_flag & P_WEXIT) != 0;
    return 0;
}

/* ---- The running image --------------------------------------------------- */

/*
 * KERN_PROC_PATHNAME is the text that exec was given, made absolute: it goes on naming a file
 * that was replaced, or one that only a chroot has. So it is told on only where the file that
 * it names now is mapped into the process as code (vm.proc.map). Then it has what
 * os_kqueue_image.c wants of a path, but for this: who maps our daemon's file into another
 * program, and makes the path that he started it by lead to that file, is not found out. He
 * could as well put his code into a process that runs the daemon's own program (verify.c).
 */

/* Whether that file is mapped as code. 0; or -1 with errno, ENOENT where it is not. */
static int find_mapped(uint32_t pid, const struct os_file *file)
{
    int name[] = {CTL_VM, VM_PROC, VM_PROC_MAP, (int)pid, (int)sizeof(struct kinfo_vmentry)};
    size_t size;
    struct kinfo_vmentry *maps = bsd_table(name, 5, &size);
    if (!maps)
        return -1;
    bool found = false;
    for (size_t i = 0; i < size / sizeof *maps; i++)
        found |= (maps[i].kve_protection & KVME_PROT_EXEC) != 0 &&
                 maps[i].kve_vn_fsid == file->volume && maps[i].kve_vn_fileid == file->id[0];
    free(maps);
    errno = ENOENT;
    return found ? 0 : -1;
}

/* ENOENT for a process of the kernel, too; ENOSPC for a path that is longer. */
int backend_image_path(uint32_t pid, char path_ret[IMAGE_PATH_SIZE])
{
    int name[] = {CTL_KERN, KERN_PROC_ARGS, (int)pid, KERN_PROC_PATHNAME};
    struct os_file file;
    size_t size = IMAGE_PATH_SIZE - 1;
    if (bsd_sysctl(name, 4, path_ret, &size))
        return -1;
    path_ret[size] = '\0';
    if (path_ret[0] != '/') { /* it would be looked for in our own directory */
        errno = ENOENT;
        return -1;
    }
    return kqueue_look_up(path_ret, &file) ? -1 : find_mapped(pid, &file);
}
