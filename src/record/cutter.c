#include <stdlib.h>

#include "record/habit.h"
#include "record/record.h"

enum {
    HABITS = 256,      /* types share a habit when they are equal modulo this */
    NAME_MOST = 255,   /* bytes of a name: what is longer is a word */
    BYTES_A_FIELD = 8, /* of text: the first guess at how many fields there are */
    FIELDS_LEAST = 8
};

struct cutter {
    struct habit kernel[HABITS];
    struct habit tail[HABITS];
};

/* One record being cut. */
struct cut {
    const char *at, *end; /* what is left of the section */
    struct habit *habit;
    uint32_t next;     /* guess */
    uint8_t flags : 4; /* of the section's fields */
    struct field *fields;
    uint32_t count, room;
    struct arena *arena;
};

struct cutter *cutter_new(void)
{
    struct cutter *cutter = calloc(1, sizeof *cutter);

    if (cutter == NULL)
        abort();
    return cutter;
}

void cutter_free(struct cutter *cutter)
{
    free(cutter);
}

static void grow_fields(struct cut *cut)
{
    struct field *more = arena_alloc(cut->arena, sizeof *more * cut->room * 2);

    memcpy(more, cut->fields, sizeof *more * cut->count);
    cut->fields = more;
    cut->room *= 2;
}

static inline struct field *add_field(struct cut *cut)
{
    if (__builtin_expect(cut->count == cut->room, false))
        grow_fields(cut);
    return &cut->fields[cut->count++];
}

static bool is_name_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '[' || c == ']';
}

/* The name at the start of a text that goes on with '='; absent when there is none. */
static struct span name_at(const char *at, const char *end)
{
    const char *stop = at;

    while (stop < end && is_name_byte(*stop))
        stop++;
    if (stop == at || stop == end || *stop != '=' || stop - at > NAME_MOST)
        return (struct span){ NULL, 0 };
    return (struct span){ at, (size_t)(stop - at) };
}

/* What no guess fitted: looks the name up and remembers it. False when it is no name. */
static bool look_up_name(struct cut *cut, struct field *field)
{
    struct span name = name_at(cut->at, cut->end);

    if (name.data == NULL)
        return false;
    field->id = (cut->flags & FIELD_IS_TAIL) != 0 ? field_find_upper(name) : field_find(name);
    field->name_len = (uint8_t)name.len;
    habit_learn(cut->habit, &cut->next, name, field->id);
    return true;
}

static const char *clamp(const struct cut *cut, const char *found)
{
    return found < cut->end ? found : cut->end;
}

static void cut_word(struct cut *cut, struct field *field)
{
    const char *stop = clamp(cut, scan_gap(cut->at, cut->end));

    field->name = NULL;
    field->name_len = 0;
    field->id = FIELD_UNKNOWN;
    field->form = FORM_WORD;
    field->value = cut->at;
    field->value_len = (uint32_t)(stop - cut->at);
    cut->at = stop;
}

/* Old PAM messages end in "(hostname=?, addr=?, terminal=ssh res=failed)". */
static void trim_punctuation(struct field *field)
{
    const char *value = field->value;
    uint32_t len = field->value_len;

    if (len == 0)
        return;
    if (value[len - 1] == ',' || (value[len - 1] == ')' && memchr(value, '(', len) == NULL))
        field->value_len--;
}

static const char *last_byte(const char *at, const char *end, char byte)
{
    return at < end ? memrchr(at, byte, (size_t)(end - at)) : NULL;
}

/* NAME={ ... }: the last brace is auditd's own, whatever a socket's path may hold. */
static void cut_braced(struct cut *cut, struct field *field, const char *open)
{
    const char *close = last_byte(open, cut->end, '}');
    const char *first = open + 1, *stop = close != NULL ? close : cut->end;

    while (first < stop && *first == ' ')
        first++;
    while (stop > first && stop[-1] == ' ')
        stop--;
    field->form = FORM_BRACED;
    field->value = first;
    field->value_len = (uint32_t)(stop - first);
    cut->at = close != NULL ? close + 1 : cut->end;
}

/* Reads the value at `value`, of a field that already has its name. */
static inline void cut_value(struct cut *cut, struct field *field, const char *value)
{
    if (value < cut->end && *value == '"') {
        const char *close = clamp(cut, scan_byte(value + 1, cut->end, '"'));

        value++;

        field->form = FORM_QUOTED;
        field->value = value;
        field->value_len = (uint32_t)(close - value);
        cut->at = close < cut->end ? close + 1 : close;
        return;
    }
    if (cut->flags == FIELD_IS_TAIL && value < cut->end && *value == '{') {
        cut_braced(cut, field, value);
        return;
    }

    const char *stop = clamp(cut, scan_gap(value, cut->end));

    field->form = FORM_BARE;
    field->value = value;
    field->value_len = (uint32_t)(stop - value);
    cut->at = stop;
    if (cut->flags == FIELD_IS_NESTED)
        trim_punctuation(field);
}

/* Goes to where the next field begins; false at the end of the section. */
static inline bool skip_gap(struct cut *cut)
{
    while (cut->at < cut->end) {
        if (*cut->at == TAIL_MARK && cut->flags == 0)
            return false;
        if (!is_gap(*cut->at))
            return true;
        cut->at++;
    }
    return false;
}

static inline void put_field(struct field *field, const struct guess *guess, const char *name,
                             const char *value, const char *stop, enum field_form form,
                             unsigned flags)
{
    *field = (struct field){
        .name = name,
        .value = value,
        .value_len = (uint32_t)(stop - value),
        .id = guess->id,
        .name_len = guess->len,
        .form = form & 0xF,
        .flags = flags & 0xF,
    };
}

