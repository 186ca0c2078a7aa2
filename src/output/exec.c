/* exec.c - the kind `exec`: feeds a program on its standard input, and starts it again when it
 * ends. */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "output/kind.h"
#include "output/program.h"
#include "output/recent.h"

enum {
    BEAT_LEAST_MS = 1, /* until it is asked again what the program has read ... */
    BEAT_MOST_MS = 32, /* ... longer and longer while it reads nothing */
    PAUSE_MOST_S = 60, /* between two starts of a program that ends at once */
    REPEAT_MOST = 16 << 20,
    WELL_S = 60 /* a program that ran that long ended for another reason */
};

enum stop_choice { STOP_TERM, STOP_HUP, STOP_INT, STOP_QUIT, STOP_KILL };

struct exec_settings {
    struct option_texts command;
    struct option_owner user, group;
    struct span directory;
    struct option_pairs environment;
    int stop_signal; /* enum stop_choice */
    double grace_s;
    uint64_t repeat; /* bytes */
};

struct exec_sink {
    struct sink sink;
    struct program *program;
    char *path;            /* of the program */
    struct batch *batch;   /* under way */
    struct recent recent;  /* lines that it has read */
    struct buffer preface; /* lines that come before the batch: again */
    size_t sent;           /* bytes of the batch that were written */
    size_t unread;         /* bytes that were not read, when it was asked last */
    bool has_died;         /* while the batch at the head was under way */
    bool has_crashed;      /* the last program did not end by itself */
    uint64_t beat_ms;
    uv_timer_t beat;
    uint64_t started_ns, not_before_ns;
    unsigned early_ends; /* in a row */
    struct sink_counts counts;
    sink_closed *closed;
    void *closed_context;
};

static struct exec_sink *of(struct sink *sink)
{
    return (struct exec_sink *)(void *)sink;
}

static void finish(struct exec_sink *exec, const struct outcome *outcome)
{
    const struct sink_host *host = &exec->sink.host;

    uv_timer_stop(&exec->beat);
    exec->batch = NULL;
    host->done(host->context, outcome);
}

/* What the program has read is delivered. */
static void settle_read(struct exec_sink *exec)
{
    size_t unread = program_unread(exec->program), count = 0;
    size_t done = exec->sent - (unread < exec->sent ? unread : exec->sent);

    for (; count < exec->batch->count; count++) {
        struct batch_message *message = &exec->batch->messages[count];

        if (message->begin + message->len > done)
            break;
        message->fate = FATE_DELIVERED;
    }
    recent_follow(&exec->recent, exec->batch, count);
}

/* Everything was read. */
static void succeed(struct exec_sink *exec)
{
    static const struct outcome well = { 0 };

    exec->has_died = false;
    recent_follow(&exec->recent, exec->batch, exec->batch->count);
    batch_settle(exec->batch, FATE_DELIVERED);
    finish(exec, &well);
}

/* Writes as much as there is room for; what is worse than no room ends the program. */
static size_t write_some(struct exec_sink *exec, struct span bytes)
{
    size_t done = 0;
    ssize_t written;

    while (done < bytes.len && (written = program_feed(exec->program, span_skip(bytes, done))) > 0)
        done += (size_t)written;
    return done;
}

static bool write_preface(struct exec_sink *exec)
{
    if (exec->preface.len > 0)
        buffer_consume(&exec->preface, write_some(exec, buffer_span(&exec->preface)));
    return exec->preface.len == 0;
}

static bool write_all(struct exec_sink *exec)
{
    struct span bytes = buffer_span(&exec->batch->bytes);

    if (!write_preface(exec))
        return false;
    exec->sent += write_some(exec, span_skip(bytes, exec->sent));
    return exec->sent == bytes.len;
}

static void on_beat(uv_timer_t *timer);

