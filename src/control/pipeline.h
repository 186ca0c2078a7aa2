/*
 * pipeline.h - from records to outputs: assembler, policies, formats and outputs as one thing.
 *
 * Built downstream first, taken down upstream first, which drains. The source stays outside: `run`,
 * `replay` and the specs each feed it in their own way, from one thread.
 */
#pragma once

#include "control/ledger.h"
#include "control/routing.h"

struct pipeline;

/*
 * Looks at a configuration and its policies, when all that is inside this process is ready and
 * before anything is swapped. False with a mistake: then it is not taken.
 */
typedef bool pipeline_ready(void *context, const struct config *, const struct engine *,
                            struct mistakes *, struct mistakes *notes);

struct pipeline_settings {
    struct routing_settings routing;
    pipeline_ready *ready; /* may be NULL */
    void *ready_context;
    enum assembler_mode mode;
    bool
        has_any_output; /* policies may name outputs that are not there (replay without a config) */
};

/*
 * Takes the config over, even when it fails: then `mistakes` says why and NULL comes back. So it is
 * when `mistakes` holds something already. `notes`: see engine_new.
 */
struct pipeline *pipeline_new(const struct pipeline_settings *, struct config *, struct mistakes *,
                              struct mistakes *notes);

/* A record_sink. */
int pipeline_take(void *pipeline, const struct record_text *);

/* The source begins another file. */
void pipeline_new_file(struct pipeline *);

/* Hands what is gathered to files and readers. Call once a loop turn. */
void pipeline_flush(struct pipeline *);

/* Tries again what failed, lets go of outputs that left. Call about once a second (wall clock). */
void pipeline_tick(struct pipeline *, uint64_t now_ms);

/* The source is idle: the wall clock moves the events' clock, so that timers run. */
void pipeline_idle(struct pipeline *, uint64_t now_ms);

/*
 * Puts `config` in the place of what runs, between two events; takes it over, even when it fails.
 * On any mistake everything stays as it was, and false comes back.
 */
bool pipeline_reload(struct pipeline *, struct config *, struct mistakes *, struct mistakes *notes);

/* Loads the policies of `config` and says what is wrong with them; opens nothing, but asks `ready`.
 */
void pipeline_check(const struct pipeline_settings *, const struct config *, struct mistakes *,
                    struct mistakes *notes);

/* Opens all files anew (SIGUSR1); what fails is logged and stays open as it was. */
void pipeline_reopen(struct pipeline *);

/* True once standard output takes no more. */
bool pipeline_is_closed(const struct pipeline *);

/* True while the source should not be read: an output is full and holds (when_full). */
bool pipeline_holds(const struct pipeline *);

/* True when an output may start programs, or one that a reload took away may still run some. */
bool pipeline_starts_programs(const struct pipeline *);

/* False once a policy with `critical = true` failed; `err` says which and why. Later events are
 * held back. */
bool pipeline_is_well(const struct pipeline *, struct error *err);

/*
 * Hands out what is in flight and sends what can be sent: turns the loop until nothing waits, or
 * nothing was delivered for as long as an output's `drain`. Not from within the loop. No record may
 * follow.
 */
void pipeline_drain(struct pipeline *);

/*
 * Closes every output, so that the ledger is final; turns the loop. Not from within the loop.
 * Nothing but pipeline_ledger and _free follows.
 */
void pipeline_close(struct pipeline *);

/* The account so far; free it with ledger_free. `source` is left for the caller to fill. */
void pipeline_ledger(const struct pipeline *, struct ledger *);

void pipeline_free(struct pipeline *);
