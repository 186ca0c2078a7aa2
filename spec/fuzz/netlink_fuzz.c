#include "kernel/request.h"
#include "kernel/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* One datagram, as the kernel or somebody who pretends to be it might send it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct datagram datagram = { .bytes = { (const char *)data, size }, .arrival_ns = 1 };
    struct message message;
    struct record_text record;
    struct request request = { .type = AUDIT_GET, .reply_type = AUDIT_GET, .sequence = 1 };
    struct status status;
    uint32_t rival;

    if (message_parse(&datagram, &message) != 0)
        return 0;

    bool is_record = message_record(&message, datagram.arrival_ns, &record);

    if (is_record && (record.text.len > size || message_is_answer(&message) ||
                      (record.text.len > 0 && record.text.data[record.text.len - 1] == '\n')))
        __builtin_trap();
    if (message_rival(&message, &rival) && is_record)
        __builtin_trap();
    if (request_take(&request, &message) && request.has_reply &&
        status_parse((struct span){ request.reply, request.reply_len }, &status) == 0 &&
        status.known > sizeof status.kernel)
        __builtin_trap();
    return 0;
}
