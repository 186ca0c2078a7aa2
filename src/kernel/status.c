#include "kernel/status.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "kernel/refusal.h"

/* Linux 2.6.32's struct: mask to backlog. */
enum { STATUS_SHORTEST = offsetof(struct audit_status, backlog) + sizeof(uint32_t) };

void status_ask(struct request *request)
{
    *request = (struct request){ .type = AUDIT_GET, .reply_type = AUDIT_GET };
}

int status_parse(struct span payload, struct status *status)
{
    if (payload.len < STATUS_SHORTEST)
        return -EBADMSG;

    size_t known = payload.len < sizeof status->kernel ? payload.len : sizeof status->kernel;

    *status = (struct status){ .known = (uint32_t)known };
    memcpy(&status->kernel, payload.data, known);
    return 0;
}

uint32_t status_newly_lost(uint32_t before, uint32_t now)
{
    uint32_t forward = now - before;

    return forward <= INT32_MAX ? forward : now;
}

int status_get(struct netlink *netlink, struct status *status, datagram_sink *others, void *context,
               struct error *err)
{
    struct request request;

    status_ask(&request);

    int code = request_run(&request, netlink, others, context);

    if (code >= 0)
        code = status_parse((struct span){ request.reply, request.reply_len }, status);
    if (code < 0)
        return refusal_explain(err, code, "cannot ask for the audit status", 0);
    return 0;
}

void status_claim(struct request *request, struct audit_status *set, uint32_t pid)
{
    *set = (struct audit_status){ .mask = AUDIT_STATUS_PID, .pid = pid };
    *request = (struct request){ .type = AUDIT_SET, .payload = { (const char *)set, sizeof *set } };
}

int status_set_pid(struct netlink *netlink, uint32_t pid, datagram_sink *others, void *context,
                   struct error *err)
{
    struct request request;
    struct audit_status set;
    struct status status = { 0 };

    status_claim(&request, &set, pid);

    int code = request_run(&request, netlink, others, context);

    if (code >= 0)
        return 0;
    if (code == -EEXIST && status_get(netlink, &status, others, context, err) == 0 &&
        status.kernel.pid == (uint32_t)getpid())
        return 0;
    return refusal_explain(err, code,
                           pid != 0 ? "cannot register as the audit daemon"
                                    : "cannot give the audit socket back",
                           status.kernel.pid);
}
