/*
 * http_answer_fuzz.c - what a stranger answers to a request.
 *
 * Whatever it is, messages that were not sent keep their fates, and a verdict that all is well
 * leaves no message waiting.
 */
#include "output/http_answer.h"

#include <errno.h>

enum { MESSAGES = 6, FIRST = 1, END = 5, SETTLED = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct batch *fill(void)
{
    struct batch *batch = batch_new();

    for (unsigned i = 0; i < MESSAGES; i++) {
        buffer_append(&batch->bytes, SPAN("{}\n"));
        batch_commit(batch, NULL);
    }
    batch->messages[SETTLED].fate = FATE_DELIVERED;
    return batch;
}

static void expect(const struct batch *batch, const struct http_verdict *verdict)
{
    if (batch->messages[0].fate != FATE_WAITING || batch->messages[END].fate != FATE_WAITING ||
        batch->messages[SETTLED].fate != FATE_DELIVERED)
        __builtin_trap();
    if (verdict->code > 0 || verdict->wait_s < 0 || verdict->wait_s > HTTP_PATIENCE_S)
        __builtin_trap();
    if (verdict->code != 0 && *verdict->why == '\0' && verdict->code != -EAGAIN)
        __builtin_trap();
    for (unsigned i = FIRST; i < END; i++) {
        if (batch->messages[i].fate == FATE_WAITING && verdict->code == 0 && !verdict->is_too_big)
            __builtin_trap();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const long statuses[] = { 200, 200, 200, 200, 204, 302, 400, 400,
                                     401, 409, 413, 429, 500, 503, 600, 0 };

    if (size < 1)
        return 0;

    struct http_settings settings = { .body = data[0] % (HTTP_OTLP + 1) };
    struct http_answer answer = {
        .status = statuses[data[0] >> 4],
        .text = { (const char *)data + 1, size - 1 },
        .retry_after_s = (double)size - 10,
    };
    struct http_verdict verdict;
    struct batch *batch = fill();

    settings.bulk.has_id = size % 2 == 0;
    http_judge(&settings, &answer, batch, FIRST, END, &verdict);
    expect(batch, &verdict);
    batch_free(batch);
    return 0;
}
