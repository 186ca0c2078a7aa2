/* rules_kernel.c - laudit rules list, plan, load, clear: the rules that the kernel holds. */
#include <errno.h>
#include <stdio.h>

#include "base/escape.h"
#include "cli/cli.h"
#include "cli/kernel_command.h"
#include "cli/rules.h"
#include "cli/rules_output.h"
#include "control/config.h"
#include "kernel/settings.h"
#include "rules/exclusion.h"
#include "rules/load.h"
#include "rules/merge.h"
#include "rules/origin.h"

#define FLAG_CONFIG                                                                                \
    {                                                                                              \
        'c', "config", "FILE",                                                                     \
            "The configuration whose rules are meant when no FILE is\n"                            \
            "given (default: " CONFIG_DEFAULT_PATH ")."                                            \
    }
#define FLAG_EXACT                                                                                 \
    {                                                                                              \
        'e', "exact-order", NULL,                                                                  \
            "The order of the files for all rules, not only for those\n"                           \
            "of which an event can tell it."                                                       \
    }
#define FLAG_HELP                                                                                  \
    {                                                                                              \
        'h', "help", NULL, "Say this."                                                             \
    }
#define FLAGS_END                                                                                  \
    {                                                                                              \
        0, NULL, NULL, NULL                                                                        \
    }

/* As auditctl -l; but of a key that is misspelled, it shows how it was read. */
static void say_none(const struct rules_request *request)
{
    char shown[4 * RULE_KEYS_LONGEST];

    if (request->key == NULL) {
        fputs("No rules\n", stderr);
        return;
    }
    escape_text(shown, sizeof shown, span_of(request->key));
    fprintf(stderr, "No rules with the key '%s'\n", shown);
}

static int list(const struct rules_request *request, struct netlink *netlink)
{
    struct kernel_rules rules;
    struct error err;
    int status =
        kernel_rules_read(&rules, netlink, &err) == 0 ? EXIT_DONE : kernel_command_failed(&err);

    if (status == EXIT_DONE)
        rules_write(request, &rules.set);
    if (status == EXIT_DONE && rules.set.count == 0)
        say_none(request);
    kernel_rules_free(&rules);
    return status;
}

/* What -c stands for: go on, but call it no success. */
static int settle(int status, const struct rulebook *book, size_t skipped)
{
    bool is_failure = book->left_out > 0 || (book->has_continue && skipped > 0);

    return status == EXIT_DONE && is_failure ? EXIT_FAILED : status;
}

/* What this kernel knows, so that a rule it does not know is a mistake before anything is sent. */
static int read_wanted(const struct rules_request *request, struct netlink *netlink,
                       struct rulebook *book)
{
    struct status status;
    struct error err;

    if (status_get(netlink, &status, datagram_ignore, NULL, &err) != 0)
        return kernel_command_failed(&err);
    return rules_request_read(request, status.kernel.feature_bitmap, RULE_FILE_GUARDED, book);
}

static int plan(const struct rules_request *request, struct netlink *netlink)
{
    struct rule_planning planning = { .is_exact = request->is_exact,
                                      .is_outside = rule_is_exclusion };
    struct mistakes none = { 0 }, notes = { 0 };
    struct rule_load load = { 0 };
    struct rulebook book;
    struct error err;

    rulebook_init(&book);

    int status = read_wanted(request, netlink, &book);

    if (status == EXIT_DONE &&
        rule_load_look(&load, netlink, &book.set, &planning, &notes, &err) != 0)
        status = kernel_command_failed(&err);
    rules_say(&none, &notes);
    if (status == EXIT_DONE) {
        rules_write_load(request, &load, false);
        status = rule_load_is_different(&load) ? EXIT_DIFFERENT : EXIT_DONE;
    }
    rule_load_free(&load);
    rulebook_free(&book);
    return status;
}

static int say_locked(bool is_different)
{
    fprintf(stderr,
            "laudit: the kernel takes no changes until the next boot (enabled 2); its rules "
            "are %s\n",
            is_different ? "different" : "as wanted");
    return is_different ? EXIT_DIFFERENT : EXIT_DONE;
}

enum { LOAD_PATIENCE_MS = 10000 /* with another load */ };

