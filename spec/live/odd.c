/*
 * odd.c - does what no ordinary program does, for the scenes of the policies: `odd DEED
 * ARGUMENT...`
 *
 *   memfd PROGRAM    runs a copy of PROGRAM that lies in memory alone, by execveat
 *   procfd PROGRAM   the same by the name /proc/self/fd/N
 *   openat2 FILE     opens FILE for reading
 *   create FILE      makes FILE with mode 04755
 *   node FILE        makes FILE with mode 04755 by mknod
 *   module           hands bytes that are no module to init_module
 *   as LOGIN ACCOUNT PROGRAM ARGUMENT...
 *                    runs PROGRAM as a login of LOGIN (- for none) with the rights of ACCOUNT, and
 * waits pidfd PID SIGNAL sends SIGNAL through a descriptor of the process
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static int copy_to_memory(const char *program)
{
    int from = open(program, O_RDONLY), to = memfd_create("kworker", MFD_CLOEXEC);

    while (sendfile(to, from, NULL, 1 << 20) > 0)
        ;
    return to;
}

static int run_memory(const char *program, int by_name)
{
    int file = copy_to_memory(program);
    char *arguments[] = { "kworker", NULL }, name[64];

    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    if (by_name)
        return execve(name, arguments, environ);
    return (int)syscall(SYS_execveat, file, "", arguments, environ, AT_EMPTY_PATH);
}

static int set_login(const char *login)
{
    int file = open("/proc/self/loginuid", O_WRONLY);

    return write(file, login, strlen(login)) > 0 ? close(file) : -1;
}

/* In a child, because the kernel keeps the title of the first event of a process. */
static int run_as(char **arguments)
{
    unsigned account = (unsigned)atoi(arguments[1]);
    int status = 0;

    if (strcmp(arguments[0], "-") != 0 && set_login(arguments[0]) != 0)
        return -1;
    if (fork() == 0) {
        if (setgroups(0, NULL) != 0 || setresgid(account, account, account) != 0 ||
            setresuid(account, account, account) != 0)
            _exit(1);
        execv(arguments[2], arguments + 2);
        _exit(1);
    }
    return wait(&status) > 0 ? 0 : -1;
}

static int do_deed(const char *deed, const char *what, const char *more)
{
    struct open_how how = { .flags = O_RDONLY };

    if (strcmp(deed, "memfd") == 0)
        return run_memory(what, 0);
    if (strcmp(deed, "procfd") == 0)
        return run_memory(what, 1);
    if (strcmp(deed, "openat2") == 0)
        return (int)syscall(SYS_openat2, AT_FDCWD, what, &how, sizeof how);
    if (strcmp(deed, "create") == 0)
        return open(what, O_CREAT | O_WRONLY, 04755);
    if (strcmp(deed, "node") == 0)
        return mknod(what, S_IFREG | 04755, 0);
    if (strcmp(deed, "module") == 0)
        return (int)syscall(SYS_init_module, "nothing", 7UL, "");
    if (strcmp(deed, "pidfd") == 0)
        return (int)syscall(SYS_pidfd_send_signal, syscall(SYS_pidfd_open, atoi(what), 0),
                            atoi(more), NULL, 0);
    errno = EINVAL;
    return -1;
}

int main(int argc, char **argv)
{
    umask(0);
    if (argc > 4 && strcmp(argv[1], "as") == 0)
        return run_as(argv + 2) == 0 ? 0 : 1;
    if (argc < 2 || do_deed(argv[1], argc > 2 ? argv[2] : "", argc > 3 ? argv[3] : "0") < 0) {
        perror("odd");
        return 1;
    }
    return 0;
}