static void go_on(struct exec_sink *exec)
{
    size_t sent = exec->sent, unread;
    bool is_written = write_all(exec);

    unread = program_unread(exec->program);
    if (is_written && unread == 0) {
        succeed(exec);
        return;
    }
    if (sent != exec->sent || unread != exec->unread)
        exec->beat_ms = BEAT_LEAST_MS;
    else if (exec->beat_ms < BEAT_MOST_MS)
        exec->beat_ms *= 2;
    exec->unread = unread;
    uv_timer_start(&exec->beat, on_beat, exec->beat_ms, 0);
}

static void on_beat(uv_timer_t *timer)
{
    go_on(timer->data);
}

/* How long a program is to rest that ended early so often. */
static void plan_start(struct exec_sink *exec, uint64_t now_ns)
{
    uint64_t pause_s;

    if (now_ns - exec->started_ns >= (uint64_t)WELL_S * 1000000000)
        exec->early_ends = 0;
    pause_s = exec->early_ends == 0 ? 0 : 1ULL << (exec->early_ends - 1);
    if (pause_s >= PAUSE_MOST_S)
        pause_s = PAUSE_MOST_S;
    else
        exec->early_ends++;
    exec->not_before_ns = now_ns + pause_s * 1000000000;
}

/* A program_ended. */
static void on_ended(void *context, const char *how, bool is_crash)
{
    struct exec_sink *exec = context;
    const struct sink_host *host = &exec->sink.host;
    struct outcome outcome = { .code = -ECONNRESET, .why = how, .is_unknown = true };

    exec->counts.failures++;
    exec->has_crashed |= is_crash;
    if (is_crash)
        recent_trim(&exec->recent);
    else
        recent_settle(&exec->recent);
    plan_start(exec, uv_hrtime());
    if (exec->batch == NULL) {
        log_write(host->log, LOG_LEVEL_WARNING, "output '%.*s': %s", SPAN_ARG(host->name), how);
        return;
    }
    /* what it had read, it may have lost: that is sent once more, but not again and again */
    if (exec->has_died)
        settle_read(exec);
    exec->has_died = true;
    finish(exec, &outcome);
}

/* The program that has just been started gets what its predecessor may have lost. */
static void begin_again(struct exec_sink *exec)
{
    const struct sink_host *host = &exec->sink.host;
    size_t messages;
    struct span lines = recent_repeat(&exec->recent, exec->has_crashed, &messages);

    exec->has_crashed = false;
    exec->counts.repeated += messages;
    if (messages > 0)
        log_write(host->log, LOG_LEVEL_WARNING,
                  "output '%.*s': %zu messages that '%s' had read are sent again",
                  SPAN_ARG(host->name), messages, exec->path);
    buffer_clear(&exec->preface);
    buffer_append(&exec->preface, lines);
    write_preface(exec);
}

static int start(struct exec_sink *exec, struct error *err)
{
    uint64_t now_ns = uv_hrtime();

    exec->started_ns = now_ns;
    exec->counts.connections++;
    if (program_start(exec->program, err) == 0) {
        begin_again(exec);
        return 0;
    }
    exec->counts.failures++;
    plan_start(exec, now_ns);
    return err->code;
}

/* Is there a program? Starts it, if it may be started now. */
static bool has_program(struct exec_sink *exec, struct outcome *outcome, struct error *err)
{
    uint64_t now_ns = uv_hrtime();

    if (program_is_stopping(exec->program)) {
        outcome->code = error_set(err, -EAGAIN, "'%s' has not ended yet", exec->path);
        return false;
    }
    if (program_runs(exec->program))
        return true;
    if (now_ns < exec->not_before_ns) {
        outcome->wait_s = (double)(exec->not_before_ns - now_ns) / 1e9;
        outcome->code = error_set(err, -EAGAIN, "'%s' ends again and again", exec->path);
        return false;
    }
    outcome->code = start(exec, err);
    return outcome->code == 0;
}

