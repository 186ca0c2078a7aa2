#include "rules/rule_refusal.h"

#include <errno.h>
#include <stdio.h>

#include "base/buffer.h"
#include "kernel/settings.h"
#include "rules/folders.h"
#include "rules/origin.h"
#include "rules/rule_names.h"
#include "rules/writer.h"

enum { ATTEMPT_ROOM = 640 /* bytes */ };

/* What older kernels do not know, and by which feature a kernel says that it does. */
static const struct {
    uint32_t field;
    uint32_t feature; /* 0: there is none */
    const char *since;
} news[] = {
    { AUDIT_EXE, AUDIT_FEATURE_BITMAP_EXECUTABLE_PATH, "Linux 4.4" },
    { AUDIT_SESSIONID, AUDIT_FEATURE_BITMAP_SESSIONID_FILTER, "Linux 4.10" },
    { AUDIT_FSTYPE, AUDIT_FEATURE_BITMAP_FILTER_FS, "Linux 4.15" },
    { AUDIT_SADDR_FAM, 0, "Linux 5.2" },
};

static const char *describe(const struct rule_attempt *attempt, char out[ATTEMPT_ROOM])
{
    const char *verb = attempt->is_delete ? "delete" : "add";

    if (attempt->origin.file.len > 0) {
        char place[RULE_ORIGIN_ROOM];

        snprintf(out, ATTEMPT_ROOM, "%s: cannot %s the rule",
                 rule_origin_text(attempt->origin, place), verb);
    } else {
        struct buffer text = { 0 };

        rule_write(attempt->rule, &(struct rule_writing){ 0 }, &text);
        snprintf(out, ATTEMPT_ROOM, "cannot %s the rule '%.*s'", verb,
                 SPAN_ARG(buffer_span(&text)));
        buffer_free(&text);
    }
    return out;
}

static bool is_about_labels(const struct rule *rule)
{
    for (uint32_t i = 0; i < rule->field_count; i++) {
        uint32_t field = rule->fields[i].field;

        if ((field >= AUDIT_SUBJ_USER && field <= AUDIT_SUBJ_CLR) ||
            (field >= AUDIT_OBJ_USER && field <= AUDIT_OBJ_LEV_HIGH))
            return true;
    }
    return false;
}

static int explain_unknown(struct error *err, int code, const char *what,
                           const struct rule_attempt *attempt)
{
    const struct rule *rule = attempt->rule;
    struct span word;

    if (rule->list == AUDIT_FILTER_URING_EXIT)
        return error_set(err, code,
                         "%s: this kernel refuses it; the list io_uring needs Linux 5.16"
                         " with io_uring",
                         what);
    for (size_t i = 0; i < sizeof news / sizeof news[0]; i++) {
        if (rule_find(rule, news[i].field) != NULL && (attempt->features & news[i].feature) == 0 &&
            names_text(rule_field_names, news[i].field, &word))
            return error_set(err, code, "%s: this kernel does not know %.*s (needs %s)", what,
                             SPAN_ARG(word), news[i].since);
    }
    if (rule->list == AUDIT_FILTER_EXCLUDE && rule_find(rule, AUDIT_MSGTYPE) == NULL &&
        (attempt->features & AUDIT_FEATURE_BITMAP_EXCLUDE_EXTEND) == 0)
        return error_set(err, code,
                         "%s: this kernel knows only msgtype on the list exclude (other fields "
                         "need Linux 4.8)",
                         what);
    return error_set(err, code, "%s: this kernel does not know a field, operator or value of it",
                     what);
}

int rule_refusal_explain(struct error *err, int code, const struct rule_attempt *attempt)
{
    char what[ATTEMPT_ROOM];
    struct span path;

    describe(attempt, what);
    switch (-code) {
    case ENOENT:
        if (attempt->is_delete)
            return error_set(err, code, "%s: the kernel has no such rule", what);
        if (rule_missing_folder(attempt->rule, &path) || rule_first_folder(attempt->rule, &path))
            return error_set(err, code, "%s: there is no folder %.*s", what, SPAN_ARG(path));
        break;
    case ENOTDIR:
        if (rule_first_folder(attempt->rule, &path))
            return error_set(err, code, "%s: %.*s is no folder", what, SPAN_ARG(path));
        break;
    case EEXIST:
        return error_set(err, code, "%s: the kernel has it already", what);
    case EINVAL:
        return explain_unknown(err, code, what, attempt);
    case EOPNOTSUPP:
        if (is_about_labels(attempt->rule))
            return error_set(err, code,
                             "%s: subj_* and obj_* need a security module (SELinux, Smack), and "
                             "this kernel runs none",
                             what);
        break;
    default:
        break;
    }
    return setting_explain(attempt->netlink, err, code, what);
}
