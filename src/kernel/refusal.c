#include "kernel/refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Inode numbers of a machine's first namespaces (the kernel's include/linux/proc_ns.h). */
#define FIRST_USER_NAMESPACE 0xeffffffdu
#define FIRST_PID_NAMESPACE 0xeffffffcu

/* Reads /proc/PID/cmdline, or comm for a kernel thread, as one line. False when it is gone. */
static bool read_command(uint32_t pid, const char *file, char *out, size_t room)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%u/%s", pid, file);

    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;

    ssize_t len = read(fd, out, room - 1);

    close(fd);
    while (len > 0 && (out[len - 1] == '\0' || out[len - 1] == '\n'))
        len--;
    for (ssize_t i = 0; i < len; i++)
        if (out[i] == '\0')
            out[i] = ' ';
    out[len > 0 ? len : 0] = '\0';
    return len > 0;
}

const char *refusal_holder(uint32_t pid, char out[HOLDER_TEXT])
{
    char command[HOLDER_TEXT - 32];

    if (read_command(pid, "cmdline", command, sizeof command) ||
        read_command(pid, "comm", command, sizeof command))
        snprintf(out, HOLDER_TEXT, "pid %u (%s)", pid, command);
    else
        snprintf(out, HOLDER_TEXT, "pid %u", pid);
    return out;
}

static bool is_in_first(const char *namespace, ino_t first)
{
    struct stat stat_of;

    return stat(namespace, &stat_of) != 0 || stat_of.st_ino == first;
}

static bool has_capability(unsigned capability)
{
    struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
    struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3] = { 0 };

    if (syscall(SYS_capget, &header, sets) != 0)
        return false;
    return (sets[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability)) != 0;
}

static const char *why_not_permitted(void)
{
    if (!is_in_first("/proc/self/ns/user", FIRST_USER_NAMESPACE) ||
        !is_in_first("/proc/self/ns/pid", FIRST_PID_NAMESPACE))
        return "the kernel allows it only outside of containers (in the first pid and user "
               "namespace)";
    if (!has_capability(CAP_AUDIT_CONTROL))
        return geteuid() != 0 ? "needs root (CAP_AUDIT_CONTROL; CAP_AUDIT_READ to read along)"
                              : "root here lacks CAP_AUDIT_CONTROL";
    return "the kernel's audit settings are locked until the next boot (auditctl -e 2)";
}

static int explain_holder(struct error *err, const char *attempt, uint32_t holder)
{
    char who[HOLDER_TEXT];

    if (holder == 0)
        return error_set(err, -EEXIST, "%s: another process holds the audit socket", attempt);
    return error_set(err, -EEXIST, "%s: %s holds the audit socket", attempt,
                     refusal_holder(holder, who));
}

int refusal_explain(struct error *err, int code, const char *attempt, uint32_t holder)
{
    switch (-code) {
    case EEXIST:
        return explain_holder(err, attempt, holder);
    case EPERM:
    case EACCES:
    case ECONNREFUSED: /* the answer to another user namespace */
        return error_set(err, code, "%s: %s", attempt, why_not_permitted());
    case EPROTONOSUPPORT:
        return error_set(err, code, "%s: this kernel has no audit, or was started with audit=0",
                         attempt);
    case ETIMEDOUT:
        return error_set(err, code, "%s: the kernel did not answer", attempt);
    default:
        return error_set(err, code, "%s: %s", attempt, strerror(-code));
    }
}
