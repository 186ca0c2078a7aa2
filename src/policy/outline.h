/*
 * outline.h - where the keys of a table stand in the Lua text that makes it.
 *
 * Read from the text alone, which may compute its tables as it likes: where a path leads out of
 * what stands there in braces, the place is that of the last step that does. A name that stands for
 * a table is looked up among the locals above. Pure; borrows the source.
 */
#pragma once

#include "policy/tokens.h"

enum { OUTLINE_STEPS_MOST = 4 };

struct outline {
    struct span source;
    struct tokens table; /* behind its brace; at the end of the source when it was not found */
    unsigned line;       /* of what the table is given to */
};

/* One step into a table. */
struct outline_step {
    struct span key; /* absent: an item of a list */
    unsigned item;   /* from 1 */
};

struct outline_path {
    struct outline_step steps[OUTLINE_STEPS_MOST];
    size_t count;
};

/* The table that the `number`-th call of audit.policy in the text is given (from 1). */
struct outline outline_of_policy(struct span source, unsigned number);

/* The options of output 'name', whose brace stands on `line` or below. */
struct outline outline_of_output(struct span source, struct span name, unsigned line);

/* The line (from 1) on which the path ends. */
unsigned outline_line(const struct outline *, const struct outline_path *);

/* The text that stands at the end of the path alone, or by a local's name. Where there is something
 * else it is a TOKEN_END, with the line on which the path ends. */
void outline_text(const struct outline *, const struct outline_path *, struct token *text);

/* The items of the list at the end of a path, one after another. */
struct outline_list {
    struct tokens at;
    unsigned line; /* of the list */
};

struct outline_list outline_list(const struct outline *, const struct outline_path *);

/* The next item if it is a text, else a TOKEN_END with its line; with the list's where there are no
 * more. */
void outline_next(struct outline_list *, struct token *text);
