#include "kernel/settings.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "base/names.h"
#include "kernel/refusal.h"

enum { ERRNO_MOST = 4095 /* beyond it a negative code is a counter above INT_MAX */ };

/* The first name of a value is auditctl's. */
static const struct name enabled_words[] = {
    { "disable", ENABLED_OFF },
    { "off", ENABLED_OFF },
    { "enabled", ENABLED_ON },
    { "on", ENABLED_ON },
    { "enabled+immutable", ENABLED_LOCKED },
    { "immutable", ENABLED_LOCKED },
};

static const struct name failure_words[] = {
    { "silent", AUDIT_FAIL_SILENT },
    { "printk", AUDIT_FAIL_PRINTK },
    { "panic", AUDIT_FAIL_PANIC },
};

/* As NAMES, for constant initialisers. */
#define WORDS(array)                                                                               \
    {                                                                                              \
        (array), sizeof(array) / sizeof(array)[0]                                                  \
    }
#define MEMBER(name) offsetof(struct audit_status, name)

static const struct {
    const char *name;
    size_t offset; /* in struct audit_status */
    uint32_t mask;
    struct names words;
    const char *expected;
} settings[SETTINGS] = {
    [SETTING_ENABLED] = { "enabled", MEMBER(enabled), AUDIT_STATUS_ENABLED, WORDS(enabled_words),
                          "off, on or immutable (0, 1, 2)" },
    [SETTING_FAILURE] = { "failure", MEMBER(failure), AUDIT_STATUS_FAILURE, WORDS(failure_words),
                          "silent, printk or panic (0, 1, 2)" },
    [SETTING_RATE_LIMIT] = { "rate_limit",
                             MEMBER(rate_limit),
                             AUDIT_STATUS_RATE_LIMIT,
                             { 0 },
                             "a number of records a second (0: no limit)" },
    [SETTING_BACKLOG_LIMIT] = { "backlog_limit",
                                MEMBER(backlog_limit),
                                AUDIT_STATUS_BACKLOG_LIMIT,
                                { 0 },
                                "a number of records (0: no limit)" },
    [SETTING_BACKLOG_WAIT_TIME] = { "backlog_wait_time",
                                    MEMBER(backlog_wait_time),
                                    AUDIT_STATUS_BACKLOG_WAIT_TIME,
                                    { 0 },
                                    "a number of the kernel's clock ticks (HZ in a second)" },
};

const char *setting_name(enum setting setting)
{
    return settings[setting].name;
}

bool setting_find(struct span name, enum setting *setting)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        if (span_equal(span_of(settings[i].name), name)) {
            *setting = (enum setting)i;
            return true;
        }
    }
    return false;
}

bool setting_parse(enum setting setting, struct span text, uint32_t *value)
{
    struct names words = settings[setting].words;
    uint64_t number;
    struct span word;

    if (names_number(words, text, value))
        return true;
    if (!span_decimal(text, &number) || number > UINT32_MAX)
        return false;
    if (words.count > 0 && !names_text(words, (uint32_t)number, &word))
        return false;
    *value = (uint32_t)number;
    return true;
}

const char *setting_expected(enum setting setting)
{
    return settings[setting].expected;
}

const char *setting_word(enum setting setting, uint32_t value)
{
    struct span word;

    return names_text(settings[setting].words, value, &word) ? word.data : NULL;
}

bool setting_value(const struct status *status, enum setting setting, uint32_t *value)
{
    size_t offset = settings[setting].offset;

    if (status->known < offset + sizeof *value)
        return false;
    memcpy(value, (const char *)&status->kernel + offset, sizeof *value);
    return true;
}

int setting_explain(struct netlink *netlink, struct error *err, int code, const char *attempt)
{
    struct status status;
    struct error second;

    if (code == -EPERM && status_get(netlink, &status, datagram_ignore, NULL, &second) == 0 &&
        status.kernel.enabled == ENABLED_LOCKED)
        return error_set(err, code,
                         "%s: the kernel's audit settings are locked until the next boot "
                         "(enabled is 2)",
                         attempt);
    return refusal_explain(err, code, attempt, 0);
}

