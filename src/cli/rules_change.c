/* rules_change.c - laudit rules add, delete: one rule, given as words. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/kernel_command.h"
#include "cli/rules.h"
#include "cli/rules_request.h"
#include "kernel/rule_requests.h"
#include "kernel/settings.h"
#include "rules/kernel_rules.h"
#include "rules/rule_refusal.h"
#include "rules/wire.h"

static const struct flag flags[] = { { 'h', "help", NULL, "Say this." }, { 0, NULL, NULL, NULL } };

/* Words of argv; one word with a space in it is a whole line. */
static int read_words(struct rule_commands *commands, int count, char **words,
                      const struct rule_world *world)
{
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct span *spans = calloc((size_t)count, sizeof *spans);
    struct error err;

    if (spans == NULL)
        abort();
    for (int i = 0; i < count; i++)
        spans[i] = span_of(words[i]);
    if (count == 1 && strchr(words[0], ' ') != NULL)
        rules_read_text(commands, spans[0], "argument", 1, world, &mistakes, &notes);
    else if (rules_read_words(commands, spans, (size_t)count, (struct rule_origin){ 0 }, world,
                              &notes, &err) != 0)
        mistakes_add(&mistakes, "laudit: %s", err.text);
    free(spans);
    return rules_say(&mistakes, &notes);
}

/* What deletes a rule is none to add; to delete one, the words with which it was added do. */
static int check_verb(const struct rule_command *command, bool is_delete)
{
    bool adds = command->verb == VERB_ADD || command->verb == VERB_PREPEND;
    bool deletes = command->verb == VERB_DELETE;

    if (adds || (deletes && is_delete))
        return EXIT_DONE;
    if (deletes)
        return command_misused(&rules_add, "-d and -W delete: 'laudit rules delete' does that");
    return command_misused(is_delete ? &rules_delete : &rules_add, "these words are no rule");
}

/*
 * Adds a rule, or deletes it. One that is there already is no failure; since the kernel would let
 * it in a second time at the front, it is looked for first.
 */
static int change(struct netlink *netlink, const struct rule_command *command, bool is_delete,
                  uint32_t features)
{
    bool is_prepended = command->verb == VERB_PREPEND && !is_delete;
    struct buffer payload = { 0 };
    struct kernel_rules now;
    struct error err;
    size_t place;
    int code = kernel_rules_read(&now, netlink, &err);

    if (code != 0) {
        kernel_rules_free(&now);
        return kernel_command_failed(&err);
    }
    rule_encode(command->rule, is_prepended, &payload);
    if (is_prepended && rule_set_find(&now.set, command->rule, &place))
        code = -EEXIST;
    else
        code = is_delete ? rule_delete(netlink, buffer_span(&payload))
                         : rule_add(netlink, buffer_span(&payload));
    rule_refusal_explain(
        &err, code,
        &(struct rule_attempt){ command->rule, { .line = 0 }, is_delete, features, netlink });
    buffer_free(&payload);
    kernel_rules_free(&now);
    if (code == -EEXIST)
        fputs("note: the kernel has this rule already\n", stderr);
    return code == 0 || code == -EEXIST ? EXIT_DONE : kernel_command_failed(&err);
}

static int change_all(struct netlink *netlink, int count, char **words, bool is_delete)
{
    struct rule_commands commands;
    struct status status;
    struct error err;

    if (status_get(netlink, &status, datagram_ignore, NULL, &err) != 0)
        return kernel_command_failed(&err);
    if (status.kernel.enabled == ENABLED_LOCKED) {
        error_set(&err, -EPERM, "the kernel takes no changes until the next boot (enabled 2)");
        return kernel_command_failed(&err);
    }
    rule_commands_init(&commands);

    int result = read_words(
        &commands, count, words,
        &(struct rule_world){ .features = status.kernel.feature_bitmap, .checks_paths = true });

    for (size_t i = 0; result == EXIT_DONE && i < commands.count; i++)
        result = check_verb(&commands.items[i], is_delete);
    for (size_t i = 0; result == EXIT_DONE && i < commands.count; i++)
        result = change(netlink, &commands.items[i], is_delete, status.kernel.feature_bitmap);
    if (result == EXIT_DONE)
        kernel_note_keeper(netlink);
    rule_commands_free(&commands);
    return result;
}

static int run(const struct command *command, int argc, char **argv, bool is_delete)
{
    struct error err;

    if (argc < 2)
        return command_misused(command, "which rule?");
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        command_help(command, stdout);
        return EXIT_DONE;
    }

    struct netlink *netlink = netlink_open(0, &err);

    if (netlink == NULL)
        return kernel_command_failed(&err);

    int status = change_all(netlink, argc - 1, argv + 1, is_delete);

    netlink_close(netlink);
    return status;
}

static int run_add(int argc, char **argv)
{
    return run(&rules_add, argc, argv, false);
}

static int run_delete(int argc, char **argv)
{
    return run(&rules_delete, argc, argv, true);
}

const struct command rules_add = {
    .name = "rules add",
    .summary = "Add one rule to the kernel's.",
    .usage = "laudit rules add WORDS...",
    .text = "The words are those of auditctl(8): -a always,exit ..., -A ..., -w PATH ...; or one\n"
            "word that is the whole line. A rule that the kernel has already is noted, and no\n"
            "failure.\n",
    .flags = flags,
    .run = run_add,
};

const struct command rules_delete = {
    .name = "rules delete",
    .summary = "Delete one rule of the kernel's.",
    .usage = "laudit rules delete WORDS...",
    .text =
        "The words are those with which it would be added (-a or -d, -w or -W). A rule that the\n"
        "kernel does not have is a failure.\n",
    .flags = flags,
    .run = run_delete,
};
