#include "control/kernel_settings.h"

/* One pass over the kernel. */
struct pass {
    struct netlink *netlink;
    const struct log *log;
    struct status status;
    bool is_good;
};

static void fail(struct pass *pass, const struct error *err)
{
    log_write(pass->log, LOG_LEVEL_ERROR, "kernel: %s", err->text);
    pass->is_good = false;
}

/* Opens a socket and asks for the status; false after saying why not. */
static bool begin(struct pass *pass, const struct log *log)
{
    struct error err;

    *pass = (struct pass){ .netlink = netlink_open(0, &err), .log = log, .is_good = true };
    if (pass->netlink != NULL &&
        status_get(pass->netlink, &pass->status, datagram_ignore, NULL, &err) == 0)
        return true;
    fail(pass, &err);
    netlink_close(pass->netlink);
    return false;
}

static bool end(struct pass *pass)
{
    netlink_close(pass->netlink);
    return pass->is_good;
}

/* To the word, or the number where there is none. */
static const char *value_text(enum setting setting, uint32_t value, char room[16])
{
    const char *word = setting_word(setting, value);

    snprintf(room, 16, "%u", value);
    return word != NULL ? word : room;
}

static void say_difference(struct pass *pass, enum setting setting, uint32_t held, uint32_t wanted)
{
    char held_room[16], wanted_room[16];

    log_write(pass->log, LOG_LEVEL_WARNING,
              "kernel: %s is %s, not %s, and the kernel's audit settings are locked until the next "
              "boot",
              setting_name(setting), value_text(setting, held, held_room),
              value_text(setting, wanted, wanted_room));
    pass->is_good = false;
}

static void apply_setting(struct pass *pass, enum setting setting, uint32_t wanted)
{
    struct error err;
    uint32_t held = 0;
    bool is_known = setting_value(&pass->status, setting, &held);
    bool is_locked = pass->status.kernel.enabled == ENABLED_LOCKED;

    if ((is_known && held == wanted) ||
        (is_locked && setting == SETTING_ENABLED && wanted == ENABLED_ON))
        return;
    if (is_locked)
        say_difference(pass, setting, held, wanted);
    else if (setting_set(pass->netlink, setting, wanted, &err) != 0)
        fail(pass, &err);
}

static void apply_features(struct pass *pass, const struct config_kernel *kernel)
{
    struct features held = { 0 };
    struct error err;
    bool is_asked = false;

    for (unsigned i = 0; i < FEATURES; i++) {
        const struct config_feature *wanted = &kernel->features[i];
        enum feature feature = (enum feature)i;

        if (!wanted->is_given)
            continue;
        if (!is_asked && features_get(pass->netlink, &held, &err) != 0) {
            fail(pass, &err);
            return;
        }
        is_asked = true;
        if ((feature_is_on(&held, feature) != wanted->is_on ||
             (wanted->is_locked && !feature_is_locked(&held, feature))) &&
            feature_set(pass->netlink, feature, wanted->is_on, wanted->is_locked, &err) != 0)
            fail(pass, &err);
    }
}

/* What `failure` has to be: an earlier panic of ours goes when it is asked for no longer. */
static struct config_setting find_failure(struct kernel_settings *settings,
                                          const struct config_kernel *kernel,
                                          const struct pass *pass)
{
    struct config_setting failure = kernel->settings[SETTING_FAILURE];
    bool wants_panic = failure.is_given && failure.value == AUDIT_FAIL_PANIC;

    if (!failure.is_given && settings->has_panic)
        failure = (struct config_setting){ true, settings->failure_before };
    if (wants_panic && !settings->has_panic) /* who was killed may have left it behind */
        settings->failure_before = pass->status.kernel.failure == AUDIT_FAIL_PANIC
                                       ? AUDIT_FAIL_PRINTK
                                       : pass->status.kernel.failure;
    settings->has_panic =
        wants_panic && (!settings->is_locked || pass->status.kernel.failure == AUDIT_FAIL_PANIC);
    return failure;
}

bool kernel_settings_apply(struct kernel_settings *settings, const struct config_kernel *kernel,
                           const struct log *log)
{
    /* room for records first, then the records */
    static const enum setting order[] = { SETTING_BACKLOG_LIMIT, SETTING_BACKLOG_WAIT_TIME,
                                          SETTING_RATE_LIMIT, SETTING_FAILURE, SETTING_ENABLED };
    struct pass pass;

    if ((!config_sets_kernel(kernel) && !settings->has_panic) || !begin(&pass, log))
        return !config_sets_kernel(kernel);
    settings->is_locked = pass.status.kernel.enabled == ENABLED_LOCKED;
    if (settings->is_locked)
        log_write(log, LOG_LEVEL_INFO,
                  "kernel: the audit settings are locked until the next boot; they are compared");

    for (size_t i = 0; i < SETTINGS; i++) {
        struct config_setting wanted = order[i] == SETTING_FAILURE
                                           ? find_failure(settings, kernel, &pass)
                                           : kernel->settings[order[i]];

        if (wanted.is_given)
            apply_setting(&pass, order[i], wanted.value);
    }
    apply_features(&pass, kernel);
    return end(&pass);
}

bool kernel_settings_lock(struct kernel_settings *settings, const struct config_kernel *kernel,
                          const struct log *log)
{
    struct pass pass;
    struct error err;

    if (!kernel->is_immutable || settings->is_locked)
        return true;
    if (!begin(&pass, log))
        return false;
    if (pass.status.kernel.enabled != ENABLED_LOCKED &&
        setting_set(pass.netlink, SETTING_ENABLED, ENABLED_LOCKED, &err) != 0)
        fail(&pass, &err);
    settings->is_locked = pass.is_good;
    if (pass.is_good)
        log_write(log, LOG_LEVEL_INFO,
                  "kernel: audit settings and rules are locked until the next boot%s",
                  settings->has_panic ? "; failure = 'panic' stays, even without an audit daemon"
                                      : "");
    return end(&pass);
}

void kernel_settings_leave(struct kernel_settings *settings, const struct log *log)
{
    struct pass pass;
    struct error err;

    if (!settings->has_panic)
        return;
    settings->has_panic = false;
    if (settings->is_locked) {
        log_write(log, LOG_LEVEL_WARNING,
                  "kernel: failure = 'panic' stays until the next boot; without an audit daemon "
                  "this machine halts when the backlog is full");
        return;
    }
    if (!begin(&pass, log))
        return;
    if (setting_set(pass.netlink, SETTING_FAILURE, settings->failure_before, &err) != 0)
        fail(&pass, &err);
    end(&pass);
}
