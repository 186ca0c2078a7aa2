/*
 * config.h - what a configuration file says, read and checked as a whole.
 *
 * Three steps: the file runs as Lua in an empty environment and becomes a plain table
 * (config_evaluate); the table is checked and becomes a struct config (config_read), which touches
 * nothing outside; what the config names is looked up: files, users, groups (config_settle).
 * Everything in a struct config lives until config_free.
 */
#pragma once

#include <lua.h>

#include "base/arena.h"
#include "base/mistakes.h"
#include "control/metrics.h"
#include "format/format.h"
#include "kernel/features.h"
#include "kernel/settings.h"
#include "output/output.h"
#include "output/secret.h"
#include "policy/route.h"

enum {
    CONFIG_LONGEST = 1 << 20,         /* bytes of a configuration file */
    CONFIG_BUDGET = 10 * 1000 * 1000, /* Lua instructions it may take */
    CONFIG_MEMORY = 32 << 20,         /* bytes its Lua may hold */
    CONFIG_CALLS = 10000,             /* kernel, rules, policies and output, all together */
    CONFIG_POLICIES = 1000            /* files */
};

#define CONFIG_DEFAULT_PATH "/etc/laudit/laudit.lua"
#define CONFIG_SPOOL "/var/lib/laudit/spool/" /* and the output's name */

/* A text of the configuration and where it stands. */
struct config_text {
    struct span text;
    unsigned line;
    bool is_made; /* by a function, as rule.syscall does: its lines stand nowhere, `line` made it */
};

/* A setting of the kernel's audit, as kernel { } gives it. */
struct config_setting {
    bool is_given;
    uint32_t value;
};

struct config_feature {
    bool is_given, is_on, is_locked;
};

struct config_kernel {
    bool is_given;
    bool multicast;          /* only listen: auditd or another daemon keeps the audit pid */
    bool leaves_rules;       /* rules = false: the kernel's rules are somebody else's */
    bool enforces;           /* rules that others change are put back */
    uint64_t receive_buffer; /* bytes; 0 when not given */
    struct config_setting settings[SETTINGS]; /* enabled is off or on; the third is is_immutable */
    struct config_feature features[FEATURES];
    bool is_immutable; /* everything is locked once it is set and the rules are loaded */
};

/* A user or group that is to be looked up. */
struct config_owner {
    struct option_owner *target;
    struct span name; /* absent: the number is known */
    bool is_group;
    size_t output; /* whose */
    unsigned line;
};

/* A secret that an output wants: where it is read from. */
struct config_secret {
    struct span subject; /* "output 'soc'" */
    const char *option;
    struct secret secret;
    unsigned line;
};

struct config_output {
    struct output_settings settings;
    const struct format *format;
    double drain_s; /* seconds to send what waits when a reload or the end takes it away */
    int when_full;  /* enum when_full, if it was given */
    bool says_default, is_default, says_full, says_spool;
    bool has_on, has_transform; /* what they are is in the source: policy/outlets */
    bool has_no_alerts;
    bool is_wrong; /* there were complaints about it: its settings are not to be tried */
    enum severity alerts_from; /* the least severity of alerts that go there */
    unsigned line;             /* on which its options begin */
};

struct config {
    struct arena arena;
    struct span path; /* of the file; borrowed by nobody */
    struct config_kernel kernel;
    struct config_text *rules;
    size_t rule_count;
    struct config_text *globs; /* of policies */
    size_t glob_count;
    struct span *policies; /* files, in order; made by config_settle */
    size_t policy_count;
    struct config_output *outputs;
    size_t output_count;
    size_t reading; /* the output that is being read */
    struct config_owner *owners;
    size_t owner_count;
    struct config_secret *secrets;
    size_t secret_count;
    struct route defaults;
    struct span source; /* absent where no output has `on` or `transform` */
    struct metrics_settings metrics;
    bool has_metrics;
};

/* True when kernel { } changes anything of the kernel's audit. */
bool config_sets_kernel(const struct config_kernel *);

/*
 * Runs `source` and pushes the plain table: a list of { word = 'output', line = 12, count = 1,
 * 'soc', { ... } }. Returns a state of its own that holds it at index 1. When the file cannot run
 * to its end, why is added to `mistakes`, and the table holds what came before.
 */
lua_State *config_evaluate(struct span source, const char *path, struct mistakes *);
void config_evaluate_end(lua_State *);

/*
 * Checks the table at `index` (any value is endured) and fills `config`. `source` helps to find the
 * line of an option and may be absent. With a mistake in `mistakes` already, an output that is
 * missing is none.
 */
void config_read(lua_State *, int index, struct span source, struct config *, struct mistakes *);

/* Looks up policy files, users and groups. `notes` gets what is odd without being wrong. */
void config_settle(struct config *, struct mistakes *, struct mistakes *notes);

/*
 * Adds a mistake for each output that this process could not have: a file that it could not write
 * or make, a secret that it could not read. Opens, makes and changes nothing; whether somebody
 * reads a named pipe is not asked. `notes` gets where each secret is read from.
 */
void config_check_outputs(const struct config *, struct mistakes *, struct mistakes *notes);

/* All three. What could be read comes back, never NULL; it may be used when there is no mistake. */
struct config *config_load(const char *path, struct mistakes *, struct mistakes *notes);

/* A config that no file says: no policies, no outputs. `path` is what mistakes would name. */
struct config *config_new(const char *path);
void config_free(struct config *);

/*
 * Adds the policies that `path` names: a file, or a folder's *.lua in alphabetical order (but no
 * *_spec.lua). A file that is there already is not added again. Negative errno with a sentence.
 */
int config_add_policies(struct config *, const char *path, struct error *);

/* Adds an output; the config keeps a copy of its name. */
struct config_output *config_add_output(struct config *, const struct config_output *);

/* What every output may have besides its kind's options: offsets are of struct config_output. */
const struct option *config_output_options(size_t *count);

/* An output of which nothing was said but its kind. */
void config_output_default(struct config_output *, const struct output_kind *);

/* For the reader: `path` as seen from the folder of the configuration, terminated. */
struct span config_path(struct config *, struct span path);
void config_add_owner(struct config *, const struct config_owner *);
void config_add_secret(struct config *, const char *subject, const char *option,
                       const struct secret *, unsigned line);
