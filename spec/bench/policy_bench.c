/*
 * policy_bench - what policies cost an event, parsing aside: policy_bench LOG POLICY...
 *
 * Each event of the log goes through the engine ROUNDS times. Prints nanoseconds an event.
 */
#include <stdio.h>
#include <time.h>

#include "base/mistakes.h"
#include "event/assembler.h"
#include "kernel/logfile.h"
#include "policy/engine.h"

enum { ROUNDS = 50, POLICIES_MOST = 1000 };

struct measurement {
    struct engine *engine;
    uint64_t turns, alerts;
    double seconds;
};

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void on_routed(void *context, struct event *event, const struct route *route)
{
    (void)context;
    (void)event;
    (void)route;
}

static void on_alert(void *context, const struct alert *alert, const struct route *route)
{
    struct measurement *measurement = context;

    (void)alert;
    (void)route;
    measurement->alerts++;
}

static void on_event(void *context, struct event *event)
{
    struct measurement *measurement = context;
    double start = now();

    for (int i = 0; i < ROUNDS; i++)
        engine_take(measurement->engine, event);
    measurement->seconds += now() - start;
    measurement->turns += ROUNDS;
}

static struct engine *load(char **paths, int count, struct measurement *measurement)
{
    static const struct log log = { NULL, LOG_LEVEL_ERROR };
    struct span spans[POLICIES_MOST], output = SPAN("local");
    struct mistakes mistakes = { 0 };

    for (int i = 0; i < count && i < POLICIES_MOST; i++)
        spans[i] = span_of(paths[i]);

    struct engine_settings settings = {
        .paths = spans,
        .path_count = (size_t)count,
        .outputs = &output,
        .output_count = 1,
        .resolver = &resolver_none,
        .log = &log,
        .on_event = on_routed,
        .on_alert = on_alert,
        .context = measurement,
    };
    struct engine *engine = engine_new(&settings, NULL, &mistakes);

    for (unsigned i = 0; i < mistakes.count; i++)
        fprintf(stderr, "%s\n", mistakes.sentences[i]);
    mistakes_free(&mistakes);
    return engine;
}

int main(int count, char **arguments)
{
    struct measurement measurement = { .turns = 0 };
    struct error err = { .code = 0 };

    if (count < 3) {
        fprintf(stderr, "usage: policy_bench LOG POLICY...\n");
        return 2;
    }
    measurement.engine = load(arguments + 2, count - 2, &measurement);
    if (measurement.engine == NULL)
        return 1;

    const char *path = arguments[1];
    struct logfile *log = logfile_open(&path, 1, NULL, &err);
    struct assembler *assembler =
        assembler_new(ASSEMBLE_FILE, &assembler_default_limits, on_event, &measurement);

    while (log != NULL && logfile_read(log, assembler_take, assembler, &err) > 0)
        continue;
    assembler_flush(assembler);
    printf("%.1f ns an event (%llu turns, %llu alerts, %d policies)\n",
           measurement.seconds * 1e9 / (double)measurement.turns,
           (unsigned long long)measurement.turns, (unsigned long long)measurement.alerts,
           count - 2);
    assembler_free(assembler);
    logfile_close(log);
    engine_free(measurement.engine);
    return log == NULL ? 1 : 0;
}