/* Loads what is wanted and says what was done, or what could not be. */
static int load_set(const struct rules_request *request, struct netlink *netlink,
                    const struct rule_set *wanted, size_t *skipped)
{
    struct rule_planning planning = { .is_exact = request->is_exact,
                                      .is_outside = rule_is_exclusion,
                                      .patience_ms = LOAD_PATIENCE_MS };
    struct mistakes none = { 0 }, notes = { 0 };
    struct rule_load load;
    struct error err;
    int status = EXIT_DONE;

    if (rule_load_run(&load, netlink, wanted, &planning, &notes, &err) != 0)
        status = kernel_command_failed(&err);
    else if (!load.is_locked || rule_load_is_different(&load))
        rules_write_load(request, &load, !load.is_locked);
    if (status == EXIT_DONE && load.is_locked)
        status = say_locked(rule_load_is_different(&load));
    rules_say(&none, &notes);
    if (status == EXIT_DONE && load.plan.count > 0)
        kernel_note_keeper(netlink);
    *skipped = load.untried + load.refused;
    rule_load_free(&load);
    return status;
}

/* The kernel halts at the first record that it cannot keep, and nobody would take any. */
static int check_panic(const struct rulebook *book, struct netlink *netlink)
{
    const struct rule_setting *failure = &book->set.settings.failure;
    struct status status;
    struct error err;
    char place[RULE_ORIGIN_ROOM];

    if (!failure->is_wanted || failure->value != AUDIT_FAIL_PANIC)
        return EXIT_DONE;
    if (status_get(netlink, &status, datagram_ignore, NULL, &err) != 0)
        return kernel_command_failed(&err);
    if (status.kernel.pid != 0)
        return EXIT_DONE;
    error_set(&err, -EPERM,
              "%s: no audit daemon is registered, so with failure 2 (panic) this machine "
              "would halt when the backlog is full; --yes sets it all the same",
              rule_origin_text(failure->origin, place));
    return kernel_command_failed(&err);
}

static int load(const struct rules_request *request, struct netlink *netlink)
{
    struct rulebook book;

    rulebook_init(&book);

    int status = read_wanted(request, netlink, &book);
    size_t skipped = 0;

    if (status == EXIT_DONE && !request->is_sure)
        status = check_panic(&book, netlink);
    if (status == EXIT_DONE)
        status = settle(load_set(request, netlink, &book.set, &skipped), &book, skipped);
    rulebook_free(&book);
    return status;
}

/* Whether any rule has the key; those that have not, each once, go to `others`. */
static bool part_by_key(const struct rule_set *now, struct span key, struct rule_set *others)
{
    bool has_any = false;
    size_t place;

    for (size_t i = 0; i < now->count; i++) {
        const struct rule *rule = now->items[i].rule;

        if (rule_has_key(rule, key))
            has_any = true;
        else if (!rule_set_find(others, rule, &place))
            rule_set_append(others, rule, (struct rule_origin){ 0 });
    }
    return has_any;
}

/* An order that cannot be carried out has failed, whatever a comparison would say. */
static int check_lock(struct netlink *netlink)
{
    struct status status;
    struct error err;

    if (status_get(netlink, &status, datagram_ignore, NULL, &err) != 0)
        return kernel_command_failed(&err);
    if (status.kernel.enabled != ENABLED_LOCKED)
        return EXIT_DONE;
    error_set(&err, -EPERM, "the kernel takes no changes until the next boot (enabled 2)");
    return kernel_command_failed(&err);
}

/* What is wanted is nothing, or what has another key. */
static int clear(const struct rules_request *request, struct netlink *netlink)
{
    struct kernel_rules now;
    struct rule_set wanted = { 0 };
    struct error err;
    size_t skipped;
    int status = check_lock(netlink);

    if (status != EXIT_DONE)
        return status;
    if (kernel_rules_read(&now, netlink, &err) != 0)
        status = kernel_command_failed(&err);
    else if (request->key != NULL && !part_by_key(&now.set, span_of(request->key), &wanted))
        say_none(request);
    else
        status = load_set(request, netlink, &wanted, &skipped);
    rule_set_free(&wanted);
    kernel_rules_free(&now);
    return status;
}

