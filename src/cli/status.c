/* status.c - laudit status: the state of the kernel's audit. */
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>

#include "base/escape.h"
#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/kernel_command.h"
#include "kernel/refusal.h"
#include "kernel/settings.h"

enum { FLAG_JSON, FLAG_HELP };

static const struct flag flags[] = {
    { 'j', "json", NULL, "Give it as a line of JSON." },
    { 'h', "help", NULL, "Say this." },
    { 0, NULL, NULL, NULL },
};

#define MEMBER(name) offsetof(struct audit_status, name)

/* In auditctl's order; a setting where it is one. */
static const struct {
    const char *name;
    size_t offset;
    int setting; /* -1: none */
} members[] = {
    { "enabled", MEMBER(enabled), SETTING_ENABLED },
    { "failure", MEMBER(failure), SETTING_FAILURE },
    { "pid", MEMBER(pid), -1 },
    { "rate_limit", MEMBER(rate_limit), -1 },
    { "backlog_limit", MEMBER(backlog_limit), -1 },
    { "lost", MEMBER(lost), -1 },
    { "backlog", MEMBER(backlog), -1 },
    { "backlog_wait_time", MEMBER(backlog_wait_time), -1 },
    { "backlog_wait_time_actual", MEMBER(backlog_wait_time_actual), -1 },
};

enum { MEMBERS = sizeof members / sizeof members[0] };

struct answer {
    bool is_json, has_features, has_holder;
    struct status status;
    struct features features;
    char holder[HOLDER_TEXT];
};

/* False when this kernel is too old to have told it. */
static bool find_member(const struct status *status, size_t offset, uint32_t *value)
{
    if (status->known < offset + sizeof *value)
        return false;
    memcpy(value, (const char *)&status->kernel + offset, sizeof *value);
    return true;
}

static const char *find_word(size_t member, uint32_t value)
{
    return members[member].setting >= 0 ? setting_word((enum setting)members[member].setting, value)
                                        : NULL;
}

/* "0x7f backlog_limit backlog_wait_time ..." */
static void print_bitmap(uint32_t bitmap)
{
    printf("feature_bitmap 0x%" PRIx32, bitmap);
    for (unsigned bit = 0; bit < 32; bit++) {
        if ((bitmap >> bit & 1) == 0)
            continue;
        if (feature_bit_name(bit) != NULL)
            printf(" %s", feature_bit_name(bit));
        else
            printf(" bit-%u", bit);
    }
    putchar('\n');
}

static void print_text(const struct answer *answer)
{
    char shown[4 * HOLDER_TEXT];
    uint32_t value;

    for (size_t i = 0; i < MEMBERS; i++) {
        if (!find_member(&answer->status, members[i].offset, &value))
            continue;
        if (find_word(i, value) != NULL)
            printf("%s %s\n", members[i].name, find_word(i, value));
        else
            printf("%s %" PRIu32 "\n", members[i].name, value);
    }
    if (answer->has_features) {
        kernel_print_feature(&answer->features, FEATURE_LOGINUID_IMMUTABLE);
        kernel_print_feature(&answer->features, FEATURE_ONLY_UNSET_LOGINUID);
    }
    if (find_member(&answer->status, MEMBER(feature_bitmap), &value))
        print_bitmap(value);
    if (answer->has_holder) {
        escape_text(shown, sizeof shown, span_of(answer->holder));
        printf("holder %s\n", shown);
    }
}

static json_t *list_bits(uint32_t bitmap)
{
    json_t *list = json_array();

    for (unsigned bit = 0; bit < 32; bit++) {
        if ((bitmap >> bit & 1) == 0)
            continue;
        json_array_append_new(list, feature_bit_name(bit) != NULL
                                        ? json_string(feature_bit_name(bit))
                                        : json_sprintf("bit-%u", bit));
    }
    return list;
}

/* Lower case is what the kernel said, UPPER CASE what a person would say. */
static json_t *make_json(const struct answer *answer)
{
    json_t *json = json_object();
    uint32_t value;

    for (size_t i = 0; i < MEMBERS; i++) {
        if (!find_member(&answer->status, members[i].offset, &value))
            continue;
        json_object_set_new(json, members[i].name, json_integer(value));
        if (find_word(i, value) != NULL)
            json_object_set_new(json, i == 0 ? "ENABLED" : "FAILURE",
                                json_string(find_word(i, value)));
    }
    if (answer->has_holder)
        json_object_set_new(json, "PID", kernel_text(span_of(answer->holder)));
    if (find_member(&answer->status, MEMBER(feature_bitmap), &value)) {
        json_object_set_new(json, "feature_bitmap", json_integer(value));
        json_object_set_new(json, "FEATURE_BITMAP", list_bits(value));
    }
    for (unsigned i = 0; i < FEATURES && answer->has_features; i++)
        json_object_set_new(json, feature_name((enum feature)i),
                            kernel_feature(&answer->features, (enum feature)i));
    return json;
}

static int ask(struct netlink *netlink, void *context, struct error *err)
{
    struct answer *answer = context;
    int code = status_get(netlink, &answer->status, datagram_ignore, NULL, err);

    if (code != 0)
        return code;
    code = features_get(netlink, &answer->features, err);
    if (code != 0 && code != -EINVAL) /* a kernel without features */
        return code;
    answer->has_features = code == 0;
    answer->has_holder =
        answer->status.kernel.pid != 0 &&
        refusal_command(answer->status.kernel.pid, answer->holder, sizeof answer->holder);
    if (answer->is_json)
        kernel_print_json(make_json(answer));
    else
        print_text(answer);
    return 0;
}

static int run(int argc, char **argv)
{
    unsigned given;
    int status = command_switches(&command_status, argv, &given);

    (void)argc;
    if (status != EXIT_DONE || (given & 1U << FLAG_HELP) != 0)
        return status;

    struct answer answer = { .is_json = (given & 1U << FLAG_JSON) != 0 };

    return kernel_command(ask, &answer);
}

const struct command command_status = {
    .name = "status",
    .summary = "Say how the kernel's audit is set, what it lost, and who reads it.",
    .usage = "laudit status [--json]",
    .text = "The first lines are those of 'auditctl -s -i', the settings of 'laudit set' among\n"
            "them; pid 0 means that no audit daemon is registered. Then come the features (see\n"
            "'laudit features'), what this kernel can do, and the command line of who holds the\n"
            "audit socket. What an older kernel does not tell is left out.\n"
            "\n"
            "In JSON, lower case is what the kernel said, UPPER CASE what a person would say.\n"
            "Needs CAP_AUDIT_CONTROL.\n",
    .flags = flags,
    .run = run,
};
