#include "policy/selector_check.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "tables/record_types.h"

enum { NUMBER_ROOM = 32 };

/* What a term's values are. */
enum domain {
    DOMAIN_ANY,     /* numbers and texts, whatever somebody wrote */
    DOMAIN_NUMBERS, /* 59 */
    DOMAIN_BASED,   /* '0x1f', '0o644': texts that stand for numbers */
    DOMAIN_TEXTS
};

static enum domain domain_of_field(enum field_kind kind)
{
    if (kind == KIND_NET_FAMILY || kind == KIND_NET_ACTION)
        return DOMAIN_ANY; /* AppArmor and integrity records have texts there */
    switch (field_shape(kind)) {
    case SHAPE_NUMBER:
        return DOMAIN_NUMBERS;
    case SHAPE_HEX:
    case SHAPE_OCTAL:
        return DOMAIN_BASED;
    case SHAPE_ESCAPED:
        return DOMAIN_TEXTS;
    default:
        return DOMAIN_ANY;
    }
}

static enum domain domain_of(const struct term *term)
{
    switch (term->subject) {
    case TERM_FIELD:
        return domain_of_field(field_info(term->id)->kind);
    case TERM_NAMED:
        return DOMAIN_ANY;
    case TERM_ADDRESS_PORT:
        return DOMAIN_NUMBERS;
    default:
        return DOMAIN_TEXTS;
    }
}

unsigned compiler_line(const struct compiler *compiler)
{
    struct outline_path path = { { { SPAN("on"), 0 } }, 1 };

    if (*compiler->line > 0)
        return *compiler->line;
    if (compiler->item > 0)
        path.steps[path.count++].item = compiler->item;
    path.steps[path.count++].key = compiler->key;
    *compiler->line = outline_line(&compiler->place->outline, &path);
    return *compiler->line;
}

static void check_type(const struct compiler *compiler, const struct value *literal)
{
    uint16_t type;

    if (literal->kind != VALUE_TEXT)
        MISTAKE(compiler, "expected the name of a record type, found the number %.15g",
                literal->number);
    else if (!record_type_find(literal->text, &type))
        selector_unknown(compiler, "record type", literal->text,
                         record_type_nearest(literal->text));
}

/* An address is compared as text, so it has to be written as laudit writes it. */
static void check_ip(const struct compiler *compiler, struct span text)
{
    char own[INET6_ADDRSTRLEN] = "", written[INET6_ADDRSTRLEN] = "";
    unsigned char bytes[16];
    int family = memchr(text.data, ':', text.len) != NULL ? AF_INET6 : AF_INET;

    if (text.len < sizeof own)
        memcpy(own, text.data, text.len);
    if (inet_pton(family, own, bytes) != 1)
        MISTAKE(compiler, "expected an address, found '%.*s'; networks are audit.match.cidr '%.*s'",
                SPAN_ARG(text), SPAN_ARG(text));
    else if (strcmp(inet_ntop(family, bytes, written, sizeof written), own) != 0)
        MISTAKE(compiler, "expected '%s', found '%s'", written, own);
}

/* Reads '0x1f', '0o644' and '0644', which may be meant where one is expected. */
static bool parse_based(struct span text, bool is_octal, uint64_t *number)
{
    if (text.len < 2 || text.data[0] != '0')
        return false;

    char base = (char)tolower((unsigned char)text.data[1]);

    if (base == 'x')
        return span_hex(span_skip(text, 2), number);
    return is_octal && span_octal(span_skip(text, base == 'o' ? 2 : 1), number);
}

static void check_based(const struct compiler *compiler, enum field_kind kind, struct span text)
{
    bool is_octal = field_shape(kind) == SHAPE_OCTAL;
    bool is_hex = !is_octal || (kind == KIND_OPEN_FLAGS && span_starts(text, SPAN("0x")));
    char written[NUMBER_ROOM];
    uint64_t number;

    if (!parse_based(text, is_octal, &number)) {
        MISTAKE(compiler, "expected a number or a string like '%s', found '%.*s'",
                is_octal ? "0o755" : "0x1f", SPAN_ARG(text));
        return;
    }
    snprintf(written, sizeof written, is_hex ? "0x%" PRIx64 : "0o%" PRIo64, number);
    if (!span_equal(text, span_of(written)))
        MISTAKE(compiler, "expected '%s', found '%.*s'", written, SPAN_ARG(text));
}

