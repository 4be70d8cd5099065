/*
 * The tables of vocabulary.h, in the order of OPERATIONS.md and PROTOCOL.md.
 */
#include "vocabulary.h"

#include <string.h>

#define A_FILE "path real_path sha256 size dev ino"
#define A_PROCESS "pid exe_path exe_sha256 boot_id record start_ticks identity program inner_pid"
#define SPAWN "user setsid path mntns pidns timens chroot memfd sealed program@!"

const struct word do_words[] = {
    /* Files */
    {"program", "as! name name_hex content kind interpreter@ size mode like@ owner digest_begins",
     A_FILE, 0},
    {"file", "as! name name_hex content content_hex mode", A_FILE, 0},
    {"directory", "as! name name_hex mode levels", "path", 0},
    {"special", "as! name name_hex kind!", "path", 0},
    {"symlink", "as! name name_hex target! target_hex", "path real_path", 0},
    {"hardlink", "as! name name_hex file@!", A_FILE, 0},
    {"copy", "as! name name_hex file@!", A_FILE, 0},
    {"move", "as file@! name name_hex", A_FILE, 0},
    {"replace", "as file@! by@!", A_FILE, 0},
    {"exchange", "as file@! with@!", A_FILE, 0},
    {"unlink", "as file@!", A_FILE, 0},
    {"chmod", "as file@! mode!", A_FILE, 0},
    {"truncate", "as file@! size!", A_FILE, 0},
    {"grow", "as file@! by!", A_FILE, 0},
    {"touch", "as file@! like@!", A_FILE, 0},
    {"flip_byte", "as file@! keep_times mapped", A_FILE, 0},
    {"listing", "as!", "", 0},
    {"overwrite", "as file@! content!", A_FILE, 0},
    {"bind", "as source! target!", "path", 0},
    {"unbind", "target! lazy", "", 0},
    {"mount", "as! name kind! lower@ options", "path", 0},
    {"boot_id", "as content state", "boot_id", 0},
    /* Processes */
    {"spawn", "as! number_of@ number " SPAWN, A_PROCESS, 0},
    {"reuse", "as! number_of@! same_tick " SPAWN, A_PROCESS, 0},
    {"unused", "as!", "pid", 0},
    {"kernel_thread", "as!", "pid", 0},
    {"memory", "as! pid!", "peak_mib", 0},
    {"restart_storm", "as! number_of@! times! program@!", A_PROCESS, 0},
    {"kill", "who@! signal reap wait", "", 0},
    {"reap", "as who@!", "status", 0},
    {"exit", "who@! code reap after_ms", "", 0},
    {"stop", "who@!", "", 0},
    {"continue", "who@!", "", 0},
    {"trace", "who@!", "", 0},
    {"exec", "as who@! program@! by path", A_PROCESS, 0},
    {"fork", "as! who@! vfork", A_PROCESS, 0},
    {"thread", "as! who@!", "tid", 0},
    {"main_exit", "who@!", "", 0},
    {"ignore_term", "who@!", "", 0},
    {"block_term", "who@!", "", 0},
    {"undumpable", "who@!", "", 0},
    {"flip_memfd", "as who@!", A_PROCESS, 0},
    {"flip_at_once", "as who@! file@!", A_FILE, 0},
    {"comm", "who@! name!", "", 0},
    {"user", "who@! user!", "", 0},
    {"remount_private", "who@!", "", 0},
    {"bind_in", "who@! source! target!", "", 0},
    {0},
};

const struct word expect_words[] = {
    {"state", "who@!", "alive state exited signal code", 0},
    {"await", "who@! within_ms", "alive state exited signal code", 0},
    {"untouched", "who@!", "alive signals", 0},
    {"memory", "as pid! since@ at_most_mib", "peak_mib within", 0},
    {"listing", "as since@!", "new", 0},
    {"ended", "pid!", "state", 0},
    {0},
};

