#include "rules/setting_changes.h"

#include <errno.h>

#include "rules/origin.h"

static void add(struct setting_changes *changes, const struct rule_setting *wanted,
                enum setting setting, const struct status *status)
{
    uint32_t now = 0;

    if (!wanted->is_wanted || (setting_value(status, setting, &now) && now == wanted->value))
        return;
    changes->items[changes->count++] = (struct setting_change){
        .name = setting_name(setting),
        .setting = setting,
        .from = now,
        .to = wanted->value,
        .origin = wanted->origin,
    };
}

void setting_changes_find(struct setting_changes *changes, const struct rule_settings *wanted,
                          const struct status *status, const struct features *features)
{
    *changes = (struct setting_changes){ 0 };
    add(changes, &wanted->failure, SETTING_FAILURE, status);
    add(changes, &wanted->rate_limit, SETTING_RATE_LIMIT, status);
    add(changes, &wanted->backlog_limit, SETTING_BACKLOG_LIMIT, status);
    add(changes, &wanted->backlog_wait_time, SETTING_BACKLOG_WAIT_TIME, status);
    changes->early = changes->count;
    if (wanted->loginuid_immutable.is_wanted && features != NULL &&
        !(feature_is_on(features, FEATURE_LOGINUID_IMMUTABLE) &&
          feature_is_locked(features, FEATURE_LOGINUID_IMMUTABLE)))
        changes->items[changes->count++] = (struct setting_change){
            .name = feature_name(FEATURE_LOGINUID_IMMUTABLE),
            .setting = SETTINGS,
            .from = feature_is_on(features, FEATURE_LOGINUID_IMMUTABLE),
            .to = 1,
            .origin = wanted->loginuid_immutable.origin,
        };
    add(changes, &wanted->enabled, SETTING_ENABLED, status);
}

static int make(const struct setting_change *change, struct netlink *netlink, struct error *err)
{
    if (change->setting == SETTINGS)
        return feature_set(netlink, FEATURE_LOGINUID_IMMUTABLE, true, true, err);
    return setting_set(netlink, change->setting, change->to, err);
}

int setting_changes_make(struct setting_changes *changes, size_t until, struct netlink *netlink,
                         struct error *err)
{
    for (; changes->made < until; changes->made++) {
        const struct setting_change *change = &changes->items[changes->made];
        char place[RULE_ORIGIN_ROOM];

        if (make(change, netlink, err) != 0)
            return error_within(err, "%s", rule_origin_text(change->origin, place));
    }
    return 0;
}

int setting_changes_undo(struct setting_changes *changes, struct netlink *netlink,
                         struct error *err)
{
    int status = 0;

    while (changes->made > 0) {
        const struct setting_change *change = &changes->items[--changes->made];

        if (change->setting == SETTINGS)
            status = error_set(err, -EPERM, "%s stays until the next boot", change->name);
        else if (setting_set(netlink, change->setting, change->from, err) != 0)
            status = err->code;
    }
    return status;
}