/* Runs `work` with a socket to the kernel. */
static int with_kernel(const struct command *command, char **argv, bool takes_files,
                       int (*work)(const struct rules_request *, struct netlink *))
{
    struct rules_request request;
    struct error err;
    int status = rules_request_parse(&request, command, argv);

    if (status != EXIT_DONE || request.is_help)
        return status;
    if (!takes_files && request.path_count > 0)
        return command_misused(command, "unexpected '%s'", request.paths[0]);

    struct netlink *netlink = netlink_open(0, &err);

    if (netlink == NULL)
        return kernel_command_failed(&err);
    status = work(&request, netlink);
    netlink_close(netlink);
    return status;
}

static int run_list(int argc, char **argv)
{
    (void)argc;
    return with_kernel(&rules_list, argv, false, list);
}

static int run_plan(int argc, char **argv)
{
    (void)argc;
    return with_kernel(&rules_plan, argv, true, plan);
}

static int run_load(int argc, char **argv)
{
    (void)argc;
    return with_kernel(&rules_load, argv, true, load);
}

static int run_clear(int argc, char **argv)
{
    (void)argc;
    return with_kernel(&rules_clear, argv, false, clear);
}

static const struct flag list_flags[] = {
    { 'f', "format", "FORMAT", "text (default), hex or json." },
    { 'i', "interpret", NULL, "Names for numbers, as auditctl -l -i." },
    { 'k', "key", "KEY", "Only rules that have this key." },
    FLAG_HELP,
    FLAGS_END,
};

static const struct flag plan_flags[] = { FLAG_CONFIG, FLAG_EXACT, FLAG_HELP, FLAGS_END };

static const struct flag load_flags[] = {
    FLAG_CONFIG,
    FLAG_EXACT,
    { 'y', "yes", NULL,
      "Set failure to panic (-f 2) although no audit daemon is\n"
      "registered." },
    FLAG_HELP,
    FLAGS_END,
};

static const struct flag clear_flags[] = {
    { 'k', "key", "KEY", "Only rules that have this key." },
    FLAG_HELP,
    FLAGS_END,
};

const struct command rules_list = {
    .name = "rules list",
    .summary = "List the rules that the kernel holds.",
    .usage = "laudit rules list [OPTION...]",
    .text =
        "In the kernel's order, as auditctl -l prints them; what is printed can be loaded again,\n"
        "but for what the language cannot say: a note tells of each such rule.\n",
    .flags = list_flags,
    .run = run_list,
};

const struct command rules_plan = {
    .name = "rules plan",
    .summary = "Say what a load would change: rules added, deleted, moved.",
    .usage = "laudit rules plan [OPTION...] [FILE...]",
    .text =
        "A FILE is one of rules or a folder; - is standard input. Lines begin with + (added),\n"
        "- (deleted) or ~ (moved: the kernel asks the first rule that matches, so that the\n"
        "order forces it to be unloaded; a rule that does the same stands in for it meanwhile).\n"
        "The exit status is 3 when there is a difference. Nothing is changed.\n",
    .flags = plan_flags,
    .run = run_plan,
};

const struct command rules_load = {
    .name = "rules load",
    .summary = "Bring the kernel's rules to those of files: all, or none.",
    .usage = "laudit rules load [OPTION...] [FILE...]",
    .text =
        "Everything is read first; with a mistake nothing is sent. Then the difference is loaded\n"
        "as 'laudit rules plan' says it: what is in both stays loaded, rules that the files do\n"
        "not name are deleted. If the kernel refuses one, all is undone, and the rule is named\n"
        "with its file and line. The kernel's rules are read back and compared. Settings (-b, -f,\n"
        "-r, ...) go first, -e last. When they are\n"
        "locked (enabled 2) they are only compared, and a difference is exit status 3.\n",
    .flags = load_flags,
    .run = run_load,
};

const struct command rules_clear = {
    .name = "rules clear",
    .summary = "Delete all rules that the kernel holds, or those of a key.",
    .usage = "laudit rules clear [-k KEY]",
    .text = "As auditctl -D [-k KEY], but all or none, and KEY is the whole of a key, not a part.\n"
            "A rule of several keys goes with each of them. That no rule has the KEY is said, and\n"
            "no failure; that the kernel is locked (enabled 2) is one.\n",
    .flags = clear_flags,
    .run = run_clear,
};
