#include "rules/rulebook.h"

#include <errno.h>
#include <sys/stat.h>

#include "rules/apply.h"
#include "rules/json.h"
#include "rules/merge.h"
#include "rules/origin.h"

void rulebook_init(struct rulebook *book)
{
    *book = (struct rulebook){ 0 };
    rule_commands_init(&book->commands);
}

void rulebook_free(struct rulebook *book)
{
    rule_set_free(&book->set);
    rule_commands_free(&book->commands);
}

/* One text, file or folder while it is read. */
struct reading {
    struct rulebook *book;
    const struct rule_world *world;
    struct mistakes *mistakes, *notes;
    struct mistakes faults; /* behind -i or -c */
    bool is_tolerant;       /* -i or -c was read: what is wrong from there on is left out */
    bool is_forgiving;      /* -i was: then it counts as success */
};

static void take_tolerance(struct reading *reading, enum rule_verb verb)
{
    reading->is_forgiving = reading->is_forgiving || verb == VERB_IGNORE;
    reading->is_tolerant = reading->is_tolerant || reading->is_forgiving || verb == VERB_CONTINUE;
    reading->book->has_continue =
        reading->book->has_continue || (verb == VERB_CONTINUE && !reading->is_forgiving);
}

/* Applies the commands from number `done` on. */
static void apply(struct reading *reading, size_t done)
{
    struct rulebook *book = reading->book;
    char place[RULE_ORIGIN_ROOM];

    for (size_t i = done; i < book->commands.count && !book->is_full; i++) {
        const struct rule_command *command = &book->commands.items[i];

        take_tolerance(reading, command->verb);
        book->is_full = !rule_set_apply(&book->set, command, reading->is_tolerant,
                                        reading->is_tolerant ? &reading->faults : reading->mistakes,
                                        reading->notes);
        if (book->is_full)
            mistakes_add(reading->mistakes, "%s: more than %d rules",
                         rule_origin_text(command->origin, place), RULE_SET_MOST);
    }
}

/* Mistakes behind -i or -c become notes. */
static void forgive(struct reading *reading)
{
    if (!reading->is_forgiving)
        reading->book->left_out += reading->faults.found;
    for (unsigned i = 0; i < reading->faults.count; i++)
        mistakes_add(reading->notes, "%s; left out", reading->faults.sentences[i]);
    mistakes_free(&reading->faults);
}

/* Takes "delete" out of the commands from number `done` on. */
static void leave_out_delete(struct reading *reading, size_t done)
{
    struct rule_commands *commands = &reading->book->commands;
    size_t kept = done;
    char place[RULE_ORIGIN_ROOM];

    for (size_t i = done; i < commands->count; i++) {
        if (commands->items[i].verb == VERB_DELETE_ALL)
            mistakes_add(reading->notes, "%s: would delete the rules of the files before; left out",
                         rule_origin_text(commands->items[i].origin, place));
        else
            commands->items[kept++] = commands->items[i];
    }
    commands->count = kept;
}

/* Too many commands are a mistake behind -i, too, and the end. */
static void read_line(struct reading *reading, const struct rule_line *line)
{
    struct rulebook *book = reading->book;
    const char *file = line->origin.file.data;
    bool was_full = rule_commands_are_full(&book->commands);
    unsigned found = reading->mistakes->found;
    struct mistakes *wrong =
        reading->is_tolerant && !was_full ? &reading->faults : reading->mistakes;

    if (line->is_document)
        rules_read_json(&book->commands, line->text, file, reading->world, wrong, reading->notes);
    else
        rules_read_text(&book->commands, line->text, file, line->origin.line, reading->world, wrong,
                        reading->notes);
    book->is_full = rule_commands_are_full(&book->commands) && reading->mistakes->found > found;
}

static void add_lines(struct rulebook *book, const struct rule_lines *lines,
                      const struct rule_world *world, struct mistakes *mistakes,
                      struct mistakes *notes)
{
    struct reading reading = { .book = book, .world = world, .mistakes = mistakes, .notes = notes };

    for (size_t i = 0; i < lines->count && !book->is_full; i++) {
        size_t done = book->commands.count;

        read_line(&reading, &lines->items[i]);
        if (lines->items[i].is_document && lines->is_merged && book->set.count > 0)
            leave_out_delete(&reading, done);
        apply(&reading, done);
    }
    forgive(&reading);
}

void rulebook_add_text(struct rulebook *book, struct span text, struct span file,
                       unsigned first_line, const struct rule_world *world,
                       struct mistakes *mistakes, struct mistakes *notes)
{
    struct rule_lines lines = { 0 };

    rule_lines_add_text(&lines, text, file);
    for (size_t i = 0; i < lines.count; i++)
        lines.items[i].origin.line += first_line - 1;
    add_lines(book, &lines, world, mistakes, notes);
    rule_lines_free(&lines);
}

void rulebook_add_lines(struct rulebook *book, struct span text, struct span file,
                        const unsigned *numbers, size_t count, const struct rule_world *world,
                        struct mistakes *mistakes, struct mistakes *notes)
{
    struct rule_lines lines = { 0 };

    rule_lines_add_text(&lines, text, file);
    for (size_t i = 0; i < lines.count && i < count; i++)
        lines.items[i].origin.line = numbers[i];
    add_lines(book, &lines, world, mistakes, notes);
    rule_lines_free(&lines);
}

/* `status` is what became of reading the lines. */
static void add_read(struct rulebook *book, struct rule_lines *lines, int status,
                     const struct error *err, const struct rule_world *world,
                     struct mistakes *mistakes, struct mistakes *notes)
{
    if (status != 0 && world->asked_at.file.data != NULL)
        mistakes_add(mistakes, "%.*s:%u: rules: %s", SPAN_ARG(world->asked_at.file),
                     world->asked_at.line, err->text);
    else if (status != 0)
        mistakes_add(mistakes, "%s", err->text);
    else
        add_lines(book, lines, world, mistakes, notes);
    rule_lines_free(lines);
}

void rulebook_add_path(struct rulebook *book, const char *path, const struct rule_world *world,
                       struct mistakes *mistakes, struct mistakes *notes)
{
    struct rule_lines lines = { 0 };
    struct stat found;
    struct error err;
    bool is_folder = stat(path, &found) == 0 && S_ISDIR(found.st_mode);
    int status = is_folder ? rule_lines_add_folder(&lines, path, world->file_demands, &err)
                           : rule_lines_add_file(&lines, path, world->file_demands, &err);

    add_read(book, &lines, status, &err, world, mistakes, notes);
}

void rulebook_add_pattern(struct rulebook *book, const char *pattern,
                          const struct rule_world *world, struct mistakes *mistakes,
                          struct mistakes *notes)
{
    struct rule_lines lines = { 0 };
    struct error err;
    int status = rule_lines_add_pattern(&lines, pattern, world->file_demands, &err);

    add_read(book, &lines, status, &err, world, mistakes, notes);
}
