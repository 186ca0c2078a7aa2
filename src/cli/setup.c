#include "cli/setup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "enrich/users.h"

bool setup_has_any_output(const struct setup *setup)
{
    return setup->config_path == NULL || setup->format != NULL;
}

/* One output in the place of all: standard output, in the format asked for. */
static void use_stdout(const struct setup *setup, struct config *config)
{
    bool is_default = setup->config_path == NULL || config->defaults.bits != 0;
    struct config_output output = {
        .drain_s = 5,
        .format = format_find(span_of(setup->format != NULL ? setup->format : "json")),
        .is_default = is_default,
    };

    output_settings_default(&output.settings, &kind_stdout);
    output.settings.name = SPAN("stdout");
    config->output_count = 0;
    config->defaults = (struct route){ 0 };
    if (output.format != NULL)
        config_add_output(config, &output);
    else
        config->defaults.bits = is_default ? 1 : 0; /* none: routed, and nobody listens */
}

struct config *setup_config(void *context, struct mistakes *mistakes, struct mistakes *notes)
{
    const struct setup *setup = context;
    struct config *config = setup->config_path != NULL
                                ? config_load(setup->config_path, mistakes, notes)
                                : config_new("command line");

    for (size_t i = 0; i < setup->policy_count; i++) {
        struct error err;

        if (config_add_policies(config, setup->policies[i], &err) != 0)
            mistakes_add(mistakes, "%s", err.text);
    }
    config->kernel.multicast |= setup->is_multicast;
    if (setup_has_any_output(setup))
        use_stdout(setup, config);
    return config;
}

struct config *setup_check(struct setup *setup, pipeline_ready *ready, void *context,
                           struct mistakes *mistakes, struct mistakes *notes)
{
    struct log log = { stderr, LOG_LEVEL_INFO };
    struct users *users = users_new(NULL, &log);
    struct resolver resolver = users_resolver(users);
    struct pipeline_settings settings = {
        .routing = { .resolver = &resolver, .log = &log, .interrupt = -1 },
        .ready = ready,
        .ready_context = context,
        .has_any_output = setup_has_any_output(setup),
    };
    struct config *config = setup_config(setup, mistakes, notes);

    pipeline_check(&settings, config, mistakes, notes);
    users_close(users);
    return config;
}

bool setup_add_policy(struct setup *setup, const char *path)
{
    if (setup->policy_count == SETUP_POLICIES)
        return false;
    setup->policies[setup->policy_count++] = path;
    return true;
}

bool setup_color(struct setup *setup, const char *when)
{
    const char *no_color = getenv("NO_COLOR");

    if (strcmp(when, "auto") == 0)
        setup->color = isatty(STDOUT_FILENO) == 1 && (no_color == NULL || no_color[0] == '\0');
    else if (strcmp(when, "always") == 0 || strcmp(when, "never") == 0)
        setup->color = when[0] == 'a';
    else
        return false;
    return true;
}

const char *setup_formats(char *out, size_t room)
{
    out[0] = '\0';
    for (const struct format *const *each = format_all(); *each != NULL; each++) {
        size_t len = strlen(out);

        snprintf(out + len, room - len, "%s%s", len > 0 ? ", " : "", (*each)->name);
    }
    return out;
}
