#include "kernel/rule_requests.h"

#include <errno.h>
#include <linux/audit.h>

#include "base/buffer.h"
#include "kernel/refusal.h"
#include "kernel/request.h"

enum { LIST_TRIES = 3 /* when the kernel found our buffer full */ };

/* The rules that came, each behind its length. */
struct gathering {
    struct buffer rules;
    bool is_cut; /* one was longer than the socket takes, or all together than we do */
};

static void gather(void *context, struct span payload)
{
    struct gathering *gathering = context;
    size_t len = payload.len;

    if (sizeof len + len > RULE_LIST_LONGEST - gathering->rules.len) {
        gathering->is_cut = true;
        return;
    }
    buffer_append(&gathering->rules, (struct span){ (const char *)&len, sizeof len });
    buffer_append(&gathering->rules, payload);
}

static void notice_cut(void *context, const struct datagram *datagram)
{
    struct gathering *gathering = context;

    gathering->is_cut = gathering->is_cut || datagram->truncated;
}

static int gather_all(struct netlink *netlink, struct gathering *gathering)
{
    int code = -ENOBUFS;

    for (int i = 0; i < LIST_TRIES && code == -ENOBUFS; i++) {
        struct request request = { .type = AUDIT_LIST_RULES,
                                   .reply_type = AUDIT_LIST_RULES,
                                   .is_once = true,
                                   .part = gather,
                                   .part_context = gathering };

        buffer_clear(&gathering->rules);
        gathering->is_cut = false;
        code = request_run(&request, netlink, notice_cut, gathering);
    }
    return code >= 0 && gathering->is_cut ? -EMSGSIZE : code;
}

static void hand_on(const struct buffer *rules, rule_sink *sink, void *context)
{
    struct span rest = buffer_span(rules);
    size_t len;

    while (rest.len > 0) {
        memcpy(&len, rest.data, sizeof len);
        rest = span_skip(rest, sizeof len);
        sink(context, (struct span){ rest.data, len });
        rest = span_skip(rest, len);
    }
}

int rule_list(struct netlink *netlink, rule_sink *sink, void *context, struct error *err)
{
    struct gathering gathering = { 0 };
    int code = gather_all(netlink, &gathering);

    if (code >= 0)
        hand_on(&gathering.rules, sink, context);
    else if (code == -EMSGSIZE)
        error_set(err, code,
                  "cannot read the kernel's audit rules: there are longer ones than %d "
                  "bytes, or more than %d MiB of them",
                  NETLINK_ROOM, RULE_LIST_LONGEST >> 20);
    else
        refusal_explain(err, code, "cannot read the kernel's audit rules", 0);
    buffer_free(&gathering.rules);
    return code < 0 ? code : 0;
}

static int send_rule(struct netlink *netlink, uint16_t type, struct span payload)
{
    struct request request = { .type = type, .payload = payload, .is_once = true };
    int code = request_run(&request, netlink, datagram_ignore, NULL);

    return code < 0 ? code : 0;
}

int rule_add(struct netlink *netlink, struct span payload)
{
    return send_rule(netlink, AUDIT_ADD_RULE, payload);
}

int rule_delete(struct netlink *netlink, struct span payload)
{
    return send_rule(netlink, AUDIT_DEL_RULE, payload);
}
