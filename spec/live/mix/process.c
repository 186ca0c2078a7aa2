/*
 * process.c - children that are signalled, traced, change who they are, give up powers, break rules
 * and crash.
 */
#define _GNU_SOURCE
#include "mix.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `child` in a process of its own. */
static void in_child(struct mix *mix, act *child)
{
    pid_t pid = fork();

    if (pid == 0) {
        child(mix);
        _exit(0);
    }
    waitpid(pid, NULL, 0);
}

void act_signal(struct mix *mix)
{
    pid_t child = fork();

    if (child == 0) {
        pause();
        _exit(0);
    }
    if (draw(mix, 3) == 0 && ptrace(PTRACE_ATTACH, child, 0, 0) == 0) {
        waitpid(child, NULL, 0);
        ptrace(PTRACE_DETACH, child, 0, 0);
    }
    kill(child, draw(mix, 2) == 0 ? SIGTERM : SIGKILL);
    waitpid(child, NULL, 0);
    kill(999999, 0);
}

static void set_loginuid(const char *id)
{
    int fd = open("/proc/self/loginuid", O_WRONLY);

    if (fd >= 0) {
        (void)!write(fd, id, strlen(id));
        close(fd);
    }
}

static void become_somebody(struct mix *mix)
{
    set_loginuid(draw(mix, 2) == 0 ? "1000" : "0");
    switch (draw(mix, 4)) {
    case 0:
        (void)!setgid(1000);
        (void)!setuid(1000);
        break;
    case 1:
        (void)!setresuid(65534, 65534, 65534);
        break;
    case 2:
        (void)!setregid(33, 33);
        (void)!setreuid(33, 33);
        break;
    default:
        (void)!setuid(0);
    }
    int fd = open("/etc/shadow", O_RDONLY);
    if (fd >= 0)
        close(fd);
    (void)!setuid(0); /* most of them may not go back */
    act_exec(mix);
}

void act_identity(struct mix *mix)
{
    in_child(mix, become_somebody);
}

static void drop_capabilities(struct mix *mix)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    struct __user_cap_data_struct data[2] = { 0 };

    data[0].effective = data[0].permitted = 1U << draw(mix, 20);
    syscall(SYS_capset, &header, data);
}

void act_capabilities(struct mix *mix)
{
    in_child(mix, drop_capabilities);
}

static void break_filter(struct mix *mix)
{
    uint32_t answer = draw(mix, 2) == 0 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_LOG;
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, answer),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = { sizeof filter / sizeof filter[0], filter };

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
    syscall(SYS_getppid);
}

void act_seccomp(struct mix *mix)
{
    in_child(mix, break_filter);
}

static void crash(struct mix *mix)
{
    struct rlimit none = { 0, 0 };

    setrlimit(RLIMIT_CORE, &none);
    if (draw(mix, 2) == 0)
        abort();
    raise(SIGSEGV);
}

void act_crash(struct mix *mix)
{
    in_child(mix, crash);
}