const struct word ask_words[] = {
    {"noop", "", "", 0},
    {"boot_id", "", "boot_id", 0},
    {"sha256_file", "path! path_hex", "sha256", 0},
    {"capture", "pid!", "record", "capture"},
    {"verify", "record!", "handle evidence", 0},
    {"handle_pid", "handle!", "pid", 0},
    {"is_alive", "handle!", "alive", 0},
    {"process_is_alive", "pid!", "alive", 0},
    {"wait", "handle! timeout_ms!", "exited", "wait"},
    {"terminate", "pid!", "sent", 0},
    {"force_kill", "pid!", "sent", 0},
    {"terminate_handle", "handle!", "sent", "handle-signals"},
    {"force_kill_handle", "handle!", "sent", "handle-signals"},
    {"watch", "handles!", "watch", "watch"},
    {"watch_gone", "watch!", "gone", "watch"},
    {"watch_close", "watch!", "", "watch"},
    {"close", "handle!", "", 0},
    {0},
};

const struct feature features[] = {
    {"sandbox",
     "user, PID and mount namespaces: run as root, or let users make them (sysctl "
     "kernel.unprivileged_userns_clone=1 or kernel.apparmor_restrict_unprivileged_userns=0,"
     " user.max_user_namespaces above 0; in a container: seccomp=unconfined)"},
    {"users", "a second user id in the sandbox: run as root, or install newuidmap and give this "
              "user a range in /etc/subuid and /etc/subgid"},
    {"landlock", "Landlock that confines signals: Linux 6.12 or later with landlock in "
                 "/sys/kernel/security/lsm"},
    {"overlay", "the overlay file system in a user namespace: Linux 5.11 or later, module overlay"},
    {"timens", "time namespaces: Linux 5.6 or later with CONFIG_TIME_NS"},
    {"seccomp", "seccomp filters: Linux with CONFIG_SECCOMP_FILTER, and a container that allows "
                "them"},
    {"binfmt", "binfmt_misc in a user namespace: Linux 6.7 or later, module binfmt_misc"},
    {"setuid", "a file system that honours setuid inside the sandbox: run as root"},
    {"kernel-threads", "kernel threads are seen from the first PID namespace only: run with "
                       "--no-sandbox there"},
    {"ptrace", "tracing: sysctl kernel.yama.ptrace_scope=1 or lower"},
    {"pidfd", "pidfds: Linux 5.3 or later"},
    {"pidfs", "pidfds with identities: Linux 6.9 or later"},
    {"root", "run as root"},
    {"set_tid", "choosing process numbers: Linux 5.5 or later, in a PID namespace of one's own; "
                "elsewhere so few numbers that each comes round soon"},
    {"pidns", "PID namespaces: as for sandbox"},
    {"mntns", "mount namespaces: as for sandbox"},
    {"memfd", "files in memory that can be executed: sysctl vm.memfd_noexec=0 or 1"},
    {"procfs", "/proc mounted in the sandbox: a container that does not cover parts of it"},
    {"hidepid", "a fresh /proc with hidepid: as for procfs"},
    {0},
};

const char *feature_how(const char *name)
{
    for (const struct feature *feature = features; feature->name; feature++) {
        if (strcmp(feature->name, name) == 0) {
            return feature->how;
        }
    }
    return NULL;
}

const char known_capabilities[] = "capture instance handle-signals wait watch bench fd-moves";
const char known_systems[] = "linux darwin windows bsd";

const struct word *word_find(const struct word *table, const char *name)
{
    for (; table->name; table++) {
        if (strcmp(table->name, name) == 0) {
            return table;
        }
    }
    return NULL;
}

bool words_have(const char *words, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = words; *at; at += strspn(at, " ")) {
        size_t name = strcspn(at, " !@"), whole = strcspn(at, " ");
        if (length > 0 && name == length && memcmp(at, word, length) == 0) {
            return true;
        }
        at += whole;
    }
    return false;
}
