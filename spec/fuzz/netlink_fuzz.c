#include "kernel/features.h"
#include "kernel/signal_info.h"
#include "kernel/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The same bytes as the answer to each question. */
static void read_reply(struct span payload)
{
    struct status status;
    struct features features;
    struct signal_info info;

    if (status_parse(payload, &status) == 0 && status.known > sizeof status.kernel)
        __builtin_trap();
    if (features_parse(payload, &features) == 0 && payload.len < sizeof features)
        __builtin_trap();
    if (signal_info_parse(payload, &info) == 0 && info.context.len + 8 > payload.len)
        __builtin_trap();
}

/* One datagram, as the kernel or somebody who pretends to be it might send it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct datagram datagram = { .bytes = { (const char *)data, size }, .arrival_ns = 1 };
    struct message message;
    struct record_text record;
    struct request request = { .type = AUDIT_GET, .reply_type = AUDIT_GET, .sequence = 1 };
    uint32_t rival;

    if (message_parse(&datagram, &message) != 0)
        return 0;

    bool is_record = message_record(&message, datagram.arrival_ns, &record);

    if (is_record && (record.text.len > size || message_is_answer(&message) ||
                      (record.text.len > 0 && record.text.data[record.text.len - 1] == '\n')))
        __builtin_trap();
    if (message_rival(&message, &rival) && is_record)
        __builtin_trap();
    if (request_take(&request, &message) && request.has_reply)
        read_reply((struct span){ request.reply, request.reply_len });
    read_reply(message.payload);
    return 0;
}
