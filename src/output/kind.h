/*
 * kind.h - one kind of output (file, syslog, http ...): its options and how its sink is opened.
 *
 * A kind describes its options as data; control/ reads a configuration by that description, so that
 * a kind needs no code for it, and `laudit check` and the docs name the same options.
 */
#pragma once

#include <stddef.h>

#include "output/option.h"
#include "output/sink.h"

/* What holds for outputs of a kind as long as the configuration says nothing else. */
struct kind_defaults {
    const char *format; /* "json" */
    uint32_t batch_events;
    uint64_t batch_bytes;
    double batch_s; /* how long a batch may gather; 0: until the loop turn ends */
};

struct output_kind {
    const char *name;
    const char *summary; /* for help: "carries batches by HTTP POST" */
    struct kind_defaults defaults;
    bool wants_envelope;          /* messages come in an envelope */
    bool is_on_machine;           /* what it opens is on this machine: `check` can look */
    bool starts_programs;         /* processes that the kernel would audit (rules/exclusion.h) */
    const struct option *options; /* of the settings below */
    size_t option_count;
    size_t settings_size; /* of the kind's own settings: struct http_settings ... */
    const void *settings; /* what they are at first; spans in them are static */
    /* Options that do not go together. 0, or -EINVAL with "OPTION: what was expected". NULL: none.
     * Touches nothing outside. */
    int (*check)(const void *settings, struct error *);
    /* The file that it writes: two outputs with the same one cannot live side by side. NULL: none.
     */
    struct span (*place)(const void *settings);
    /* Is a file of this name, in the same folder, one that it makes beside its place? NULL: none.
     */
    bool (*owns)(const void *settings, struct span name);
    /* Could it be had by this process? Opens and changes nothing; NULL: nobody can say. */
    int (*probe)(const void *settings, struct error *);
    /* Makes the sink, with copies of what it keeps of `settings` and `host`; connects nothing yet
     * (the first send does). NULL with a sentence. */
    struct sink *(*open)(const void *settings, const struct sink_host *host, struct error *);
};

/* Every kind has a file of its own. */
extern const struct output_kind kind_file, kind_stdout, kind_http, kind_kafka, kind_mqtt,
    kind_syslog, kind_gelf, kind_unix, kind_exec;

/* NULL when there is none of that name. */
const struct output_kind *output_kind_find(struct span name);

/* All kinds; the array ends with NULL. */
const struct output_kind *const *output_kinds(void);
