/* rules_import.c - laudit rules import: the way over from other tools. */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/rules.h"
#include "cli/rules_request.h"
#include "rules/import.h"
#include "rules/merge.h"

static const struct flag flags[] = {
    { 'a', "arch", "ARCH",
      "The architecture of the host that the rules are for\n"
      "(default: this one): x86_64, aarch64, s390x, ..." },
    { 'h', "help", NULL, "Say this." },
    { 0, NULL, NULL, NULL },
};

/* What somebody who sees a mistake has to know first. */
static void note_form(const char *path, struct span text, struct mistakes *notes)
{
    static const char *const forms[] = {
        [IMPORT_LINES] = "lines of auditctl",
        [IMPORT_JSON] = "JSON",
        [IMPORT_YAML] = "YAML",
    };

    mistakes_add(notes, "%s: taken for %s, by its first line", path, forms[import_form_of(text)]);
}

static int import(const struct rules_request *request)
{
    struct rule_world world = { .arch = request->arch, .features = RULE_FEATURES_ALL };
    struct rule_writing writing = { .arch = request->arch, .marks_directories = true };
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct rule_commands commands;
    struct buffer text = { 0 }, out = { 0 };
    const char *path = request->paths[0];
    struct error err;

    rule_commands_init(&commands);
    if (rule_file_read(path, 0, &text, &err) != 0)
        mistakes_add(&mistakes, "%s", err.text);
    else
        rules_import(&commands, buffer_span(&text), path, &world, &mistakes, &notes);

    if (mistakes.found > 0 && text.len > 0)
        note_form(path, buffer_span(&text), &notes);

    int status = rules_say(&mistakes, &notes);

    if (status == EXIT_DONE)
        rules_import_write(&commands, &writing, &out);
    if (out.len > 0)
        fwrite(out.data, 1, out.len, stdout);
    buffer_free(&out);
    buffer_free(&text);
    rule_commands_free(&commands);
    return status;
}

static int run(int argc, char **argv)
{
    struct rules_request request;
    int status = rules_request_parse(&request, &rules_import_command, argv);

    (void)argc;
    if (status != EXIT_DONE || request.is_help)
        return status;
    if (request.path_count == 0)
        return command_misused(&rules_import_command, "which FILE?");
    if (request.path_count > 1)
        return command_misused(&rules_import_command, "one FILE, not '%s' too", request.paths[1]);
    return import(&request);
}

const struct command rules_import_command = {
    .name = "rules import",
    .summary = "Write the rules of go-audit, pauditd, libaudit-go or auditctl as lines.",
    .usage = "laudit rules import [OPTION...] FILE",
    .text = "FILE is the YAML configuration of go-audit or pauditd, a rule file (JSON) of\n"
            "libaudit-go, or one of auditctl; - is standard input. What comes out is a file of\n"
            "rules. What has no counterpart is noted. No path is looked up: -w stays as it is\n"
            "written, a directory with the slash at its end. With a mistake nothing is written.\n",
    .flags = flags,
    .run = run,
};
