/*
 * rare.c - makes records that logs seldom hold, for the scene of that name: `rare DEED`
 *
 *   uring FILE   opens FILE through io_uring: a record URINGOP
 *   how FILE     opens FILE by openat2: a record OPENAT2
 *   message      says something of a type that nobody knows: auditd writes UNKNOWN[1199]
 *
 *   x32          calls x32's getpid, once where a task rule watches, once where seccomp logs it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { X32_GETPID = 0x40000000 + 39 };

static int open_by_uring(const char *path)
{
    struct io_uring_params params = { 0 };
    int ring = (int)syscall(SYS_io_uring_setup, 1, &params);

    if (ring < 0)
        return -1;

    char *queue = mmap(NULL, params.sq_off.array + params.sq_entries * sizeof(uint32_t),
                       PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQ_RING);
    struct io_uring_sqe *entry =
        mmap(NULL, sizeof *entry, PROT_READ | PROT_WRITE, MAP_SHARED, ring, IORING_OFF_SQES);

    if (queue == MAP_FAILED || entry == MAP_FAILED)
        return -1;
    *entry = (struct io_uring_sqe){
        .opcode = IORING_OP_OPENAT, .fd = AT_FDCWD, .addr = (uintptr_t)path, .open_flags = O_RDONLY
    };
    *(uint32_t *)(void *)(queue + params.sq_off.array) = 0;
    *(uint32_t *)(void *)(queue + params.sq_off.tail) = 1;
    return (int)syscall(SYS_io_uring_enter, ring, 1, 1, IORING_ENTER_GETEVENTS, NULL, 0);
}

static int open_how(const char *path)
{
    struct open_how how = { .flags = O_RDONLY, .resolve = RESOLVE_NO_MAGICLINKS };

    return (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how);
}

static int send_message(void)
{
    static const char text[] = "op=rare res=success";
    struct {
        struct nlmsghdr header;
        char text[sizeof text];
    } message = { { sizeof message, AUDIT_LAST_USER_MSG, NLM_F_REQUEST, 1, 0 }, "" };
    int audit = socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);

    memcpy(message.text, text, sizeof text);
    return audit < 0 ? -1 : (int)send(audit, &message, sizeof message, 0);
}

static int log_x32(void)
{
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_LOG),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { sizeof code / sizeof code[0], code };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
        return -1;
    syscall(X32_GETPID);
    return 0;
}

/* Task rules look at what is forked. */
static int call_x32(void)
{
    pid_t child = fork();

    if (child == 0) {
        syscall(X32_GETPID);
        _exit(0);
    }
    waitpid(child, NULL, 0);
    return log_x32();
}

int main(int argc, char **argv)
{
    const char *deed = argc > 1 ? argv[1] : "", *path = argc > 2 ? argv[2] : "";
    int result = strcmp(deed, "uring") == 0     ? open_by_uring(path)
                 : strcmp(deed, "how") == 0     ? open_how(path)
                 : strcmp(deed, "message") == 0 ? send_message()
                 : strcmp(deed, "x32") == 0     ? call_x32()
                                                : (errno = EINVAL, -1);

    if (result < 0)
        perror("rare");
    return result < 0;
}