static int explain_value(struct error *err, enum setting setting, const char *attempt)
{
    return error_set(err, -EINVAL, "%s: the kernel does not take that value%s", attempt,
                     setting == SETTING_BACKLOG_WAIT_TIME
                         ? "; ten times its default of 60 seconds, in ticks of its clock, is the "
                           "most"
                         : "");
}

/* Does the kernel hold what was set? A kernel that does not know a setting acknowledges it, too. */
static int read_back(struct netlink *netlink, enum setting setting, uint32_t value,
                     const char *attempt, struct error *err)
{
    struct status status;
    uint32_t held;
    int code = status_get(netlink, &status, datagram_ignore, NULL, err);

    if (code != 0)
        return error_within(err, "%s, and read it back", attempt);
    if (!setting_value(&status, setting, &held))
        return error_set(err, -EOPNOTSUPP, "%s: this kernel does not have that setting", attempt);
    if (held != value)
        return error_set(err, -EIO, "%s: the kernel acknowledged it and holds %u", attempt, held);
    return 0;
}

int setting_set(struct netlink *netlink, enum setting setting, uint32_t value, struct error *err)
{
    struct audit_status set = { .mask = settings[setting].mask };
    struct request request = { .type = AUDIT_SET, .payload = { (const char *)&set, sizeof set } };
    const char *word = setting_word(setting, value);
    char attempt[96];

    memcpy((char *)&set + settings[setting].offset, &value, sizeof value);
    if (word != NULL)
        snprintf(attempt, sizeof attempt, "cannot set %s to %u (%s)", settings[setting].name, value,
                 word);
    else
        snprintf(attempt, sizeof attempt, "cannot set %s to %u", settings[setting].name, value);

    int code = request_run(&request, netlink, datagram_ignore, NULL);

    if (code == -EINVAL)
        return explain_value(err, setting, attempt);
    if (code < 0)
        return setting_explain(netlink, err, code, attempt);
    return read_back(netlink, setting, value, attempt, err);
}

/* The kernel gives the old value in the place of the errno. */
static int reset(struct netlink *netlink, uint32_t mask, const char *attempt, uint32_t *was,
                 struct error *err)
{
    struct audit_status set = { .mask = mask };
    struct request request = { .type = AUDIT_SET,
                               .payload = { (const char *)&set, sizeof set },
                               .is_once = true };
    int code = request_run(&request, netlink, datagram_ignore, NULL);

    if (code < 0 && (!request.is_acknowledged || code >= -ERRNO_MOST))
        return setting_explain(netlink, err, code, attempt);
    *was = (uint32_t)code;
    return 0;
}

/* A kernel that does not know the counter acknowledges a reset all the same. */
int setting_reset_lost(struct netlink *netlink, uint32_t *was, struct error *err)
{
    static const char attempt[] = "cannot reset lost";
    struct status status;
    int code = status_get(netlink, &status, datagram_ignore, NULL, err);

    if (code != 0)
        return error_within(err, attempt);
    if ((status.kernel.feature_bitmap & AUDIT_FEATURE_BITMAP_LOST_RESET) == 0)
        return error_set(err, -EOPNOTSUPP, "%s: this kernel cannot (it came with Linux 4.12)",
                         attempt);
    return reset(netlink, AUDIT_STATUS_LOST, attempt, was, err);
}

int setting_reset_waited(struct netlink *netlink, uint32_t *was, struct error *err)
{
    static const char attempt[] = "cannot reset backlog_wait_time_actual";
    struct status status;
    int code = status_get(netlink, &status, datagram_ignore, NULL, err);

    if (code != 0)
        return error_within(err, attempt);
    if (status.known < MEMBER(backlog_wait_time_actual) + sizeof(uint32_t))
        return error_set(err, -EOPNOTSUPP, "%s: this kernel cannot (it came with Linux 5.9)",
                         attempt);
    return reset(netlink, AUDIT_STATUS_BACKLOG_WAIT_TIME_ACTUAL, attempt, was, err);
}
