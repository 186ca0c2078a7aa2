/*
 * value.h - the values of rule fields: numbers in C's bases, ids, exit codes, and the words for
 * them.
 *
 * Each returns 0, or -EINVAL with a sentence about `text`, which the caller puts into its context.
 */
#pragma once

#include "base/error.h"
#include "base/names.h"
#include "rules/reader.h"

/* A stranger's word in a sentence, for "%.*s": cut where it gets long. */
enum { WORD_SHOWN = 200 /* bytes */ };
#define SHOWN(span) (int)((span).len < WORD_SHOWN ? (span).len : WORD_SHOWN), (span).data

/* "12", "0x1f", "017", with a '-' before it: as strtol reads them in base 0, but to the end. */
bool number_find(struct span text, int64_t *number);

/* A number of 32 bits; a negative one, where the field may be, is taken as its two's complement. */
int value_number(struct span text, bool may_be_negative, uint32_t *value, struct error *);

int value_user(const struct rule_world *, struct span text, uint32_t *value, struct error *);
int value_group(const struct rule_world *, struct span text, uint32_t *value, struct error *);

/* "-13", "-EACCES", "EACCES". */
int value_exit(struct span text, uint32_t *value, struct error *);
int value_record_type(struct span text, uint32_t *value, struct error *);
int value_family(struct span text, uint32_t *value, struct error *);
int value_session(struct span text, uint32_t *value, struct error *);

/* Letters of "rwxa", at most four, in any case; a letter may come twice. */
int value_perm(struct span text, uint32_t *value, struct error *);

/* A name of `names` in any case, or, where one may stand, a number; `what` is "file type". */
int value_named(struct names, const char *what, bool may_be_number, struct span text,
                uint32_t *value, struct error *);

/* "b64", "b32", "aarch64", "i686", "0xc000003e" on a host of `world`'s. */
int value_arch(const struct rule_world *, struct span text, uint32_t *value, struct error *);

enum { LOWER_LONGEST = 64 };

/* `text` in lower (upper) case in `room`, cut at LOWER_LONGEST: no name is longer. */
struct span lower_case(char room[LOWER_LONGEST], struct span text);
struct span upper_case(char room[LOWER_LONGEST], struct span text);