static void exec_send(struct sink *sink, struct batch *batch)
{
    struct exec_sink *exec = of(sink);
    struct error err = { 0 };
    struct outcome outcome = { .why = err.text };

    exec->batch = batch;
    exec->sent = exec->unread = 0;
    exec->beat_ms = BEAT_LEAST_MS;
    if (!has_program(exec, &outcome, &err)) {
        finish(exec, &outcome);
        return;
    }
    go_on(exec);
}

/* It does not read: another one may. */
static void exec_cancel(struct sink *sink)
{
    struct exec_sink *exec = of(sink);
    struct error err;
    struct outcome outcome = { .is_unknown = true, .why = err.text };

    if (exec->batch == NULL)
        return;
    outcome.code = error_set(&err, -ETIMEDOUT, "'%s' does not read what it is given", exec->path);
    settle_read(exec);
    program_stop(exec->program);
    finish(exec, &outcome);
}

/* Starts the program before there is anything for it: it may need its time. */
static void exec_tick(struct sink *sink, uint64_t now_ms)
{
    struct exec_sink *exec = of(sink);
    struct error err;

    (void)now_ms;
    if (program_runs(exec->program)) {
        write_preface(exec);
        return;
    }
    if (uv_hrtime() < exec->not_before_ns)
        return;
    if (start(exec, &err) != 0)
        log_write(sink->host.log, LOG_LEVEL_WARNING, "output '%.*s': %s", SPAN_ARG(sink->host.name),
                  err.text);
}

/* As auditd does with its plugins. */
static void exec_reloaded(struct sink *sink)
{
    program_signal(of(sink)->program, SIGHUP);
}

static void exec_count(const struct sink *sink, struct sink_counts *counts)
{
    const struct exec_sink *exec = (const struct exec_sink *)(const void *)sink;

    counts->connections += exec->counts.connections;
    counts->failures += exec->counts.failures;
    counts->repeated += exec->counts.repeated;
    if (exec->has_crashed)
        counts->repeated += exec->recent.messages; /* will be: by `exec_close`, if not before */
}

static void on_beat_closed(uv_handle_t *handle)
{
    struct exec_sink *exec = handle->data;
    sink_closed *closed = exec->closed;
    void *context = exec->closed_context;

    recent_free(&exec->recent);
    buffer_free(&exec->preface);
    free(exec->path);
    free(exec);
    if (closed != NULL)
        closed(context);
}

static void on_program_closed(void *context)
{
    struct exec_sink *exec = context;

    uv_close((uv_handle_t *)&exec->beat, on_beat_closed);
}

static void exec_close(struct sink *sink, sink_closed *closed, void *context)
{
    struct exec_sink *exec = of(sink);
    struct error ignored;

    exec->closed = closed;
    exec->closed_context = context;
    if (exec->has_crashed && exec->recent.messages > 0)
        start(exec, &ignored); /* what the last one may have lost */
    if (exec->preface.len > 0)
        log_write(sink->host.log, LOG_LEVEL_WARNING,
                  "output '%.*s': %zu bytes are not given to '%s' again", SPAN_ARG(sink->host.name),
                  exec->preface.len, exec->path);
    program_close(exec->program, on_program_closed, exec);
}

static int number_of(int choice)
{
    static const int numbers[] = { SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGKILL };

    return numbers[choice];
}

static struct sink *exec_open(const void *from, const struct sink_host *host, struct error *err)
{
    static const struct sink_class class = {
        .send = exec_send,
        .cancel = exec_cancel,
        .tick = exec_tick,
        .reloaded = exec_reloaded,
        .close = exec_close,
        .count = exec_count,
    };
    const struct exec_settings *settings = from;
    const struct program_settings program = {
        .command = settings->command,
        .user = settings->user,
        .group = settings->group,
        .directory = settings->directory,
        .environment = settings->environment,
        .stop_signal = number_of(settings->stop_signal),
        .grace_s = settings->grace_s,
    };
    struct exec_sink *exec;

