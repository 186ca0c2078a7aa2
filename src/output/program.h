/*
 * program.h - a program that is fed on its standard input: started, listened to, signalled, ended.
 *
 * Nothing of laudit reaches it: no descriptor but a pipe as standard input, /dev/null as standard
 * output and a pipe as standard error, whose lines go to the log; no signal's disposition, no mask;
 * an environment of PATH and what is given; a session of its own.
 *
 * All calls from the loop's thread.
 */
#pragma once

#include <uv.h>

#include "base/log.h"
#include "output/option.h"

struct program_settings {
    struct option_texts command; /* the program's absolute path, and its arguments */
    struct option_owner user, group;
    struct span directory;
    struct option_pairs environment;
    int stop_signal;
    double grace_s; /* from stop_signal to SIGKILL */
};

struct program;

/*
 * It has ended; `how` says how: "'/usr/sbin/laurel' (pid 5) ended with status 3". A crash is a
 * status that is not 0, or a signal.
 */
typedef void program_ended(void *context, const char *how, bool is_crash);

/* Keeps copies; `log` and `name` (the output's) are borrowed. Never NULL. */
struct program *program_new(uv_loop_t *, const struct log *, struct span name,
                            const struct program_settings *, program_ended *, void *context);

/* Runs it; nothing may run yet. 0, or negative errno with a sentence. */
int program_start(struct program *, struct error *);

bool program_runs(const struct program *);

/* True from program_stop until it has ended. */
bool program_is_stopping(const struct program *);

/*
 * Writes what its standard input takes now. Returns the bytes written, -EAGAIN when there is no
 * room, or negative errno.
 */
ssize_t program_feed(struct program *, struct span bytes);

/* Bytes that were written and that it has not read yet. Also right within `ended`. */
size_t program_unread(const struct program *);

void program_signal(struct program *, int number);

/* Asks it to end, and kills it when it takes too long. `ended` follows. */
void program_stop(struct program *);

/*
 * Ends its input, stops it when it does not end by itself within the grace, and frees all when the
 * loop has let go: then `closed` is called. `ended` is not called any more.
 */
void program_close(struct program *, void (*closed)(void *context), void *context);
