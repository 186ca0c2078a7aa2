/*
 * settings.h - the kernel's audit settings: their names, their values in words, and changing them.
 *
 * Each change waits for the kernel's acknowledgement and reads back what it made. The functions
 * take a control socket: records that arrive on it meanwhile are left out.
 */
#pragma once

#include "kernel/status.h"

enum setting {
    SETTING_ENABLED,
    SETTING_FAILURE,
    SETTING_RATE_LIMIT,        /* records a second; 0: no limit */
    SETTING_BACKLOG_LIMIT,     /* records; 0: no limit */
    SETTING_BACKLOG_WAIT_TIME, /* ticks of the kernel's clock (HZ) */
    SETTINGS
};

enum { ENABLED_OFF, ENABLED_ON, ENABLED_LOCKED /* until the next boot */ };

const char *setting_name(enum setting);
bool setting_find(struct span name, enum setting *);

/* Reads "on", "printk" or a number; false when it is no value of that setting. */
bool setting_parse(enum setting, struct span text, uint32_t *value);

/* What setting_parse takes, for a sentence: "silent, printk or panic (0, 1, 2)". */
const char *setting_expected(enum setting);

/* The word that auditctl -s -i has for the value; NULL when there is none. */
const char *setting_word(enum setting, uint32_t value);

/* The value in a status; false when the kernel is too old to have told it. */
bool setting_value(const struct status *, enum setting, uint32_t *value);

/* Sets it. 0, or negative errno with a sentence; what was asked for may hold all the same then. */
int setting_set(struct netlink *, enum setting, uint32_t value, struct error *);

/* Set a counter of the kernel to 0 and tell what it was. 0, or negative errno with a sentence. */
int setting_reset_lost(struct netlink *, uint32_t *was, struct error *);
int setting_reset_waited(struct netlink *, uint32_t *was,
                         struct error *); /* ..._wait_time_actual */

/* As refusal_explain, for what is not allowed once the settings are locked: asks whether they are.
 */
int setting_explain(struct netlink *, struct error *, int code, const char *attempt);
