/*
 * user.c - messages that programs send to the audit trail, in the words of PAM, sshd, sudo and
 * systemd.
 */
#define _GNU_SOURCE
#include "mix.h"

#include <linux/audit.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Types that linux/audit.h leaves to user space (libaudit.h has their names). */
enum {
    CRED_ACQ = 1103,
    CRED_DISP = 1104,
    CRED_REFR = 1110,
    USER_AUTH = 1100,
    USER_ACCT = 1101,
    USER_START = 1105,
    USER_END = 1106,
    USER_ERR = 1109,
    USER_LOGIN = 1112,
    USER_CMD = 1123,
    SERVICE_START = 1130,
    SERVICE_STOP = 1131,
    CRYPTO_KEY_USER = 2404,
    CRYPTO_SESSION = 2407,
};

#define BY_SSHD                                                                                    \
    " exe=\"/usr/sbin/sshd\" hostname=%1$u.example addr=192.0.2.%2$u terminal=ssh res=%3$s"
#define BY_CRON " exe=\"/usr/sbin/cron\" hostname=? addr=? terminal=cron res=%3$s"
#define BY_SYSTEMD                                                                                 \
    " comm=\"systemd\" exe=\"/usr/lib/systemd/systemd\" hostname=? addr=? terminal=? res=%3$s"

/* Each format may use two drawn numbers and a result. */
static const struct {
    uint16_t type;
    const char *format;
} messages[] = {
    { USER_AUTH, "op=PAM:authentication grantors=pam_unix acct=\"root\"" BY_SSHD },
    { USER_LOGIN, "op=login acct=28696E76616C6964207573657229" BY_SSHD },
    { USER_LOGIN, "op=login id=1000" BY_SSHD },
    { USER_ERR, "op=PAM:bad_ident grantors=? acct=\"?\"" BY_SSHD },
    { CRYPTO_KEY_USER, "op=destroy kind=server fp=SHA256:%u:%u direction=? spid=1 suid=0  "
                       "exe=\"/usr/sbin/sshd\" hostname=? addr=? terminal=? res=%s" },
    { CRYPTO_SESSION, "op=start direction=from-server cipher=aes128-ctr ksize=128 mac=<implicit> "
                      "pfs=curve25519-sha256 spid=%u suid=74 rport=%u laddr=192.0.2.1 lport=22  "
                      "exe=\"/usr/sbin/sshd\" hostname=? addr=192.0.2.7 terminal=? res=%s" },
    { USER_ACCT, "op=PAM:accounting grantors=pam_unix acct=\"root\"" BY_CRON },
    { CRED_ACQ, "op=PAM:setcred grantors=pam_permit acct=\"root\"" BY_CRON },
    { USER_START, "op=PAM:session_open grantors=pam_loginuid,pam_env acct=\"root\"" BY_CRON },
    { USER_END, "op=PAM:session_close grantors=pam_loginuid,pam_env acct=\"root\"" BY_CRON },
    { CRED_REFR, "op=PAM:setcred grantors=pam_unix acct=6E6577207573657200" BY_CRON },
    { CRED_DISP, "op=PAM:setcred grantors=pam_permit acct=\"root\"" BY_CRON },
    { USER_CMD, "cwd=\"/home/alice\" cmd=6C73202D6C61202F726F6F7420222A22 "
                "exe=\"/usr/bin/sudo\" terminal=pts/0 res=%3$s" },
    { SERVICE_START, "unit=daily-backup" BY_SYSTEMD },
    { SERVICE_STOP, "unit=daily-backup" BY_SYSTEMD },
    { AUDIT_USER_AVC, "avc:  denied  { start } for auid=1000 uid=1000 gid=1000 "
                      "path=\"/usr/lib/systemd/system/x.service\" cmdline=\"systemctl start x\" "
                      "scontext=user_u:user_r:user_t:s0 tcontext=system_u:object_r:unit_t:s0 "
                      "tclass=service permissive=0" BY_SYSTEMD },
    { AUDIT_USER, "free text by %u, with \"quotes\", an = sign and %u, and res=%s" },
};

static void send_message(uint16_t type, const char *text)
{
    struct {
        struct nlmsghdr header;
        char text[1024];
    } message = { 0 };
    struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);

    snprintf(message.text, sizeof message.text, "%s", text);
    message.header.nlmsg_len = (uint32_t)NLMSG_LENGTH(strlen(message.text) + 1);
    message.header.nlmsg_type = type;
    message.header.nlmsg_flags = NLM_F_REQUEST;
    sendto(fd, &message, message.header.nlmsg_len, 0, (struct sockaddr *)&kernel, sizeof kernel);
    close(fd);
}

void act_user(struct mix *mix)
{
    char text[1024];
    uint32_t chosen = draw(mix, sizeof messages / sizeof messages[0]);
    uint32_t first = draw(mix, 255), second = draw(mix, 255);

    snprintf(text, sizeof text, messages[chosen].format, first, second,
             draw(mix, 3) == 0 ? "failed" : "success");
    send_message(messages[chosen].type, text);
}
