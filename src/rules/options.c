#include "rules/options.h"

#include <errno.h>

#include "base/names.h"
#include "rules/value.h"

static const char with_word[] = "CaAdSFbefrkmpqRwW";
static const char without_word[] = "Dcilst";

static const struct name long_options[] = {
    { "loginuid-immutable", OPTION_LOGINUID_IMMUTABLE },
    { "backlog_wait_time", OPTION_BACKLOG_WAIT_TIME },
    { "reset-lost", OPTION_RESET_LOST },
    { "reset_backlog_wait_time_actual", OPTION_RESET_WAIT_TIME_ACTUAL },
    { "signal", OPTION_SIGNAL },
};

/* The long option of that name, or the only one that begins so. */
static bool find_long(struct span name, int *option)
{
    unsigned found = 0;
    uint32_t number;

    if (names_number(NAMES(long_options), name, &number)) {
        *option = (int)number;
        return true;
    }
    for (size_t i = 0; i < sizeof long_options / sizeof long_options[0]; i++) {
        if (span_starts(span_of(long_options[i].text), name)) {
            *option = (int)long_options[i].number;
            found++;
        }
    }
    return found == 1;
}

static int refuse_long(struct span name, struct error *err)
{
    struct span near = names_nearest(NAMES(long_options), name);

    if (near.data == NULL)
        return error_set(err, -EINVAL, "--%.*s: unknown option", SHOWN(name));
    return error_set(err, -EINVAL, "--%.*s: unknown option (did you mean --%.*s?)", SHOWN(name),
                     SPAN_ARG(near));
}

/* "--name", "--name=word", "--name word". */
static int next_long(struct options *options, int *option, struct span *word, struct error *err)
{
    struct span name = span_skip(options->words[options->at++], 2);
    const char *equals = name.len > 0 ? memchr(name.data, '=', name.len) : NULL;
    struct span given = { NULL, 0 };

    if (equals != NULL) {
        given = span_skip(name, (size_t)(equals - name.data) + 1);
        name.len = (size_t)(equals - name.data);
    }
    if (name.len == 0 || !find_long(name, option))
        return refuse_long(name, err);
    if (*option != OPTION_BACKLOG_WAIT_TIME && *option != OPTION_SIGNAL)
        return equals == NULL ? 0 : error_set(err, -EINVAL, "--%.*s: takes no value", SHOWN(name));
    if (equals == NULL) {
        if (options_left(options) == 0)
            return error_set(err, -EINVAL, "--%.*s: a value is missing", SHOWN(name));
        given = options->words[options->at++];
    }
    *word = given;
    return 0;
}

static int refuse_word(struct span word, struct error *err)
{
    if (word.len > 0 && word.data[0] == '#')
        return error_set(err, -EINVAL, "'%.*s': a comment must stand on a line of its own",
                         SHOWN(word));
    return error_set(err, -EINVAL, "'%.*s': a word without an option before it", SHOWN(word));
}

int options_next(struct options *options, int *option, struct span *word, struct error *err)
{
    struct span text;
    char letter;

    *word = (struct span){ NULL, 0 };
    *option = OPTION_END;
    if (options_left(options) == 0)
        return 0;
    text = options->words[options->at];
    if (options->inside == 0 && (text.len < 2 || text.data[0] != '-'))
        return refuse_word(text, err);
    if (options->inside == 0 && text.data[1] == '-')
        return next_long(options, option, word, err);
    letter = text.data[options->inside == 0 ? 1 : options->inside];
    options->inside = options->inside == 0 ? 2 : options->inside + 1;
    if (letter == '\0' ||
        (strchr(with_word, letter) == NULL && strchr(without_word, letter) == NULL))
        return error_set(err, -EINVAL, "%.*s: unknown option", SHOWN(text));
    *option = (unsigned char)letter;
    if (strchr(without_word, letter) != NULL && options->inside < text.len)
        return 0;
    if (strchr(with_word, letter) != NULL)
        *word = span_skip(text, options->inside);
    options->inside = 0;
    options->at++;
    if (strchr(with_word, letter) == NULL || word->len > 0)
        return 0;
    if (options_left(options) == 0)
        return error_set(err, -EINVAL, "-%c: a value is missing", letter);
    *word = options->words[options->at++];
    return 0;
}
