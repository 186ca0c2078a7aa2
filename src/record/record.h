/*
 * record.h - one message of the kernel, its text cut into fields.
 *
 * Pure: text in, spans out. Fields point into the text that was given, which must outlive them and
 * be readable for ARENA_PAD bytes beyond its end (arena_copy makes such a copy).
 */
#pragma once

#include "base/arena.h"
#include "tables/fields.h"

enum field_form {
    FORM_BARE,   /* name=value */
    FORM_QUOTED, /* name="value": literal */
    FORM_SINGLE, /* name='value': msg, whose fields follow as nested ones */
    FORM_BRACED, /* NAME={ ... } of an ENRICHED tail */
    FORM_WORD    /* a word without '=': no name */
};

enum {
    FIELD_IS_NESTED = 1, /* inside msg='...': a program's words, not the kernel's */
    FIELD_IS_TAIL = 2    /* behind 0x1D: a name auditd gave, id is that of the lower-case field */
};

struct field {
    const char *name;  /* name_len bytes */
    const char *value; /* value_len bytes, quotes removed, not decoded */
    uint32_t value_len;
    uint16_t id; /* FIELD_..., FIELD_UNKNOWN for a name the table does not hold */
    uint8_t name_len;
    uint8_t form : 4, flags : 4;
};

/* What stands before the fields: audit(SECONDS.MILLI:SERIAL): */
struct record_header {
    uint64_t time_ms; /* since the epoch */
    uint32_t serial;
    uint32_t body_at; /* where the fields begin in the text */
};

struct record {
    uint16_t type;          /* 0 when the token names no number */
    struct span type_token; /* as read; absent live */
    struct span text;       /* from "audit(" on, tail included */
    uint32_t body_at;       /* offset in text where the fields begin */
    uint32_t tail_at;       /* offset in text of byte 0x1D, or text.len */
    struct field *fields;   /* kernel's (nested ones right behind their msg), then the tail's */
    uint32_t field_count;   /* all of them */
    uint32_t kernel_count;  /* those before the tail */
};

static inline struct span field_name(const struct field *field)
{
    return (struct span){ field->name, field->name_len };
}

static inline struct span field_value(const struct field *field)
{
    return (struct span){ field->value, field->value_len };
}

/* Reads the header of a record's text. 0, or -EBADMSG; so for a time behind the year 9999, too. */
int record_header_parse(struct span text, struct record_header *);

/* Knows the order in which each type's fields came last, so that most names need no lookup. */
struct cutter;

struct cutter *cutter_new(void);
void cutter_free(struct cutter *);

/*
 * Cuts record->text (type, text and body_at are set) into fields that live in `arena`. Never fails:
 * what is no field becomes a FORM_WORD.
 */
void cutter_cut(struct cutter *, struct arena *, struct record *record);

/* The first of the kernel's fields with that id that is not nested; NULL when there is none. */
const struct field *record_field(const struct record *, uint16_t id);

/* The tail's (ENRICHED) name of a field; NULL when there is none. */
const struct field *record_tail(const struct record *, uint16_t id);

/*
 * Decodes an untrusted value: quoted is literal, unquoted is HEX (`arena` gets the bytes), "(null)"
 * and "?" where unquoted and what is no hex stay as they are. The result may hold any byte, and may
 * be read ARENA_PAD bytes beyond its end.
 */
struct span field_decode(const struct field *, struct arena *arena);

/* True for an unquoted "(null)", and for no value at all. */
bool field_is_null(const struct field *);
