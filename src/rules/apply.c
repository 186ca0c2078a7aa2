#include "rules/apply.h"

#include "base/array.h"
#include "rules/origin.h"

/* False when the set is full. */
static bool add_rule(struct rule_set *set, const struct rule_command *command, bool is_optional,
                     struct mistakes *notes)
{
    bool is_first = command->verb == VERB_PREPEND;
    char here[RULE_ORIGIN_ROOM], there[RULE_ORIGIN_ROOM];
    size_t place;

    rule_origin_text(command->origin, here);
    if (rule_set_find(set, command->rule, &place)) {
        mistakes_add(notes, "%s: the same rule as at %s%s", here,
                     rule_origin_text(set->items[place].origin, there),
                     is_first ? ", which -A brings to the front" : "; it counts once");
        if (!is_first)
            return true;
        rule_set_remove(set, place);
    }
    if (set->count >= RULE_SET_MOST)
        return false;
    if (is_first)
        rule_set_prepend(set, command->rule, command->origin);
    else
        rule_set_append(set, command->rule, command->origin);
    set->items[is_first ? 0 : set->count - 1].is_optional = is_optional;
    return true;
}

static void delete_rule(struct rule_set *set, const struct rule_command *command,
                        struct mistakes *mistakes)
{
    char here[RULE_ORIGIN_ROOM];
    size_t place;

    if (rule_set_find(set, command->rule, &place))
        rule_set_remove(set, place);
    else
        mistakes_add(mistakes, "%s: no line before has this rule, so it cannot be deleted",
                     rule_origin_text(command->origin, here));
}

/* A -D in the midst of things is hardly meant; the rules of a key are. */
static void note_forgotten(const struct rule_set *set, const struct rule_command *command,
                           struct mistakes *notes)
{
    struct span file = set->items[0].origin.file;
    bool is_one_file = true;
    char here[RULE_ORIGIN_ROOM];

    for (size_t i = 1; i < set->count; i++)
        is_one_file = is_one_file && span_equal(set->items[i].origin.file, file);
    mistakes_add(notes, "%s: -D forgets %zu %s given before, from %.*s%s",
                 rule_origin_text(command->origin, here), set->count,
                 set->count == 1 ? "rule" : "rules", SPAN_ARG(file),
                 is_one_file ? "" : " and others");
}

static void delete_all(struct rule_set *set, const struct rule_command *command,
                       struct mistakes *notes)
{
    if (command->text.data != NULL) {
        rule_set_remove_key(set, command->text);
    } else if (set->count > 0) {
        note_forgotten(set, command, notes);
        set->count = 0;
    }
}

static struct rule_setting *setting_of(struct rule_set *set, enum rule_verb verb)
{
    switch (verb) {
    case VERB_ENABLED:
        return &set->settings.enabled;
    case VERB_FAILURE:
        return &set->settings.failure;
    case VERB_RATE_LIMIT:
        return &set->settings.rate_limit;
    case VERB_BACKLOG_LIMIT:
        return &set->settings.backlog_limit;
    case VERB_BACKLOG_WAIT_TIME:
        return &set->settings.backlog_wait_time;
    case VERB_LOGINUID_IMMUTABLE:
        return &set->settings.loginuid_immutable;
    default:
        return NULL;
    }
}

/* A command that no set can hold, and laudit's own one like it. */
static const struct {
    enum rule_verb verb;
    const char *option, *like;
} others[] = {
    { VERB_STATUS, "-s", "'laudit status' is its like" },
    { VERB_LIST, "-l", "'laudit rules list' is its like" },
    { VERB_READ_FILE, "-R", "'laudit rules load' is its like" },
    { VERB_RESET_LOST, "--reset-lost", "'laudit lost --reset' is its like" },
    { VERB_RESET_WAIT_TIME_ACTUAL, "--reset_backlog_wait_time_actual",
      "'laudit lost --reset-waited' is its like" },
    { VERB_SIGNAL, "--signal", "kill(1) is its like" },
    { VERB_MESSAGE, "-m", "'laudit user-msg' is its like" },
};

static void note_other(const struct rule_command *command, struct mistakes *notes)
{
    char here[RULE_ORIGIN_ROOM];

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (others[i].verb == command->verb)
            mistakes_add(notes, "%s: %s is neither a rule nor a setting; left out: %s",
                         rule_origin_text(command->origin, here), others[i].option, others[i].like);
}

static void take_setting(struct rule_set *set, const struct rule_command *command,
                         struct mistakes *notes)
{
    struct rule_setting *setting = setting_of(set, command->verb);

    if (setting != NULL)
        *setting = (struct rule_setting){ true, command->number, command->origin };
    else
        note_other(command, notes);
}

static void take_tree(struct rule_set *set, const struct rule_command *command)
{
    set->trees = array_grow(set->trees, set->tree_count, sizeof *set->trees);
    set->trees[set->tree_count++] = (struct rule_tree){
        .paths = command->verb == VERB_EQUIVALENT ? command->text : (struct span){ NULL, 0 },
        .origin = command->origin,
    };
}

bool rule_set_apply(struct rule_set *set, const struct rule_command *command, bool is_optional,
                    struct mistakes *mistakes, struct mistakes *notes)
{
    switch (command->verb) {
    case VERB_ADD:
    case VERB_PREPEND:
        return add_rule(set, command, is_optional, notes);
    case VERB_DELETE:
        delete_rule(set, command, mistakes);
        break;
    case VERB_DELETE_ALL:
        delete_all(set, command, notes);
        break;
    case VERB_EQUIVALENT:
    case VERB_TRIM:
        take_tree(set, command);
        break;
    default:
        take_setting(set, command, notes);
    }
    return true;
}