/*
 * The fast path: cuts fields as long as they are those that the habit expects, and plain. Leaves
 * everything else to cut_field. Works on copies of what `cut`
 * holds, which the compiler can keep in registers.
 */
static void cut_expected(struct cut *cut)
{
    const char *at = cut->at, *const end = cut->end, *block = at;
    const unsigned flags = cut->flags;
    const struct guess *guess = cut->habit->guesses + cut->next;
    const struct guess *const last_guess = cut->habit->guesses + cut->habit->count;
    struct field *field = cut->fields + cut->count, *const last = cut->fields + cut->room;
    uint64_t gaps = scan_gaps(block);

    while (guess < last_guess && field < last) {
        const char *value = at + guess->len + 1;

        if (!scan_same(at, guess->name, guess->mask) || value >= end)
            break;
        while (gaps == 0) {
            block += SCAN_BLOCK;
            gaps = block < end ? scan_gaps(block) : 1;
        }

        const char *gap = block + __builtin_ctzll(gaps);

        gaps &= gaps - 1;
        if (__builtin_expect(gap >= end, false))
            gap = end;
        if (*value == '"') {
            value++;
            if (scan_byte(value, gap, '"') != gap - 1)
                break;
            put_field(field++, guess++, at, value, gap - 1, FORM_QUOTED, flags);
        } else {
            if (*value == '\'' || *value == '{')
                break;
            if (flags == FIELD_IS_NESTED && (gap[-1] == ',' || gap[-1] == ')'))
                break;
            put_field(field++, guess++, at, value, gap, FORM_BARE, flags);
        }
        at = gap;
        if (gap == end || *gap != ' ')
            break;
        at++;
    }
    cut->at = at;
    cut->next = (uint32_t)(guess - cut->habit->guesses);
    cut->count = (uint32_t)(field - cut->fields);
}

/* Finds out what the field at cut->at is called; false when it is a word. */
static bool cut_name(struct cut *cut, struct field *field)
{
    const struct guess *guess = habit_guess(cut->habit, &cut->next, cut->at);

    if (guess != NULL && guess->len < cut->end - cut->at) {
        field->id = guess->id;
        field->name_len = guess->len;
    } else {
        if (cut->flags == FIELD_IS_NESTED && *cut->at == '(' &&
            name_at(cut->at + 1, cut->end).data != NULL)
            cut->at++;
        if (!look_up_name(cut, field))
            return false;
    }
    field->name = cut->at;
    return true;
}

/* Cuts one field of any kind. True when it is the msg=' that opens a nested list. */
static bool cut_field(struct cut *cut, struct field *field)
{
    field->flags = cut->flags;
    if (!cut_name(cut, field)) {
        cut_word(cut, field);
        return false;
    }

    const char *value = field->name + field->name_len + 1;

    if (field->id == FIELD_MSG && cut->flags == 0 && value < cut->end && *value == '\'') {
        field->value = value + 1;
        return true;
    }
    cut_value(cut, field, value);
    return false;
}

/*
 * Cuts the fields of one section: all up to its end, or up to the TAIL_MARK, or up to the msg='
 * that opens a nested list (then it returns that field).
 */
static struct field *cut_section(struct cut *cut)
{
    for (;;) {
        cut_expected(cut);
        if (!skip_gap(cut))
            return NULL;

        struct field *field = add_field(cut);

        if (cut_field(cut, field))
            return field;
    }
}

/*
 * What follows msg=' is a program's, to the end of what the kernel wrote: quotes and TAIL_MARKs
 * inside are its own. auditd's tail begins right behind the kernel's closing quote and never ends
 * in one. Returns where the tail may begin.
 */
static const char *cut_message(struct cut *cut, struct field *message)
{
    const char *end = cut->end, *open = message->value;
    const char *mark = end[-1] != '\'' || end == open ? last_byte(open, end, TAIL_MARK) : NULL;

    if (mark == NULL || mark == open || mark[-1] != '\'')
        mark = end;

    const char *close = mark;

    while (close > open && close[-1] == ' ')
        close--;
    if (close > open && close[-1] == '\'')
        close--;
    else
        close = mark;
    message->form = FORM_SINGLE;
    message->value_len = (uint32_t)(close - open);
    cut->at = open;
    cut->end = close;
    cut->flags = FIELD_IS_NESTED;
    cut_section(cut);
    return mark;
}

void cutter_cut(struct cutter *cutter, struct arena *arena, struct record *record)
{
    const char *text = record->text.data, *end = text + record->text.len;
    uint32_t room = (uint32_t)(record->text.len / BYTES_A_FIELD) + FIELDS_LEAST;
    struct cut cut = {
        .at = text + record->body_at,
        .end = end,
        .habit = &cutter->kernel[record->type % HABITS],
        .fields = arena_alloc(arena, sizeof *cut.fields * room),
        .room = room,
        .arena = arena,
    };
    struct field *message = cut_section(&cut);
    const char *tail = message != NULL ? cut_message(&cut, message) : clamp(&cut, cut.at);

    record->tail_at = (uint32_t)(tail - text);
    record->kernel_count = cut.count;
    if (tail < end) {
        cut.at = tail + 1;
        cut.end = end;
        cut.habit = &cutter->tail[record->type % HABITS];
        cut.next = 0;
        cut.flags = FIELD_IS_TAIL;
        cut_section(&cut);
    }
    arena_trim(arena, cut.fields, sizeof *cut.fields * cut.count);
    record->fields = cut.fields;
    record->field_count = cut.count;
}
