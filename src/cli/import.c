/* import.c - laudit import: the way over from go-audit and pauditd. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/arguments.h"
#include "cli/cli.h"
#include "cli/new_files.h"
#include "cli/rules_request.h"
#include "control/lua_text.h"
#include "control/migrate.h"
#include "rules/merge.h"

enum { FLAG_OUT, FLAG_FROM, FLAG_HELP };

static const struct flag flags[] = {
    { 'o', "out", "FOLDER",
      "Write laudit.lua and its policies there; the folder is made where\n"
      "there is none. What is there already is never overwritten." },
    { 'f', "from", "TOOL",
      "Whose configuration it is: go-audit or pauditd\n"
      "(default: what it holds tells)." },
    { 'h', "help", NULL, "Say this." },
    { 0, NULL, NULL, NULL },
};

struct import_request {
    const char *folder, *path;
    enum migrate_tool tool;
    bool is_help;
};

/* laudit.lua, and the policies behind it in comments: what comes out is a configuration. */
static void print_files(const struct migrated *migrated)
{
    struct buffer out = { 0 };

    buffer_append(&out, buffer_span(&migrated->files[MIGRATE_CONFIG]));
    for (int i = MIGRATE_TYPES; i < MIGRATE_FILES; i++) {
        if (migrated->files[i].len == 0)
            continue;
        buffer_printf(&out, "\n-- ==> %s <==\n--", migrate_file_name((enum migrate_file)i));
        lua_quote_lines(&out, buffer_span(&migrated->files[i]));
        buffer_byte(&out, '\n');
    }
    fwrite(out.data, 1, out.len, stdout);
    buffer_free(&out);
}

static int write_files(const struct migrated *migrated, const char *folder)
{
    struct new_file files[MIGRATE_FILES];
    size_t count = 0;
    struct error err;

    for (int i = 0; i < MIGRATE_FILES; i++)
        if (migrated->files[i].len > 0)
            files[count++] = (struct new_file){ migrate_file_name((enum migrate_file)i),
                                                buffer_span(&migrated->files[i]) };
    if (new_files_write(folder, files, count, &err) != 0) {
        fprintf(stderr, "laudit: %s\n", err.text);
        return EXIT_FAILED;
    }
    for (size_t i = 0; i < count; i++)
        printf("%s/%s\n", folder, files[i].path);
    return EXIT_DONE;
}

static void note_summary(const struct import_request *request, const struct migrated *migrated,
                         struct mistakes *notes)
{
    mistakes_add(notes, "%s: taken for a configuration of %s; %u comment%s say%s what differs",
                 request->path, migrate_tool_name(migrated->tool), migrated->remarks,
                 migrated->remarks == 1 ? "" : "s", migrated->remarks == 1 ? "s" : "");
    if (request->folder == NULL &&
        migrated->files[MIGRATE_TYPES].len + migrated->files[MIGRATE_FILTERS].len > 0)
        mistakes_add(notes, "%s: its policies stand behind it in comments; -o FOLDER writes files",
                     migrate_file_name(MIGRATE_CONFIG));
}

static int import(const struct import_request *request)
{
    struct rule_world world = { .features = RULE_FEATURES_ALL };
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct migrated migrated = { 0 };
    struct buffer text = { 0 };
    struct error err;

    if (rule_file_read(request->path, 0, &text, &err) != 0)
        mistakes_add(&mistakes, "%s", err.text);
    else
        migrate(&migrated, buffer_span(&text), request->path, request->tool, &world, &mistakes,
                &notes);
    if (mistakes.found == 0)
        note_summary(request, &migrated, &notes);

    int status = rules_say(&mistakes, &notes);

    if (status == EXIT_DONE && request->folder != NULL)
        status = write_files(&migrated, request->folder);
    else if (status == EXIT_DONE)
        print_files(&migrated);
    migrated_free(&migrated);
    buffer_free(&text);
    return status;
}

static bool read_tool(const char *name, enum migrate_tool *tool)
{
    *tool = MIGRATE_GO_AUDIT;
    if (strcmp(name, migrate_tool_name(*tool)) == 0)
        return true;
    *tool = MIGRATE_PAUDITD;
    return strcmp(name, migrate_tool_name(*tool)) == 0;
}

/* An exit status. */
static int parse(struct import_request *request, char **argv)
{
    struct arguments arguments = { .command = &command_import, .rest = argv + 1 };
    int flag;

    while ((flag = arguments_next(&arguments)) != ARGUMENTS_END) {
        if (flag == ARGUMENTS_WRONG)
            return EXIT_USAGE;
        if (flag == ARGUMENTS_OPERAND && request->path != NULL)
            return command_misused(&command_import, "one FILE, not '%s' too", arguments.value);
        if (flag == ARGUMENTS_OPERAND)
            request->path = arguments.value;
        request->is_help |= flag == FLAG_HELP;
        if (flag == FLAG_OUT)
            request->folder = arguments.value;
        if (flag == FLAG_FROM && !read_tool(arguments.value, &request->tool))
            return command_misused(
                &command_import, "--from: expected go-audit or pauditd, not '%s'", arguments.value);
    }
    return EXIT_DONE;
}

static int run(int argc, char **argv)
{
    struct import_request request = { 0 };
    int status = parse(&request, argv);

    (void)argc;
    if (request.is_help) {
        command_help(&command_import, stdout);
        return EXIT_DONE;
    }
    if (status != EXIT_DONE)
        return status;
    if (request.path == NULL)
        return command_misused(&command_import, "which FILE?");
    return import(&request);
}

const struct command command_import = {
    .name = "import",
    .summary = "Write a configuration of go-audit or pauditd as one of laudit.",
    .usage = "laudit import [-o FOLDER] FILE",
    .text = "FILE is the YAML configuration of go-audit or pauditd; - is standard input. What\n"
            "comes out is laudit.lua: rules, outputs, metrics; filters and the range of types\n"
            "become policies. A comment with the place in FILE tells of each option that has no\n"
            "counterpart or means something else. With a mistake nothing is written. 'laudit\n"
            "rules import' writes the rules alone.\n",
    .flags = flags,
    .run = run,
};
