#include "rules/reader.h"

#include <errno.h>
#include <signal.h>

#include "base/array.h"
#include "rules/draft.h"
#include "rules/options.h"
#include "rules/origin.h"
#include "rules/value.h"
#include "rules/words.h"

/* One line while it is read. */
struct line {
    struct rule_commands *commands;
    struct draft draft;
    struct options options;
    bool is_of_file;
};

void rule_commands_init(struct rule_commands *commands)
{
    *commands = (struct rule_commands){ 0 };
    arena_init(&commands->arena);
}

void rule_commands_free(struct rule_commands *commands)
{
    arena_free(&commands->arena);
    free(commands->items);
    *commands = (struct rule_commands){ 0 };
}

bool rule_commands_are_full(const struct rule_commands *commands)
{
    return commands->count >= RULE_COMMANDS_MOST;
}

static void push(struct line *line, struct rule_command command)
{
    struct rule_commands *commands = line->commands;

    if (command.text.data != NULL)
        command.text = arena_copy(&commands->arena, command.text);
    command.origin = line->draft.origin;
    commands->items = array_grow(commands->items, commands->count, sizeof *commands->items);
    commands->items[commands->count++] = command;
}

/* -e and -f: 0, 1 or 2. */
static int read_level(struct line *line, char option, struct span word, struct error *err)
{
    if (word.len != 1 || word.data[0] < '0' || word.data[0] > '2')
        return error_set(err, -EINVAL, "-%c %.*s: must be 0, 1 or 2", option, SHOWN(word));
    push(line, (struct rule_command){ .verb = option == 'e' ? VERB_ENABLED : VERB_FAILURE,
                                      .number = (uint32_t)(word.data[0] - '0') });
    return 0;
}

static int read_number(struct line *line, enum rule_verb verb, const char *option, struct span word,
                       struct error *err)
{
    uint32_t number;

    if (value_number(word, false, &number, err) != 0)
        return error_within(err, "%s %.*s", option, SHOWN(word));
    push(line, (struct rule_command){ .verb = verb, .number = number });
    return 0;
}

static int read_signal(struct line *line, struct span word, struct error *err)
{
    static const struct name signals[] = {
        { "term", SIGTERM },   { "hup", SIGHUP },    { "usr1", SIGUSR1 },  { "usr2", SIGUSR2 },
        { "cont", SIGCONT },   { "stop", SIGTERM },  { "reload", SIGHUP }, { "rotate", SIGUSR1 },
        { "resume", SIGUSR2 }, { "state", SIGCONT },
    };
    uint32_t number;

    if (value_named(NAMES(signals), "signal", false, word, &number, err) != 0)
        return error_within(err, "--signal %.*s", SHOWN(word));
    push(line, (struct rule_command){ .verb = VERB_SIGNAL, .number = number, .text = word });
    return 0;
}

static int read_equivalent(struct line *line, struct span word, struct error *err)
{
    const char *comma = word.len > 0 ? memchr(word.data, ',', word.len) : NULL;
    size_t mount = comma != NULL ? (size_t)(comma - word.data) : 0;

    if (mount == 0 || mount + 1 == word.len || memchr(comma + 1, ',', word.len - mount - 1) != NULL)
        return error_set(err, -EINVAL, "-q %.*s: needs MOUNT,SUBTREE with a comma between",
                         SHOWN(word));
    push(line, (struct rule_command){ .verb = VERB_EQUIVALENT, .text = word });
    return 0;
}

static int read_message(struct line *line, struct span word, struct error *err)
{
    for (size_t i = 0; i < word.len; i++)
        if ((unsigned char)word.data[i] < ' ')
            return error_set(err, -EINVAL, "-m: a control character in the message");
    push(line, (struct rule_command){ .verb = VERB_MESSAGE, .text = word });
    return 0;
}

static int read_file(struct line *line, struct span word, struct error *err)
{
    if (line->is_of_file)
        return error_set(err, -EINVAL, "-R %.*s: a rule file cannot read another", SHOWN(word));
    push(line, (struct rule_command){ .verb = VERB_READ_FILE, .text = word });
    return 0;
}

