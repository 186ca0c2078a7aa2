#include "rules/twins.h"

#include <stdlib.h>

#include "base/buffer.h"
#include "rules/keys.h"
#include "rules/origin.h"
#include "tables/archs.h"

/* The rules that are somebody's twin: an arch and a key. */
struct twin {
    uint32_t arch;
    bool takes_all;   /* whatever the key */
    struct span keys; /* else absent */
};

static int compare_twins(const void *first, const void *second)
{
    const struct twin *a = first, *b = second;

    if (a->arch != b->arch)
        return a->arch < b->arch ? -1 : 1;
    if (a->takes_all != b->takes_all)
        return a->takes_all ? -1 : 1;
    return span_compare(a->keys, b->keys);
}

/* The arch a rule records the calls of; false when it records none, or those of any arch. */
static bool arch_of_rule(const struct rule *rule, uint32_t *arch)
{
    const struct rule_field *field = rule_find(rule, AUDIT_ARCH);

    if (field == NULL || rule->list != AUDIT_FILTER_EXIT || rule->action != AUDIT_ALWAYS ||
        field->op != AUDIT_EQUAL)
        return false;
    *arch = field->value;
    return true;
}

/* A rule of only an arch and perhaps a key records whatever its programs do. */
static bool takes_all(const struct rule *rule)
{
    return rule_has_all_calls(rule) && rule->field_count <= 1 + (rule_keys(rule).data != NULL);
}

static bool has_twin(const struct twin *twins, size_t count, uint32_t arch, struct span keys)
{
    struct twin same = { arch, false, keys }, all = { arch, true, { NULL, 0 } };

    return bsearch(&same, twins, count, sizeof same, compare_twins) != NULL ||
           bsearch(&all, twins, count, sizeof all, compare_twins) != NULL;
}

/* " without a key", " with the key 'a'", " with the keys 'a', 'b'". */
static void describe_keys(struct span keys, struct buffer *out)
{
    struct span key;
    size_t count = 0;

    if (keys.len == 0)
        buffer_append(out, SPAN(" without a key"));
    while (keys.len > 0 && keys_next(&keys, &key)) {
        bool are_several = keys.len > 0;

        if (count++ == 0)
            buffer_append(out, are_several ? SPAN(" with the keys ") : SPAN(" with the key "));
        buffer_printf(out, "'%.*s'%s", SPAN_ARG(key), are_several ? ", " : "");
    }
}

/* The name that a line for the host would have for the arch. */
static struct span name_of(uint32_t arch, uint32_t host)
{
    uint32_t narrow;

    return arch_of_bits(host, 32, &narrow) && narrow == arch ? SPAN("b32") : arch_name(arch);
}

static void note(const struct rule_item *item, struct span arch, struct mistakes *notes)
{
    struct buffer keys = { 0 };
    char place[RULE_ORIGIN_ROOM];

    describe_keys(rule_keys(item->rule), &keys);
    mistakes_add(notes, "%s: no rule%.*s is for %.*s: programs of 32 bits pass unseen",
                 rule_origin_text(item->origin, place), SPAN_ARG(buffer_span(&keys)),
                 SPAN_ARG(arch));
    buffer_free(&keys);
}

static size_t collect_twins(const struct rule_set *set, struct twin *twins)
{
    size_t count = 0;
    uint32_t arch;

    for (size_t i = 0; i < set->count; i++) {
        const struct rule *rule = set->items[i].rule;
        struct twin twin = { 0 };

        if (!arch_of_rule(rule, &arch))
            continue;
        twin.arch = arch;
        twin.takes_all = takes_all(rule);
        if (!twin.takes_all)
            twin.keys = rule_keys(rule);
        twins[count++] = twin;
    }
    qsort(twins, count, sizeof *twins, compare_twins);
    return count;
}

void rule_set_note_twins(const struct rule_set *set, uint32_t host, struct mistakes *notes)
{
    struct twin *twins = calloc(set->count + 1, sizeof *twins);
    struct span noted = { NULL, 0 };
    uint32_t noted_arch = 0;
    size_t count;

    if (twins == NULL)
        abort();
    count = collect_twins(set, twins);
    for (size_t i = 0; i < set->count; i++) {
        const struct rule_item *item = &set->items[i];
        struct span keys = rule_keys(item->rule);
        uint32_t arch, narrow;

        if (!arch_of_rule(item->rule, &arch) || !arch_of_bits(arch, 32, &narrow) ||
            narrow == arch || has_twin(twins, count, narrow, keys) ||
            (noted_arch == narrow && span_equal(noted, keys)))
            continue;
        note(item, name_of(narrow, host != 0 ? host : arch_of_host()), notes);
        noted = keys;
        noted_arch = narrow;
    }
    free(twins);
}
