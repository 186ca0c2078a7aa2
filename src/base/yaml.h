/*
 * yaml.h - one document of YAML as a tree: texts, lists and mappings, each with its place.
 *
 * The tree is the document's, which copies what it keeps. An alias is the node that has the anchor
 * itself: nothing is ever expanded, so a tree is never larger than its text, but whoever walks all
 * of it may walk shared nodes many times; look for the names that you know instead. There are no
 * cycles.
 */
#pragma once

#include "base/arena.h"
#include "base/error.h"

enum {
    YAML_LONGEST = 4 << 20,    /* bytes of a document */
    YAML_DEPTH_MOST = 32,      /* of lists and mappings in each other */
    YAML_NODES_MOST = 1 << 18, /* aliases count */
    YAML_ANCHORS_MOST = 100
};

enum yaml_kind { YAML_TEXT, YAML_LIST, YAML_MAP };

struct yaml_member {
    const struct yaml *name; /* NULL in a list */
    const struct yaml *value;
    bool was_read; /* for readers: members that nobody asked for can be told */
};

struct yaml {
    enum yaml_kind kind;
    bool is_plain;         /* a text without quotes: true, 12 and null are what they look like */
    unsigned line, column; /* from 1 */
    struct span text;      /* ends with a zero byte */
    struct yaml_member *members;
    size_t count;
};

struct yaml_document {
    struct arena arena;
    const struct yaml *root; /* NULL when the text is empty */
};

/*
 * Reads the first document of `text`. 0, or -EINVAL with "FILE:LINE:COLUMN: ...". Free it in any
 * case.
 */
int yaml_read(struct yaml_document *, struct span text, const char *file, struct error *);
void yaml_free(struct yaml_document *);

/* "a text", "a list" or "a mapping" */
const char *yaml_kind_name(const struct yaml *);