/* What may stand behind -D (a key), -s (-i) and -l (either). */
static int read_tail(struct line *line, char option, enum rule_verb verb, struct error *err)
{
    struct rule_command command = { .verb = verb };

    while (options_left(&line->options) > 0) {
        struct span word;
        int next, status = options_next(&line->options, &next, &word, err);

        if (status != 0)
            return status;
        if (next == 'k' && option != 's' && word.len > RULE_KEYS_LONGEST)
            return error_set(err, -EINVAL, "-k %.*s: a key has at most %d bytes", SHOWN(word),
                             RULE_KEYS_LONGEST);
        if (next == 'k' && option != 's' && command.text.data == NULL && word.len > 0)
            command.text = word;
        else if (next == 'i' && option != 'D')
            command.number = 1;
        else
            return error_set(err, -EINVAL, "-%c: only %s can stand behind it", option,
                             option == 'D'   ? "one -k KEY"
                             : option == 's' ? "-i"
                                             : "-i and one -k KEY");
    }
    push(line, command);
    return 0;
}

/* The options that make commands of their own. */
static int read_control(struct line *line, int option, struct span word, struct error *err)
{
    switch (option) {
    case 'e':
    case 'f':
        return read_level(line, (char)option, word, err);
    case 'r':
        return read_number(line, VERB_RATE_LIMIT, "-r", word, err);
    case 'b':
        return read_number(line, VERB_BACKLOG_LIMIT, "-b", word, err);
    case OPTION_BACKLOG_WAIT_TIME:
        return read_number(line, VERB_BACKLOG_WAIT_TIME, "--backlog_wait_time", word, err);
    case OPTION_SIGNAL:
        return read_signal(line, word, err);
    case 'q':
        return read_equivalent(line, word, err);
    case 'm':
        return read_message(line, word, err);
    case 'R':
        return read_file(line, word, err);
    case 'D':
        return read_tail(line, 'D', VERB_DELETE_ALL, err);
    case 'l':
        return read_tail(line, 'l', VERB_LIST, err);
    default:
        return read_tail(line, 's', VERB_STATUS, err);
    }
}

/* The options without a word that are a command by themselves. */
static bool find_plain(int option, enum rule_verb *verb)
{
    switch (option) {
    case 'c':
        *verb = VERB_CONTINUE;
        return true;
    case 'i':
        *verb = VERB_IGNORE;
        return true;
    case 't':
        *verb = VERB_TRIM;
        return true;
    case OPTION_LOGINUID_IMMUTABLE:
        *verb = VERB_LOGINUID_IMMUTABLE;
        return true;
    case OPTION_RESET_LOST:
        *verb = VERB_RESET_LOST;
        return true;
    case OPTION_RESET_WAIT_TIME_ACTUAL:
        *verb = VERB_RESET_WAIT_TIME_ACTUAL;
        return true;
    default:
        return false;
    }
}

static int read_option(struct line *line, int option, struct span word, struct error *err)
{
    enum rule_verb verb;

    if (find_plain(option, &verb)) {
        push(line, (struct rule_command){ .verb = verb });
        return 0;
    }
    switch (option) {
    case 'a':
    case 'A':
    case 'd':
        return draft_list(&line->draft, (char)option, word, err);
    case 'w':
    case 'W':
        return draft_watch(&line->draft, (char)option, word, err);
    case 'p':
        return draft_perm(&line->draft, word, err);
    case 'S':
        return draft_calls(&line->draft, word, err);
    case 'F':
        return draft_field(&line->draft, word, err);
    case 'C':
        return draft_pair(&line->draft, word, err);
    case 'k':
        return draft_key(&line->draft, word, err);
    default:
        return read_control(line, option, word, err);
    }
}

/* Settings may share a line with each other and with a rule; all else stands alone. */
static bool is_setting(enum rule_verb verb)
{
    switch (verb) {
    case VERB_ENABLED:
    case VERB_FAILURE:
    case VERB_RATE_LIMIT:
    case VERB_BACKLOG_LIMIT:
    case VERB_BACKLOG_WAIT_TIME:
        return true;
    default:
        return false;
    }
}