static bool is_one_of(struct span text, const char *const words[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (span_equal(text, span_of(words[i])))
            return true;
    return false;
}

static void check_outcome(const struct compiler *compiler, enum field_kind kind,
                          const struct value *literal)
{
    static const char *const words[] = { "yes", "no", "success", "failed" };
    bool is_success = kind == KIND_SUCCESS;

    if (literal->kind == VALUE_TEXT
            ? is_one_of(literal->text, words, is_success ? 2 : sizeof words / sizeof words[0])
            : !is_success && (literal->number == 0 || literal->number == 1))
        return;

    const char *expected =
        is_success ? "true, false, 'yes' or 'no'" : "true, false, 'success', 'failed', 1 or 0";

    if (literal->kind == VALUE_TEXT)
        MISTAKE(compiler, "expected %s, found '%.*s'", expected, SPAN_ARG(literal->text));
    else
        MISTAKE(compiler, "expected %s, found the number %.15g", expected, literal->number);
}

/* Whether numbers of that kind have names at all (interpret_name). */
static bool has_names(enum field_kind kind)
{
    switch (kind) {
    case KIND_UID:
    case KIND_GID:
    case KIND_SESSION:
    case KIND_ARCH:
    case KIND_SYSCALL:
    case KIND_EXIT:
    case KIND_ERRNO:
    case KIND_RESULT:
    case KIND_SIGNAL:
    case KIND_MODE:
    case KIND_PERM:
    case KIND_SOCKADDR:
    case KIND_CAPABILITY:
    case KIND_CAP_SET:
    case KIND_LIST:
    case KIND_SECCOMP:
        return true;
    default:
        return false;
    }
}

/* What a number of a term can be. */
struct bounds {
    double low, high;
    const char *expected, *hint;
};

static struct bounds bounds_of(const struct term *term)
{
    enum field_kind kind = term->subject == TERM_FIELD ? field_info(term->id)->kind : KIND_TEXT;

    if (term->subject == TERM_TYPE)
        return (struct bounds){ 0, UINT16_MAX, "the number of a type", "" };
    if (term->subject == TERM_ADDRESS_PORT) /* those of AF_VSOCK have 32 bits */
        return (struct bounds){ 0, UINT32_MAX, "a whole number from 0 to 4294967295", "" };
    if (kind == KIND_UID || kind == KIND_GID || kind == KIND_SESSION)
        return (struct bounds){ 0, UINT32_MAX, "an id", "; unset is 4294967295" };
    if (domain_of(term) == DOMAIN_BASED)
        return (struct bounds){ 0, 0x1p64, "a whole number that is not negative", "" };
    return (struct bounds){ -0x1p64, 0x1p64, "a whole number", "" };
}

/* Whatever a record's number is, it is whole. */
static void check_number(const struct compiler *compiler, const struct term *term, double number)
{
    struct bounds bounds = bounds_of(term);

    if (isnan(number))
        MISTAKE(compiler, "expected %s, found nan", bounds.expected);
    else if (number < bounds.low || number > bounds.high || floor(number) != number)
        MISTAKE(compiler, "expected %s, found the number %.15g%s", bounds.expected, number,
                bounds.hint);
}

static void check_range(const struct compiler *compiler, const struct term *term,
                        const struct matcher *matcher)
{
    struct bounds bounds = bounds_of(term);

    if (ceil(fmax(matcher->low, bounds.low)) > floor(fmin(matcher->high, bounds.high)))
        MISTAKE(compiler, "expected a range that holds %s, found %.15g to %.15g", bounds.expected,
                matcher->low, matcher->high);
}

/* A text where the kernel writes a number. */
static void refuse_text(const struct compiler *compiler, const struct term *term, struct span text)
{
    const struct field_info *field = term->subject == TERM_FIELD ? field_info(term->id) : NULL;

    if (field != NULL && has_names(field->kind))
        MISTAKE(compiler, "expected a number, found '%.*s'; names are matched by '%.*s'",
                SPAN_ARG(text), SPAN_ARG(field->upper));
    else
        MISTAKE(compiler, "expected a number, found '%.*s'", SPAN_ARG(text));
}

static void check_field(const struct compiler *compiler, const struct term *term,
                        const struct value *literal)
{
    enum field_kind kind = field_info(term->id)->kind;

    if (kind == KIND_SUCCESS || kind == KIND_RESULT)
        check_outcome(compiler, kind, literal);
    else if (domain_of(term) == DOMAIN_NUMBERS && literal->kind == VALUE_TEXT)
        refuse_text(compiler, term, literal->text);
    else if (domain_of(term) == DOMAIN_BASED && literal->kind == VALUE_TEXT)
        check_based(compiler, kind, literal->text);
    else if (domain_of(term) == DOMAIN_TEXTS && literal->kind == VALUE_NUMBER)
        MISTAKE(compiler, "expected a string, found the number %.15g", literal->number);
    else if (literal->kind == VALUE_NUMBER)
        check_number(compiler, term, literal->number);
}

/* The names that ids have without a passwd file. */
static bool is_own_name(struct span name)
{
    return span_equal(name, SPAN("unset")) || span_starts(name, SPAN("unknown("));
}

/* The log alone holds names, if it is an ENRICHED one. */
static void note_names(const struct compiler *compiler, const struct term *term)
{
    enum field_kind kind = term->subject == TERM_UPPER ? field_info(term->id)->kind : KIND_TEXT;

    if ((kind == KIND_UID || kind == KIND_GID) && !compiler->resolver->says_unknown)
        NOTE(compiler,
             "a RAW log holds no names; ask for the number ('%.*s'), or replay with --resolve",
             SPAN_ARG(field_info(term->id)->name));
}

/* Looks up the id of a user or group the policy names. */
static void resolve(const struct compiler *compiler, struct term *term, struct span name)
{
    bool is_group = field_info(term->id)->kind == KIND_GID;
    const struct resolver *resolver = compiler->resolver;
    uint32_t id;

    if (is_own_name(name))
        return;
    if (!(is_group ? resolver->group_id : resolver->user_id)(resolver->context, name, &id)) {
        note_names(compiler, term);
        if (resolver->says_unknown)
            NOTE(compiler, "this host knows no %s '%.*s'", is_group ? "group" : "user",
                 SPAN_ARG(name));
        return;
    }
    term->known = realloc(term->known, (term->known_count + 1) * sizeof *term->known);
    if (term->known == NULL)
        abort();
    term->known[term->known_count++] = (struct known_id){ name, id };
}

static void check_upper(const struct compiler *compiler, struct term *term,
                        const struct value *literal)
{
    enum field_kind kind = field_info(term->id)->kind;

    if (literal->kind == VALUE_NUMBER && kind == KIND_SYSCALL)
        MISTAKE(compiler,
                "expected the name of a system call, found the number %.15g; "
                "the kernel's number is 'syscall'",
                literal->number);
    else if (literal->kind == VALUE_NUMBER)
        MISTAKE(compiler, "expected a name, found the number %.15g; the kernel's value is '%.*s'",
                literal->number, SPAN_ARG(field_info(term->id)->name));
    else if (kind == KIND_UID || kind == KIND_GID)
        resolve(compiler, term, literal->text);
    else
        selector_check_name(compiler, kind, literal->text);
}

/* Those that are laudit's own: parts of an address, keys, arguments and the like. */
static void check_own(const struct compiler *compiler, const struct term *term,
                      const struct value *literal)
{
    bool is_port = term->subject == TERM_ADDRESS_PORT;

    if (is_port && literal->kind == VALUE_TEXT)
        refuse_text(compiler, term, literal->text);
    else if (is_port)
        check_number(compiler, term, literal->number);
    else if (!is_port && literal->kind == VALUE_NUMBER)
        MISTAKE(compiler, "expected a string, found the number %.15g", literal->number);
    else if (term->subject == TERM_ADDRESS_FAMILY)
        selector_check_family(compiler, literal->text);
    else if (term->subject == TERM_ADDRESS_IP)
        check_ip(compiler, literal->text);
}

static void check_literal(const struct compiler *compiler, struct term *term,
                          const struct value *literal)
{
    switch (term->subject) {
    case TERM_TYPE:
        check_type(compiler, literal);
        break;
    case TERM_FIELD:
        check_field(compiler, term, literal);
        break;
    case TERM_UPPER:
        check_upper(compiler, term, literal);
        break;
    case TERM_NAMED:
        if (literal->kind == VALUE_NUMBER)
            check_number(compiler, term, literal->number);
        break;
    default:
        check_own(compiler, term, literal);
        break;
    }
}

static void check_boolean(const struct compiler *compiler, const struct term *term)
{
    if (term->subject == TERM_NAMED)
        return;

    enum field_kind kind = term->subject == TERM_FIELD ? field_info(term->id)->kind : KIND_TEXT;

    if (kind != KIND_SUCCESS && kind != KIND_RESULT)
        MISTAKE(compiler, "%s", "expected a value, found a boolean; only success and res have one");
}

/* A test of texts where there are only numbers, or the other way round. */
static void check_pattern(const struct compiler *compiler, const struct term *term,
                          const struct matcher *matcher)
{
    enum matcher_kind kind = matcher->kind;
    static const char *const names[] = {
        [MATCH_PREFIX] = "prefix", [MATCH_SUFFIX] = "suffix", [MATCH_CONTAINS] = "contains",
        [MATCH_GLOB] = "glob",     [MATCH_REGEX] = "regex",   [MATCH_CIDR] = "cidr",
    };
    enum domain domain = domain_of(term);

    if (kind == MATCH_RANGE && domain == DOMAIN_TEXTS && term->subject != TERM_TYPE)
        MISTAKE(compiler, "%s", "audit.match.range tests numbers, and this is a string");
    else if (kind == MATCH_RANGE) /* of types by number: see selector_check */
        check_range(compiler, term, matcher);
    else if (kind != MATCH_RANGE && domain == DOMAIN_NUMBERS)
        MISTAKE(compiler, "audit.match.%s tests strings, and this is a number", names[kind]);
    else if (kind == MATCH_CIDR && domain == DOMAIN_BASED)
        MISTAKE(compiler, "%s", "audit.match.cidr tests addresses, and this is a number");
}

static void check_matcher(const struct compiler *compiler, struct term *term,
                          const struct matcher *matcher)
{
    struct value value;

    switch (matcher->kind) {
    case MATCH_PRESENT:
        break;
    case MATCH_NUMBER:
        value = value_of_number(matcher->low);
        check_literal(compiler, term, &value);
        break;
    case MATCH_TEXT:
        value = value_of_text(matcher->text);
        check_literal(compiler, term, &value);
        break;
    case MATCH_TEXTS:
        for (size_t i = 0; i < matcher->count; i++) {
            value = value_of_text(matcher->texts[i]);
            check_literal(compiler, term, &value);
        }
        break;
    case MATCH_BOOLEAN:
        check_boolean(compiler, term);
        break;
    case MATCH_NOT:
    case MATCH_ANY:
        for (size_t i = 0; i < matcher->count; i++)
            check_matcher(compiler, term, matcher->items[i]);
        break;
    default:
        check_pattern(compiler, term, matcher);
        note_names(compiler, term);
        break;
    }
}

void selector_check(const struct compiler *compiler, struct term *term)
{
    if (term->subject == TERM_UPPER && !has_names(field_info(term->id)->kind)) {
        MISTAKE(compiler, "its values have no names; the kernel's value is '%.*s'",
                SPAN_ARG(field_info(term->id)->name));
        return;
    }
    check_matcher(compiler, term, term->matcher);
    if (term->subject != TERM_TYPE || !matcher_has(term->matcher, MATCH_RANGE, true))
        return;
    term->is_by_number = true;
    if (matcher_has(term->matcher, MATCH_RANGE, false))
        MISTAKE(compiler, "%s", "types by range and by name do not go together in one term");
}
