#include "kernel/datagram.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>

enum { RECORD_FIRST = 1000, RECORD_LAST = 2999 /* types */ };

/* Types whose nlmsg_len is right and whose payload may be padded to four bytes behind it. */
static bool is_sized(uint16_t type)
{
    switch (type) {
    case AUDIT_GET:
    case AUDIT_SET:
    case AUDIT_LIST:
    case AUDIT_SIGNAL_INFO:
    case AUDIT_LIST_RULES:
    case AUDIT_TTY_GET:
    case AUDIT_GET_FEATURE:
    case AUDIT_REPLACE:
        return true;
    default:
        return type < NLMSG_MIN_TYPE;
    }
}

int message_parse(const struct datagram *datagram, struct message *message)
{
    struct nlmsghdr header;
    struct span bytes = datagram->bytes;

    if (bytes.len < sizeof header)
        return -EBADMSG;
    memcpy(&header, bytes.data, sizeof header);
    if (is_sized(header.nlmsg_type)) {
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > bytes.len)
            return -EBADMSG;
        bytes.len = header.nlmsg_len;
    }
    *message = (struct message){ .type = header.nlmsg_type,
                                 .sequence = header.nlmsg_seq,
                                 .payload = span_skip(bytes, sizeof header) };
    return 0;
}

bool message_is_answer(const struct message *message)
{
    return is_sized(message->type) && message->type != AUDIT_REPLACE;
}

bool message_rival(const struct message *message, uint32_t *pid)
{
    if (message->type != AUDIT_REPLACE || message->payload.len < sizeof *pid)
        return false;
    memcpy(pid, message->payload.data, sizeof *pid);
    return true;
}

bool message_record(const struct message *message, uint64_t arrival_ns, struct record_text *record)
{
    struct span text = message->payload;

    if (is_sized(message->type) || message->type < RECORD_FIRST || message->type > RECORD_LAST)
        return false;
    while (text.len > 0 && (text.data[text.len - 1] == '\0' || text.data[text.len - 1] == '\n'))
        text.len--;
    *record = (struct record_text){ .type = message->type, .text = text, .arrival_ns = arrival_ns };
    return true;
}
