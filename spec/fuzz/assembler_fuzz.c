/*
 * assembler_fuzz - the assembler on any order of records, ticks, files and flushes: the ledger
 * closes after every step, bounds are kept, each record leaves once.
 *
 * The first byte chooses mode and limits, then four bytes make a step.
 */
#include <stdio.h>
#include <stdlib.h>

#include "event/assembler.h"
#include "tables/record_types.h"

struct watch {
    const struct assembler_limits *limits;
    uint64_t events, records;
};

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void on_event(void *context, struct event *event)
{
    struct watch *watch = context;
    char id[EVENT_ID_ROOM];
    size_t bytes = 0;

    watch->events++;
    watch->records += event->record_count;
    check(event->record_count > 0 && event->record_count <= watch->limits->records);
    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct record *record = &event->records[i];

        bytes += record->text.len;
        check(record->field_count > 0 && record->fields[0].id == FIELD_PID);
    }
    check(bytes <= watch->limits->bytes);
    check(event->syscall == NULL || event->syscall->type == TYPE_SYSCALL);
    check(event_id_write(&event->id, id) <= EVENT_ID_ROOM);
    notes_tag(&event->notes, &event->arena, SPAN("seen"));
}

static void check_ledger(const struct assembler *assembler, const struct watch *watch)
{
    const struct assembler_stats *stats = assembler_stats(assembler);

    check(stats->seen ==
          stats->assembled + stats->malformed + stats->eoe + stats->cut + stats->in_flight);
    check(stats->assembled == watch->records && stats->events == watch->events);
    check(stats->events_in_flight <= watch->limits->events);
    check(stats->in_flight >= stats->events_in_flight);
    check(stats->gaps < (uint64_t)1 << 62);
}

static void take_record(struct assembler *assembler, const uint8_t step[4])
{
    static const uint16_t types[] = { TYPE_SYSCALL,   TYPE_PROCTITLE, TYPE_EOE,    TYPE_PATH,
                                      TYPE_USER_AUTH, TYPE_LOGIN,     TYPE_EXECVE, 0 };
    static const struct span nodes[] = { { "", 0 }, { "web1", 4 }, { "web2", 4 }, { "", 0 } };
    char text[600];
    unsigned long milli = (unsigned long)(step[2] & 0xF) * 1000 * (step[2] >> 4 & 3);
    int len = snprintf(text, sizeof text, "audit(%lu.%03lu:%d): pid=%u key=\"%0*d\"",
                       1000 + milli / 1000, milli % 1000 + step[2] % 7u,
                       (step[1] >> 3) - (step[1] == 0xFF ? 40 : 0), step[3], step[3] * 2 % 400, 0);

    if (step[0] == 0x7F)
        text[8] = 'x';

    struct record_text record = { .type = types[step[0] & 7],
                                  .type_token = record_type_name(types[step[0] & 7]),
                                  .node = nodes[step[1] & 3],
                                  .text = { text, (size_t)len } };

    assembler_take(assembler, &record);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct assembler_limits limits[] = {
        { .events = 1, .records = 1, .bytes = 300, .all_bytes = 300, .timeout_ms = 2000 },
        { .events = 4, .records = 3, .bytes = 700, .all_bytes = 1500, .timeout_ms = 2000 },
        { .events = 100, .records = 50, .bytes = 9000, .all_bytes = 5000, .timeout_ms = 500 },
        { .events = 1024, .records = 64, .bytes = 99999, .all_bytes = 999999, .timeout_ms = 2000 },
    };

    if (size == 0)
        return 0;

    struct watch watch = { .limits = &limits[data[0] >> 1 & 3] };
    struct assembler *assembler = assembler_new((data[0] & 1) != 0 ? ASSEMBLE_FILE : ASSEMBLE_LIVE,
                                                watch.limits, on_event, &watch);

    for (size_t at = 1; at + 4 <= size; at += 4) {
        const uint8_t *step = data + at;

        if (step[0] == 0xF0)
            assembler_tick(assembler, 1000000 + (uint64_t)step[1] * 100);
        else if (step[0] == 0xF1)
            assembler_flush(assembler);
        else if (step[0] == 0xF2)
            assembler_new_file(assembler);
        else
            take_record(assembler, step);
        check_ledger(assembler, &watch);
    }
    assembler_flush(assembler);
    check_ledger(assembler, &watch);
    check(assembler_stats(assembler)->in_flight == 0);
    check(assembler_stats(assembler)->events_in_flight == 0);
    assembler_free(assembler);
    return 0;
}
