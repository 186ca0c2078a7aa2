/*
 * kernel_settings.h - the kernel { } of a configuration, put into the kernel and read back.
 *
 * For a registered audit daemon:
 *
 *     kernel_settings_apply(&settings, &config->kernel, log);   once it is registered
 *     ... the rules
 *     kernel_settings_lock(&settings, &config->kernel, log);    immutable, when it is asked for
 *     ...
 *     kernel_settings_leave(&settings, log);                    before it gives its place back
 *
 * Each opens a socket of its own for the while. What the kernel refuses becomes a sentence in the
 * log and stays as it was: a daemon that hears with other limits is better than one that is deaf.
 * Plain memory, zero at first.
 */
#pragma once

#include "base/log.h"
#include "control/config.h"

struct kernel_settings {
    bool is_locked;          /* enabled is 2: the kernel was compared and not changed */
    bool has_panic;          /* failure is panic because we asked for it */
    uint32_t failure_before; /* what it was then */
};

/*
 * Sets what differs, but for `immutable`; where the settings are locked already it says what
 * differs. Features can be set even then. May be called again with another kernel { }. True when
 * the kernel is as asked for now.
 */
bool kernel_settings_apply(struct kernel_settings *, const struct config_kernel *,
                           const struct log *);

/* Locks settings and rules until the next boot, if asked for. True when that was done or is so. */
bool kernel_settings_lock(struct kernel_settings *, const struct config_kernel *,
                          const struct log *);

/* failure = 'panic' must not be left behind without an audit daemon: sets what was before. */
void kernel_settings_leave(struct kernel_settings *, const struct log *);
