#include "kernel/tree_requests.h"

#include <linux/audit.h>

#include "base/buffer.h"
#include "kernel/request.h"

static int send_request(struct netlink *netlink, uint16_t type, struct span payload)
{
    struct request request = { .type = type, .payload = payload };
    int code = request_run(&request, netlink, datagram_ignore, NULL);

    return code < 0 ? code : 0;
}

/* Two lengths of 32 bits, then the texts without anything between (kernel/audit.c). */
int tree_make_equivalent(struct netlink *netlink, struct span directory, struct span subtree)
{
    uint32_t lengths[] = { (uint32_t)directory.len, (uint32_t)subtree.len };
    struct buffer payload = { 0 };

    buffer_append(&payload, (struct span){ (const char *)lengths, sizeof lengths });
    buffer_append(&payload, directory);
    buffer_append(&payload, subtree);

    int code = send_request(netlink, AUDIT_MAKE_EQUIV, buffer_span(&payload));

    buffer_free(&payload);
    return code;
}

int tree_trim(struct netlink *netlink)
{
    return send_request(netlink, AUDIT_TRIM, (struct span){ NULL, 0 });
}
