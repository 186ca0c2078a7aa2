/*
 * tap.c - tells what a program and the kernel's audit say to each other, by standing between them:
 *
 *   TAP=FILE LD_PRELOAD=tap.so auditctl -l
 *
 * Adds a line to FILE for each netlink message of audit: "> TYPE PAYLOAD" for what was sent,
 * "< TYPE PAYLOAD" for what came; PAYLOAD is hex. libaudit pads rules; they are cut
 * to their length.
 *
 * TAP_MACHINE=NAME lets the program think that uname has that machine, TAP_FEATURES=NUMBER that the
 * kernel has these features of audit (AUDIT_FEATURE_BITMAP_*).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/utsname.h>

static size_t payload_size(const struct nlmsghdr *head)
{
    size_t size = head->nlmsg_len - NLMSG_HDRLEN;

    if (head->nlmsg_type == AUDIT_ADD_RULE || head->nlmsg_type == AUDIT_DEL_RULE ||
        head->nlmsg_type == AUDIT_LIST_RULES) {
        const struct audit_rule_data *rule = NLMSG_DATA(head);

        if (size >= sizeof *rule && size > sizeof *rule + rule->buflen)
            size = sizeof *rule + rule->buflen;
    }
    return size;
}

static void tell(char direction, const struct nlmsghdr *head, ssize_t size)
{
    const char *name = getenv("TAP");
    FILE *file = name != NULL ? fopen(name, "a") : NULL;

    if (file == NULL || size < NLMSG_HDRLEN || head->nlmsg_len > (size_t)size)
        abort();
    fprintf(file, "%c %u ", direction, head->nlmsg_type);
    for (size_t i = 0; i < payload_size(head); i++)
        fprintf(file, "%02x", ((const unsigned char *)NLMSG_DATA(head))[i]);
    fputc('\n', file);
    fclose(file);
}

static void pretend_features(struct nlmsghdr *head, ssize_t size)
{
    const char *features = getenv("TAP_FEATURES");
    struct audit_status *status = NLMSG_DATA(head);

    if (features != NULL && size >= (ssize_t)NLMSG_LENGTH(sizeof *status) &&
        head->nlmsg_type == AUDIT_GET)
        status->feature_bitmap = (__u32)strtoul(features, NULL, 0);
}

int uname(struct utsname *names)
{
    int (*next)(struct utsname *) = (int (*)(struct utsname *))dlsym(RTLD_NEXT, "uname");
    const char *machine = getenv("TAP_MACHINE");
    int status = next(names);

    if (status == 0 && machine != NULL)
        snprintf(names->machine, sizeof names->machine, "%s", machine);
    return status;
}

ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
               socklen_t to_size)
{
    ssize_t (*next)(int, const void *, size_t, int, const struct sockaddr *, socklen_t) =
        (ssize_t(*)(int, const void *, size_t, int, const struct sockaddr *, socklen_t))dlsym(
            RTLD_NEXT, "sendto");
    ssize_t sent = next(fd, data, size, flags, to, to_size);

    if (to != NULL && to->sa_family == AF_NETLINK && sent > 0)
        tell('>', data, sent);
    return sent;
}

ssize_t recvfrom(int fd, void *data, size_t room, int flags, struct sockaddr *restrict from,
                 socklen_t *restrict from_size)
{
    ssize_t (*next)(int, void *, size_t, int, struct sockaddr *, socklen_t *) =
        (ssize_t(*)(int, void *, size_t, int, struct sockaddr *, socklen_t *))dlsym(RTLD_NEXT,
                                                                                    "recvfrom");
    ssize_t got = next(fd, data, room, flags, from, from_size);

    if (from != NULL && from->sa_family == AF_NETLINK && got > 0 && !(flags & MSG_PEEK))
        tell('<', data, got);
    if (from != NULL && from->sa_family == AF_NETLINK)
        pretend_features(data, got);
    return got;
}
