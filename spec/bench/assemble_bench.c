/*
 * assemble_bench - how fast a log becomes events with every field cut: assemble_bench LOG [ROUNDS]
 *
 * Prints megabytes a second and nanoseconds a record of the best round, reading included.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "event/assembler.h"
#include "kernel/logfile.h"

struct sum {
    uint64_t events, records, fields, bytes;
};

static void on_event(void *context, struct event *event)
{
    struct sum *sum = context;

    sum->events++;
    sum->records += event->record_count;
    for (uint32_t i = 0; i < event->record_count; i++)
        sum->fields += event->records[i].field_count;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int read_log(const char *path, struct assembler *assembler, struct sum *sum,
                    struct error *err)
{
    struct logfile *log = logfile_open(&path, 1, NULL, err);
    int status;

    if (log == NULL)
        return err->code;
    while ((status = logfile_read(log, assembler_take, assembler, err)) > 0)
        continue;
    assembler_flush(assembler);
    sum->bytes = logfile_stats(log)->text;
    logfile_close(log);
    return status;
}

int main(int count, char **arguments)
{
    int rounds = count > 2 ? atoi(arguments[2]) : 20;
    struct sum sum = { 0 };
    double best = 1e9;
    struct error err;

    if (count < 2) {
        fprintf(stderr, "usage: assemble_bench LOG [ROUNDS]\n");
        return 2;
    }
    for (int round = 0; round < rounds; round++) {
        struct assembler *assembler =
            assembler_new(ASSEMBLE_FILE, &assembler_default_limits, on_event, &sum);
        double start = seconds();

        sum = (struct sum){ 0 };
        if (read_log(arguments[1], assembler, &sum, &err) != 0) {
            fprintf(stderr, "assemble_bench: %s\n", err.text);
            return 1;
        }

        double taken = seconds() - start;

        best = taken < best ? taken : best;
        assembler_free(assembler);
    }
    printf("%.0f MB/s, %.1f ns a record, %.2f ns a field (%llu events, %llu records, %llu fields, "
           "%.1f MB)\n",
           (double)sum.bytes / best / 1e6, best * 1e9 / (double)sum.records,
           best * 1e9 / (double)sum.fields, (unsigned long long)sum.events,
           (unsigned long long)sum.records, (unsigned long long)sum.fields,
           (double)sum.bytes / 1e6);
    return 0;
}
