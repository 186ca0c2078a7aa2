#include "pipeline.h"

#include "event/assembler.h"
#include "kernel/logline.h"

void pipeline_run(struct span text, char end, bool is_live, event_sink *sink, void *context)
{
    struct assembler *assembler = assembler_new(is_live ? ASSEMBLE_LIVE : ASSEMBLE_FILE,
                                                &assembler_default_limits, sink, context);
    struct type_cache types = { 0 };

    while (text.len > 0) {
        const char *stop = memchr(text.data, end, text.len);
        size_t len = stop != NULL ? (size_t)(stop - text.data) : text.len;
        struct record_text record;

        if (logline_parse((struct span){ text.data, len }, &record)) {
            record.type = type_cache_find(&types, record.type_token);
            assembler_take(assembler, &record);
        }
        text = span_skip(text, stop != NULL ? len + 1 : len);
    }
    assembler_flush(assembler);
    assembler_free(assembler);
}
