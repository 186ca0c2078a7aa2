#include "kernel/features.h"

#include <errno.h>
#include <linux/audit.h>
#include <stdio.h>

#include "kernel/refusal.h"

static const char *const names[FEATURES] = {
    [FEATURE_ONLY_UNSET_LOGINUID] = "only_unset_loginuid",
    [FEATURE_LOGINUID_IMMUTABLE] = "loginuid_immutable",
};

/* AUDIT_FEATURE_BITMAP_* of linux/audit.h, by bit. */
static const char *const bit_names[] = {
    "backlog_limit",    "backlog_wait_time", "executable_path", "exclude_extend",
    "sessionid_filter", "lost_reset",        "filter_fs",
};

_Static_assert(FEATURES == AUDIT_LAST_FEATURE + 1, "the kernel's features");

const char *feature_name(enum feature feature)
{
    return names[feature];
}

bool feature_find(struct span name, enum feature *feature)
{
    for (size_t i = 0; i < FEATURES; i++) {
        if (span_equal(span_of(names[i]), name)) {
            *feature = (enum feature)i;
            return true;
        }
    }
    return false;
}

const char *feature_bit_name(unsigned bit)
{
    return bit < sizeof bit_names / sizeof bit_names[0] ? bit_names[bit] : NULL;
}

int features_parse(struct span payload, struct features *features)
{
    struct audit_features kernel;

    if (payload.len < sizeof kernel)
        return -EBADMSG;
    memcpy(&kernel, payload.data, sizeof kernel);
    *features = (struct features){ .on = kernel.features, .locked = kernel.lock };
    return 0;
}

int features_get(struct netlink *netlink, struct features *features, struct error *err)
{
    struct request request = { .type = AUDIT_GET_FEATURE, .reply_type = AUDIT_GET_FEATURE };
    int code = request_run(&request, netlink, datagram_ignore, NULL);

    if (code >= 0)
        code = features_parse((struct span){ request.reply, request.reply_len }, features);
    if (code == -EINVAL)
        return error_set(err, code,
                         "cannot ask for the audit features: this kernel has none (they came with "
                         "Linux 3.13)");
    if (code < 0)
        return refusal_explain(err, code, "cannot ask for the audit features", 0);
    return 0;
}

static int explain(struct netlink *netlink, struct error *err, int code, enum feature feature,
                   const char *attempt)
{
    struct features features = { 0 };
    struct error second;

    if (code == -EPERM && features_get(netlink, &features, &second) == 0 &&
        feature_is_locked(&features, feature))
        return error_set(err, code, "%s: it is locked until the next boot", attempt);
    return refusal_explain(err, code, attempt, 0);
}

int feature_set(struct netlink *netlink, enum feature feature, bool on, bool lock,
                struct error *err)
{
    uint32_t bit = UINT32_C(1) << feature;
    struct audit_features set = {
        .vers = AUDIT_FEATURE_VERSION, .mask = bit, .features = on ? bit : 0, .lock = lock ? bit : 0
    };
    struct request request = { .type = AUDIT_SET_FEATURE,
                               .payload = { (const char *)&set, sizeof set } };
    struct features held = { 0 };
    char attempt[96];

    snprintf(attempt, sizeof attempt, "cannot turn %s %s%s", names[feature], on ? "on" : "off",
             lock ? " and lock it" : "");

    int code = request_run(&request, netlink, datagram_ignore, NULL);

    if (code < 0)
        return explain(netlink, err, code, feature, attempt);
    code = features_get(netlink, &held, err);
    if (code != 0)
        return error_within(err, "%s, and read it back", attempt);
    if (feature_is_on(&held, feature) != on || (lock && !feature_is_locked(&held, feature)))
        return error_set(err, -EIO, "%s: the kernel acknowledged it and did not do it", attempt);
    return 0;
}
