/*
 * migrate.h - the configuration of go-audit or pauditd, said in laudit's words.
 *
 * Pure: text in, texts out. Each option becomes its counterpart, or a comment with its place that
 * says what is different or missing (docs/migration.md has the list).
 */
#pragma once

#include "base/buffer.h"
#include "base/mistakes.h"
#include "rules/reader.h"

enum migrate_tool { MIGRATE_BY_CONTENT, MIGRATE_GO_AUDIT, MIGRATE_PAUDITD };

enum migrate_file { MIGRATE_CONFIG, MIGRATE_TYPES, MIGRATE_FILTERS, MIGRATE_FILES };

struct migrated {
    enum migrate_tool tool;             /* whose configuration it was taken for */
    struct buffer files[MIGRATE_FILES]; /* empty: not needed */
    unsigned remarks;                   /* comments that say what is different or missing */
};

/* "laudit.lua", "policies/message_types.lua" ... */
const char *migrate_file_name(enum migrate_file);

/* "go-audit" or "pauditd" */
const char *migrate_tool_name(enum migrate_tool);

/*
 * Fills `migrated`, which was zero and is to be freed in any case; what it holds is whole when no
 * mistake was added. `path` is what mistakes begin with: "PATH:LINE:COLUMN: ...".
 */
void migrate(struct migrated *, struct span text, const char *path, enum migrate_tool,
             const struct rule_world *, struct mistakes *mistakes, struct mistakes *notes);
void migrated_free(struct migrated *);