static int check_alone(const struct rule_command *added, size_t count, struct error *err)
{
    for (size_t i = 0; count > 1 && i < count; i++)
        if (added[i].rule == NULL && !is_setting(added[i].verb))
            return error_set(err, -EINVAL,
                             "a line holds one command, or settings (-b, -e, -f, -r) together");
    return 0;
}

static int read_options(struct line *line, struct error *err)
{
    struct rule_command command = { 0 };
    struct span word;
    int option, status;

    for (;;) {
        status = options_next(&line->options, &option, &word, err);
        if (status != 0)
            return status;
        if (option == OPTION_END)
            break;
        status = read_option(line, option, word, err);
        if (status != 0)
            return status;
    }
    if (!draft_has_rule(&line->draft))
        return 0;
    command.verb = line->draft.verb;
    status = draft_finish(&line->draft, &line->commands->arena, &command.rule, err);
    if (status == 0)
        push(line, command);
    return status;
}

/* All or nothing: what a bad line had added is taken back. */
static int read_line(struct line *line, struct error *err)
{
    size_t first = line->commands->count;
    int status = 0;

    for (size_t i = 0; status == 0 && i < line->options.count; i++)
        status = word_refuse_nul(line->options.words[i], err);
    if (status == 0)
        status = read_options(line, err);
    if (status == 0 && line->commands->count > first)
        status = check_alone(line->commands->items + first, line->commands->count - first, err);
    if (status == 0 && line->commands->count == first)
        status = error_set(err, -EINVAL, "an empty command");
    if (status != 0)
        line->commands->count = first;
    return status;
}

int rules_read_words(struct rule_commands *commands, const struct span *words, size_t count,
                     struct rule_origin origin, const struct rule_world *world,
                     struct mistakes *notes, struct error *err)
{
    struct line line = { .commands = commands, .options = { words, count, 0, 0 } };

    if (origin.file.data != NULL)
        origin.file = arena_copy(&commands->arena, origin.file);
    draft_begin(&line.draft, world, origin, notes);
    return read_line(&line, err);
}

static bool is_empty_or_comment(struct span text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t' || text.data[0] == '\r'))
        text = span_skip(text, 1);
    return text.len == 0 || text.data[0] == '#';
}

static int read_text_line(struct rule_commands *commands, struct arena *scratch, struct span text,
                          struct rule_origin origin, const struct rule_world *world,
                          struct mistakes *notes, struct error *err)
{
    struct line line = { .commands = commands, .is_of_file = true };
    struct words words;
    int status;

    if (text.len > RULE_LINE_LONGEST)
        return error_set(err, -EINVAL, "this line has %zu bytes: %d are the most", text.len,
                         RULE_LINE_LONGEST);
    arena_reset(scratch);
    status = words_cut(scratch, text, &words, err);
    if (status != 0)
        return status;
    line.options = (struct options){ words.items, words.count, 0, 0 };
    draft_begin(&line.draft, world, origin, notes);
    return read_line(&line, err);
}

void rules_read_text(struct rule_commands *commands, struct span text, const char *file,
                     unsigned first_line, const struct rule_world *world, struct mistakes *mistakes,
                     struct mistakes *notes)
{
    struct rule_origin origin = { arena_copy(&commands->arena, span_of(file)), first_line };
    struct arena scratch;

    arena_init(&scratch);
    for (; text.len > 0; origin.line++) {
        const char *newline = memchr(text.data, '\n', text.len);
        size_t len = newline != NULL ? (size_t)(newline - text.data) : text.len;
        struct span line = { text.data, len };
        char place[RULE_ORIGIN_ROOM];
        struct error err;

        text = span_skip(text, newline != NULL ? len + 1 : len);
        if (is_empty_or_comment(line))
            continue;
        if (rule_commands_are_full(commands)) {
            mistakes_add(mistakes, "%s: more than %d commands", rule_origin_text(origin, place),
                         RULE_COMMANDS_MOST);
            break;
        }
        if (read_text_line(commands, &scratch, line, origin, world, notes, &err) != 0)
            mistakes_add(mistakes, "%s: %s", rule_origin_text(origin, place), err.text);
    }
    arena_free(&scratch);
}
