/*
 * stages_bench - what each stage costs an event: stages_bench LOG [POLICY...]
 *
 * Runs the log through ever longer pipes, the best of ROUNDS runs each, and prints what each stage
 * adds in nanoseconds an event. With policies, each event goes through the engine ENGINE_TURNS
 * times more, so that their cost stands out.
 */
#include <stdio.h>
#include <time.h>

#include "base/mistakes.h"
#include "event/assembler.h"
#include "format/format.h"
#include "kernel/logfile.h"
#include "policy/engine.h"

enum { ROUNDS = 5, ENGINE_TURNS = 20, POLICIES_MOST = 1000 };

/* One run over the log; NULL where the pipe ends. */
struct pipe {
    const struct format *format;
    struct engine *engine;
    struct format_context context;
    struct format_names kept;
    struct buffer out;
    uint64_t events, records, alerts;
};

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int on_record(void *context, const struct record_text *record)
{
    struct pipe *pipe = context;

    (void)record;
    pipe->records++;
    return 0;
}

static void on_event(void *context, struct event *event)
{
    struct pipe *pipe = context;

    pipe->events++;
    if (pipe->format != NULL) {
        buffer_clear(&pipe->out);
        pipe->format->event(&pipe->context, event, &pipe->out);
    }
    for (int turn = 0; pipe->engine != NULL && turn < ENGINE_TURNS; turn++)
        engine_take(pipe->engine, event);
}

static void on_routed(void *context, struct event *event, const struct route *route)
{
    (void)context;
    (void)event;
    (void)route;
}

static void on_alert(void *context, const struct alert *alert, const struct route *route)
{
    struct pipe *pipe = context;

    (void)alert;
    (void)route;
    pipe->alerts++;
}

/* Processor seconds of one run; negative when the log cannot be read. */
static double run(const char *path, struct pipe *pipe, record_sink *sink)
{
    struct error err;
    double start = seconds();
    struct logfile *log = logfile_open(&path, 1, NULL, &err);
    struct assembler *assembler =
        assembler_new(ASSEMBLE_FILE, &assembler_default_limits, on_event, pipe);
    int status = log != NULL ? LOGFILE_MORE : err.code;

    pipe->events = pipe->records = pipe->alerts = 0;
    while (status > 0)
        status = logfile_read(log, sink != NULL ? sink : assembler_take,
                              sink != NULL ? (void *)pipe : assembler, &err);
    assembler_flush(assembler);
    assembler_free(assembler);
    if (log != NULL)
        logfile_close(log);
    if (status < 0)
        fprintf(stderr, "stages_bench: %s\n", err.text);
    return status < 0 ? -1 : seconds() - start;
}

static double best_run(const char *path, struct pipe *pipe, record_sink *sink)
{
    double best = run(path, pipe, sink);

    for (int round = 1; best >= 0 && round < ROUNDS; round++) {
        double taken = run(path, pipe, sink);

        best = taken < best ? taken : best;
    }
    return best;
}

static struct engine *load(char **paths, int count, struct pipe *pipe)
{
    static const struct log log = { NULL, LOG_LEVEL_ERROR };
    struct span spans[POLICIES_MOST], output = SPAN("local");
    struct mistakes mistakes = { 0 }, notes = { 0 };

    for (int i = 0; i < count && i < POLICIES_MOST; i++)
        spans[i] = span_of(paths[i]);

    struct engine_settings settings = {
        .paths = spans,
        .path_count = (size_t)(count < POLICIES_MOST ? count : POLICIES_MOST),
        .outputs = &output,
        .output_count = 1,
        .resolver = &resolver_none,
        .log = &log,
        .on_event = on_routed,
        .on_alert = on_alert,
        .context = pipe,
    };
    struct engine *engine = engine_new(&settings, NULL, &mistakes, &notes);

    for (unsigned i = 0; i < mistakes.count; i++)
        fprintf(stderr, "stages_bench: %s\n", mistakes.sentences[i]);
    mistakes_free(&mistakes);
    mistakes_free(&notes);
    return engine;
}

static int measure_policies(const char *path, double assembled, char **policies, int count)
{
    struct pipe pipe = { .context = { .resolver = &resolver_none } };

    pipe.engine = load(policies, count, &pipe);
    if (pipe.engine == NULL)
        return 1;

    double taken = best_run(path, &pipe, NULL);

    printf("| %d policies | %.0f |\n", count,
           (taken - assembled) * 1e9 / (double)pipe.events / ENGINE_TURNS);
    engine_free(pipe.engine);
    return 0;
}

int main(int count, char **arguments)
{
    struct pipe pipe = { .context = { .resolver = &resolver_none, .kept = &pipe.kept } };

    if (count < 2) {
        fprintf(stderr, "usage: stages_bench LOG [POLICY...]\n");
        return 2;
    }

    const char *path = arguments[1];
    double read = best_run(path, &pipe, on_record);
    uint64_t records = pipe.records;
    double assembled = best_run(path, &pipe, NULL);
    double an_event = 1e9 / (double)pipe.events;

    if (read < 0 || assembled < 0)
        return 1;
    printf("| stage | ns an event (%.2f records each) |\n|---|---|\n",
           (double)records / (double)pipe.events);
    printf("| read lines | %.0f |\n", read * an_event);
    printf("| cut and assemble | %.0f |\n", (assembled - read) * an_event);
    for (const struct format *const *format = format_all(); *format != NULL; format++) {
        pipe.format = *format;
        printf("| format %s | %.0f |\n", pipe.format->name,
               (best_run(path, &pipe, NULL) - assembled) * an_event);
    }
    buffer_free(&pipe.out);
    return count > 2 ? measure_policies(path, assembled, arguments + 2, count - 2) : 0;
}
