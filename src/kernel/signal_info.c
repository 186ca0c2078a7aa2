#include "kernel/signal_info.h"

#include <errno.h>
#include <linux/audit.h>

#include "kernel/refusal.h"

bool signal_info_is_any(const struct signal_info *info)
{
    return info->pid != 0 && info->pid != UINT32_MAX;
}

int signal_info_parse(struct span payload, struct signal_info *info)
{
    uint32_t ids[2]; /* the kernel's struct audit_sig_info: uid, pid, context */

    if (payload.len < sizeof ids)
        return -EBADMSG;
    memcpy(ids, payload.data, sizeof ids);
    payload = span_skip(payload, sizeof ids);
    if (payload.len > sizeof info->room)
        payload.len = sizeof info->room;
    memcpy(info->room, payload.data, payload.len);
    info->uid = ids[0];
    info->pid = ids[1];
    info->context = (struct span){ info->room, strnlen(info->room, payload.len) };
    return 0;
}

int signal_info_get(struct netlink *netlink, struct signal_info *info, struct error *err)
{
    struct request request = { .type = AUDIT_SIGNAL_INFO, .reply_type = AUDIT_SIGNAL_INFO };
    int code = request_run(&request, netlink, datagram_ignore, NULL);

    if (code >= 0)
        code = signal_info_parse((struct span){ request.reply, request.reply_len }, info);
    if (code < 0)
        return refusal_explain(err, code, "cannot ask who sent the audit daemon a signal", 0);
    return 0;
}
