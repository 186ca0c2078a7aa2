#include "kernel/refusal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
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

bool refusal_command(uint32_t pid, char *out, size_t room)
{
    return read_command(pid, "cmdline", out, room) || read_command(pid, "comm", out, room);
}

const char *refusal_holder(uint32_t pid, char out[HOLDER_TEXT])
{
    char command[HOLDER_TEXT - 32];

    if (refusal_command(pid, command, sizeof command))
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

static const char *const unexplained =
    "the kernel forbids it although no right is missing; a security module may be why";

static const char *why_not_permitted(void)
{
    if (!is_in_first("/proc/self/ns/user", FIRST_USER_NAMESPACE))
        return "the kernel allows it only outside of containers (this is a user namespace of its "
               "own)";
    if (!is_in_first("/proc/self/ns/pid", FIRST_PID_NAMESPACE))
        return "the kernel allows it only outside of containers (this is a pid namespace of its "
               "own)";
    if (!has_capability(CAP_AUDIT_CONTROL))
        return geteuid() != 0 ? "needs root (CAP_AUDIT_CONTROL; CAP_AUDIT_READ to read along)"
                              : "root here lacks CAP_AUDIT_CONTROL";
    return unexplained;
}

static const char *why_not_heard(void)
{
    if (!is_in_first("/proc/self/ns/user", FIRST_USER_NAMESPACE))
        return "the kernel takes no messages from a user namespace of its own";
    if (!has_capability(CAP_AUDIT_WRITE))
        return geteuid() != 0 ? "needs root (CAP_AUDIT_WRITE)" : "root here lacks CAP_AUDIT_WRITE";
    return unexplained;
}

static bool is_permission(int code)
{
    /* ECONNREFUSED is the answer to another user namespace */
    return code == -EPERM || code == -EACCES || code == -ECONNREFUSED;
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
    if (is_permission(code))
        return error_set(err, code, "%s: %s", attempt, why_not_permitted());
    switch (-code) {
    case EEXIST:
        return explain_holder(err, attempt, holder);
    case EPROTONOSUPPORT:
        return error_set(err, code, "%s: this kernel has no audit, or was started with audit=0",
                         attempt);
    case ETIMEDOUT:
        return error_set(err, code, "%s: the kernel did not answer", attempt);
    default:
        return error_set(err, code, "%s: %s", attempt, strerror(-code));
    }
}

int refusal_explain_message(struct error *err, int code, const char *attempt)
{
    if (is_permission(code))
        return error_set(err, code, "%s: %s", attempt, why_not_heard());
    return refusal_explain(err, code, attempt, 0);
}
