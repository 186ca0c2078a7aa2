/* record.c - laudit record: keeps what the kernel sends, so that a live problem becomes a test. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/signals.h"
#include "kernel/capture.h"
#include "kernel/live.h"

enum { FLAG_MULTICAST, FLAG_HELP };

static const struct flag flags[] = {
    { 'm', "multicast", NULL,
      "Only listen, beside the audit daemon that runs. What is not\n"
      "read in time is lost then." },
    { 'h', "help", NULL, "Say this." },
    { 0, NULL, NULL, NULL },
};

enum {
    TICK_MS = 1000,
    BLOCKED_MS = 10 /* until a slow reader is asked again */
};

struct recording {
    uv_loop_t loop;
    struct signals signals;
    uv_poll_t signalled;
    uv_timer_t tick, blocked;
    struct log log;
    struct capture *capture;
    struct live *live;
    bool has_begun; /* the kernel was heard: what the file holds is a capture */
    bool has_failed, has_ended;
    bool has_told; /* that the reader is slow */
};

static void end(struct recording *);

/* Reads no more of the kernel than a slow reader takes: there it waits. */
static void hold(struct recording *recording)
{
    bool is_full = capture_is_full(recording->capture);

    if (is_full && !recording->has_told)
        log_write(&recording->log, LOG_LEVEL_WARNING,
                  "standard output is read too slowly; records wait in the kernel");
    recording->has_told |= is_full;
    if (recording->live != NULL)
        live_hold(recording->live, is_full);
}

/* Hands on what was gathered; soon again when the reader is slow. */
static void flush(struct recording *recording)
{
    if (capture_flush(recording->capture) != 0) {
        recording->has_failed = true; /* capture_close says why */
        end(recording);
        return;
    }
    if (!capture_is_blocked(recording->capture))
        uv_timer_stop(&recording->blocked);
    hold(recording);
}

static void on_timer(uv_timer_t *timer)
{
    flush(timer->data);
}

static void on_datagram(void *context, const struct datagram *datagram)
{
    struct recording *recording = context;

    capture_take(recording->capture, datagram);
    if (!capture_is_blocked(recording->capture) || recording->has_ended)
        return;
    if (!uv_is_active((const uv_handle_t *)&recording->blocked))
        uv_timer_start(&recording->blocked, on_timer, BLOCKED_MS, BLOCKED_MS);
    hold(recording);
}

/* The tap has it already. */
static int on_record(void *context, const struct record_text *record)
{
    (void)context;
    (void)record;
    return 0;
}

static void end(struct recording *recording)
{
    struct error err;

    recording->has_ended = true;
    uv_poll_stop(&recording->signalled);
    uv_timer_stop(&recording->tick);
    uv_timer_stop(&recording->blocked);
    if (live_drain(recording->live, &err) != 0) {
        log_write(&recording->log, LOG_LEVEL_ERROR, "%s", err.text);
        recording->has_failed = true;
    }

    const struct live_stats *stats = live_stats(recording->live);

    log_write(&recording->log, LOG_LEVEL_INFO,
              "%" PRIu64 " datagrams kept; lost by the kernel %" PRIu64 ", ENOBUFS %" PRIu64
              ", truncated %" PRIu64,
              capture_count(recording->capture), stats->kernel_lost, stats->enobufs,
              stats->truncated);
    uv_stop(&recording->loop);
}

static void on_deaf(void *context, const struct error *why)
{
    struct recording *recording = context;

    log_write(&recording->log, LOG_LEVEL_ERROR, "%s", why->text);
    recording->has_failed = true;
    end(recording);
}

/* A terminal that went away (SIGHUP) ends the recording, too. */
static void on_signalled(uv_poll_t *poll, int status, int events)
{
    struct recording *recording = poll->data;

    (void)status;
    (void)events;
    signals_read(&recording->signals);
    if (recording->signals.end || recording->signals.reload)
        end(recording);
}