    if (host->loop == NULL) {
        error_set(err, -ENOTSUP, "nobody would notice here when the program ends");
        return NULL;
    }
    exec = calloc(1, sizeof *exec);
    if (exec == NULL)
        abort();
    exec->sink = (struct sink){ &class, *host };
    if (asprintf(&exec->path, "%.*s", SPAN_ARG(settings->command.list[0])) < 0)
        abort();
    exec->program = program_new(host->loop, host->log, host->name, &program, on_ended, exec);
    exec->recent.most = settings->repeat;
    uv_timer_init(host->loop, &exec->beat);
    exec->beat.data = exec;
    return &exec->sink;
}

static int exec_check(const void *from, struct error *err)
{
    const struct exec_settings *settings = from;

    if (settings->command.count == 0)
        return error_set(err, -EINVAL,
                         "command: expected { 'PROGRAM', 'ARGUMENT', ... }, found nothing");
    if (settings->command.list[0].len == 0 || settings->command.list[0].data[0] != '/')
        return error_set(err, -EINVAL,
                         "command: expected the program's absolute path first, found '%.*s'",
                         SPAN_ARG(settings->command.list[0]));
    if (settings->grace_s < 0 || settings->grace_s > 3600)
        return error_set(err, -EINVAL, "grace: expected 0 to 3600 seconds, found %g",
                         settings->grace_s);
    if (settings->repeat > REPEAT_MOST)
        return error_set(err, -EINVAL, "repeat: expected at most 16MiB, found %llu bytes",
                         (unsigned long long)settings->repeat);
    return 0;
}

static int exec_probe(const void *from, struct error *err)
{
    const struct exec_settings *settings = from;
    char path[4096];

    snprintf(path, sizeof path, "%.*s", SPAN_ARG(settings->command.list[0]));
    if (access(path, X_OK) != 0)
        return error_set(err, -errno, "cannot start '%s': %s", path, strerror(errno));
    return 0;
}

static const char *const stop_signals[] = { "TERM", "HUP", "INT", "QUIT", "KILL", NULL };

#define IN(member) offsetof(struct exec_settings, member)

static const struct option options[] = {
    { .name = "command",
      .kind = OPTION_TEXTS,
      .offset = IN(command),
      .summary = "the program's absolute path and its arguments" },
    { .name = "user", .kind = OPTION_OWNER, .offset = IN(user), .summary = "who runs it" },
    { .name = "group", .kind = OPTION_GROUP, .offset = IN(group), .summary = "with which group" },
    { .name = "directory",
      .kind = OPTION_PATH,
      .offset = IN(directory),
      .summary = "where it is started; default: /" },
    { .name = "environment",
      .kind = OPTION_PAIRS,
      .offset = IN(environment),
      .summary = "its environment, besides PATH" },
    { .name = "stop_signal",
      .kind = OPTION_CHOICE,
      .offset = IN(stop_signal),
      .choices = stop_signals,
      .summary = "asks it to end" },
    { .name = "grace",
      .kind = OPTION_SECONDS,
      .offset = IN(grace_s),
      .summary = "how long it may take to end by itself, and again before SIGKILL" },
    { .name = "repeat",
      .kind = OPTION_SIZE,
      .offset = IN(repeat),
      .summary = "of what a program that died had read are given to the next one" },
};

static const struct exec_settings at_first = { .grace_s = 5, .repeat = 256 << 10 };

const struct output_kind kind_exec = {
    .name = "exec",
    .summary = "feeds a program on its standard input, and starts it again",
    .defaults = { .format = "audisp", .batch_events = 4096, .batch_bytes = 256 << 10 },
    .starts_programs = true,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings_size = sizeof at_first,
    .settings = &at_first,
    .check = exec_check,
    .probe = exec_probe,
    .open = exec_open,
};
