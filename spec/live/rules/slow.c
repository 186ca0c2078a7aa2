/*
 * slow.c - lets a program rest behind each rule that it adds or deletes, so that others run
 * meanwhile:
 *
 *   SLOW=MILLISECONDS SLOW_LOG=FILE LD_PRELOAD=slow.so laudit rules load FILE
 *
 * Adds a line to SLOW_LOG for each: "add US" or "delete US", microseconds of the monotonic clock
 * when the kernel had done it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void tell(const char *what)
{
    const char *name = getenv("SLOW_LOG");
    FILE *file = name != NULL ? fopen(name, "a") : NULL;
    struct timespec now;

    if (file == NULL)
        return;
    clock_gettime(CLOCK_MONOTONIC, &now);
    fprintf(file, "%s %lld %d\n", what, (long long)now.tv_sec * 1000000 + now.tv_nsec / 1000,
            getpid());
    fclose(file);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    ssize_t (*next)(int, const struct msghdr *, int) =
        (ssize_t(*)(int, const struct msghdr *, int))dlsym(RTLD_NEXT, "sendmsg");
    const struct nlmsghdr *head = message->msg_iovlen > 0 ? message->msg_iov[0].iov_base : NULL;
    ssize_t sent = next(fd, message, flags);
    const char *rest = getenv("SLOW");

    if (sent < (ssize_t)sizeof *head ||
        (head->nlmsg_type != AUDIT_ADD_RULE && head->nlmsg_type != AUDIT_DEL_RULE))
        return sent;
    tell(head->nlmsg_type == AUDIT_ADD_RULE ? "add" : "delete");
    if (rest != NULL) {
        long us = atol(rest) * 1000;

        nanosleep(&(struct timespec){ us / 1000000, us % 1000000 * 1000 }, NULL);
    }
    return sent;
}