static void keep_datagrams(struct recording *recording, bool is_multicast)
{
    struct live_options options = { .mode = is_multicast ? LIVE_MULTICAST : LIVE_UNICAST,
                                    .tap = on_datagram,
                                    .tap_context = recording,
                                    .failed = on_deaf,
                                    .failed_context = recording };
    struct error err;

    recording->live =
        live_open(&recording->loop, &options, on_record, recording, &recording->log, &err);
    if (recording->live == NULL) {
        log_write(&recording->log, LOG_LEVEL_ERROR, "%s", err.text);
        recording->has_failed = true;
        return;
    }
    recording->has_begun = true;
    uv_run(&recording->loop, UV_RUN_DEFAULT);
    live_close(recording->live, NULL, NULL);
}

/* Writes the rest; a file in which nothing was ever to stand is not left in the way. */
static void end_capture(struct recording *recording, const char *path)
{
    bool is_wanted = recording->has_begun || capture_count(recording->capture) > 0;
    struct error err;

    if (capture_close(recording->capture, &err) != 0) {
        log_write(&recording->log, LOG_LEVEL_ERROR, "%s", err.text);
        recording->has_failed = true;
    }
    if (!is_wanted && strcmp(path, "-") != 0)
        unlink(path);
}

static int record(const char *path, bool is_multicast)
{
    struct recording recording = { .log = { stderr, LOG_LEVEL_INFO } };
    struct error err;

    recording.capture = capture_open(path, &err);
    if (recording.capture == NULL) {
        log_write(&recording.log, LOG_LEVEL_ERROR, "%s", err.text);
        return EXIT_FAILED;
    }
    signals_open(&recording.signals);
    uv_loop_init(&recording.loop);
    uv_timer_init(&recording.loop, &recording.tick);
    uv_timer_init(&recording.loop, &recording.blocked);
    uv_poll_init(&recording.loop, &recording.signalled, recording.signals.fd);
    recording.tick.data = recording.blocked.data = recording.signalled.data = &recording;
    uv_timer_start(&recording.tick, on_timer, TICK_MS, TICK_MS);
    uv_poll_start(&recording.signalled, UV_READABLE, on_signalled);
    keep_datagrams(&recording, is_multicast);
    uv_close((uv_handle_t *)&recording.signalled, NULL);
    uv_close((uv_handle_t *)&recording.tick, NULL);
    uv_close((uv_handle_t *)&recording.blocked, NULL);
    uv_run(&recording.loop, UV_RUN_DEFAULT);
    uv_loop_close(&recording.loop);
    end_capture(&recording, path);
    signals_close(&recording.signals);
    return recording.has_failed ? EXIT_FAILED : EXIT_DONE;
}

static int run(int argc, char **argv)
{
    struct arguments arguments = { .command = &command_record, .rest = argv + 1 };
    const char *path = NULL;
    bool is_multicast = false;
    int flag;

    (void)argc;
    while ((flag = arguments_next(&arguments)) != ARGUMENTS_END) {
        if (flag == ARGUMENTS_WRONG)
            return EXIT_USAGE;
        if (flag == FLAG_HELP) {
            command_help(&command_record, stdout);
            return EXIT_DONE;
        }
        if (flag == FLAG_MULTICAST)
            is_multicast = true;
        else if (path == NULL)
            path = arguments.value;
        else
            return command_misused(&command_record, "one FILE, not '%s' too", arguments.value);
    }
    if (path == NULL)
        return command_misused(&command_record, "which FILE?");
    return record(path, is_multicast);
}

const struct command command_record = {
    .name = "record",
    .summary = "Keep what the kernel sends in a file, for replay.",
    .usage = "laudit record [--multicast] FILE",
    .text =
        "Keeps the raw datagrams of the audit socket with the times of their arrival until\n"
        "SIGINT, SIGTERM or SIGHUP; a second SIGINT or SIGTERM ends it at once. FILE must not\n"
        "exist; '-' is standard output. Read it with 'laudit replay FILE'.\n"
        "\n"
        "Without --multicast laudit becomes the audit daemon meanwhile; if there is one, it says\n"
        "which process that is and ends. What cannot begin leaves no FILE behind.\n",
    .flags = flags,
    .run = run,
};
