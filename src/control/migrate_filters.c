/* migrate_filters.c - `filters`, lists of regular expressions, as one policy. */
#include <errno.h>
#include <stdlib.h>

#include "base/array.h"
#include "control/migrate_reader.h"
#include "policy/re2.h"
#include "tables/record_types.h"

enum { FILTERS_MOST = 10000 };

/* What one filter asks for. */
struct filter {
    const struct yaml *node;
    bool has_call, drops;
    int64_t call;
    struct span type; /* absent: the text of all records */
    struct span key;  /* absent: by call */
    struct span text; /* PCRE2's; empty: any */
};

struct filters {
    struct filter *items;
    size_t count;
    struct arena arena;
};

static bool is_by_key(const struct filter *filter)
{
    return filter->key.data != NULL;
}

static bool read_call(struct migration *migration, const struct section *section,
                      struct filter *filter)
{
    const struct yaml *node = section_find(migration, section, "syscall");

    if (node == NULL || (node->kind == YAML_TEXT && node->text.len == 0))
        return true;
    if (yaml_number(node, &filter->call) && filter->call >= 0 && filter->call <= INT32_MAX) {
        filter->has_call = true;
        return true;
    }
    migrate_mistake(migration, node, "filters: syscall: expected the number of a system call%s%s%s",
                    node->kind == YAML_TEXT ? ", found '" : "",
                    node->kind == YAML_TEXT ? node->text.data : "",
                    node->kind == YAML_TEXT ? "'" : "");
    return false;
}

/* False when the filter can never say anything, which is told, or is wrong. */
static bool read_type(struct migration *migration, const struct section *section,
                      struct filter *filter)
{
    int64_t type;

    if (!section_number(migration, section, "message_type", 0, UINT16_MAX, &type)) {
        if (section_find(migration, section, "message_type") != NULL)
            return false;
        if (!is_by_key(filter))
            migrate_mistake(migration, filter->node, "filters: message_type: is missing");
        return is_by_key(filter);
    }
    filter->type = record_type_name((uint16_t)type);
    if (type < migration->types_min || type > migration->types_max) {
        migrate_remark(migration, filter->node,
                       "left out: message_type %lld is not within events.min and events.max, so "
                       "no filter ever saw it",
                       (long long)type);
        return false;
    }
    if (filter->type.data == NULL)
        migrate_remark(migration, filter->node,
                       "left out: message_type %lld is none that the kernel has", (long long)type);
    else if (is_by_key(filter))
        migrate_remark(migration, filter->node,
                       "key and message_type: pauditd never looks at such a filter; here it acts, "
                       "on the text of these records");
    return filter->type.data != NULL;
}

static bool read_action(struct migration *migration, const struct section *section,
                        struct filter *filter)
{
    struct span action = SPAN("drop");

    filter->drops = true;
    if (migration->result->tool != MIGRATE_PAUDITD ||
        !section_text(migration, section, "action", &action))
        return true;
    filter->drops = span_equal(action, SPAN("drop"));
    if (filter->drops || span_equal(action, SPAN("keep")))
        return true;
    migrate_mistake(migration, section_find(migration, section, "action"),
                    "filters: action: expected drop or keep, found '%.*s'", SPAN_ARG(action));
    return false;
}

/* The expression as PCRE2 reads it. One that has no like keeps: the text is not asked then. */
static bool read_text(struct migration *migration, const struct section *section,
                      struct filter *filter, struct arena *arena)
{
    const struct yaml *node = section_find(migration, section, "regex");
    struct buffer text = { 0 };
    struct error err;

    if (node == NULL || node->kind != YAML_TEXT) {
        migrate_mistake(migration, node != NULL ? node : filter->node, "filters: regex: %s",
                        node != NULL ? "expected a text" : "is missing");
        return false;
    }

    int status = re2_translate(node->text, &text, &err);

    if (status == -EINVAL)
        migrate_mistake(migration, node, "filters: regex: %s", err.text);
    else if (status != 0 && filter->drops)
        migrate_remark(migration, node, "left out: regex: %s: has no like here", err.text);
    else if (status != 0)
        migrate_remark(migration, node,
                       "regex: %s: has no like here; so this keeps whatever the text", err.text);
    else if (memmem(node->text.data, node->text.len, "\\p", 2) != NULL ||
             memmem(node->text.data, node->text.len, "\\P", 2) != NULL)
        migrate_remark(migration, node, "regex: \\p and \\P test bytes here, not characters");
    if (status == 0)
        filter->text = arena_copy(arena, buffer_span(&text));
    buffer_free(&text);
    return status == 0 || (status == -ENOTSUP && !filter->drops);
}

static void read_filter(struct migration *migration, struct filters *filters,
                        const struct yaml *node)
{
    struct section section = { "filters", node };
    struct filter filter = { .node = node };
    bool is_good;

    if (node->kind != YAML_MAP) {
        migrate_mistake(migration, node, "filters: expected a mapping, found %s",
                        yaml_kind_name(node));
        return;
    }
    if (migration->result->tool == MIGRATE_PAUDITD)
        section_text(migration, &section, "key", &filter.key);
    is_good = read_action(migration, &section, &filter);
    is_good = read_call(migration, &section, &filter) && is_good;
    if (is_by_key(&filter) && filter.has_call)
        migrate_remark(migration, node, "syscall and key: here both must hold");
    is_good = read_type(migration, &section, &filter) && is_good;
    is_good = read_text(migration, &section, &filter, &filters->arena) && is_good;
    section_rest(migration, &section);
    if (!is_good)
        return;
    filters->items = array_grow(filters->items, filters->count, sizeof *filters->items);
    filters->items[filters->count++] = filter;
}

/* One line of a table of the policy. */
static void put_filter(struct migration *migration, const struct filter *filter)
{
    struct buffer *out = migration->out;

    buffer_printf(out, "  { line = %u, drops = %s", filter->node->line,
                  filter->drops ? "true" : "false");
    if (is_by_key(filter)) {
        buffer_append(out, SPAN(", key = "));
        lua_quote(out, filter->key);
    }
    if (filter->has_call)
        buffer_printf(out, ", call = %lld", (long long)filter->call);
    else if (!is_by_key(filter))
        buffer_append(out, SPAN(", call = false"));
    if (filter->type.data != NULL)
        buffer_printf(out, ", type = '%.*s'", SPAN_ARG(filter->type));
    if (filter->text.len > 0) {
        buffer_append(out, SPAN(",\n    text = regex "));
        lua_quote(out, filter->text);
    }
    buffer_append(out, SPAN(" },\n"));
}

/* What one filter wants, as a selector; the types of a call, or a key. */
static void put_wish(struct migration *migration, const struct filter *filter)
{
    struct buffer *out = migration->out;

    buffer_append(out, SPAN("    { "));
    if (!is_by_key(filter) && filter->has_call)
        buffer_printf(out, "syscall = %lld, ", (long long)filter->call);
    if (!is_by_key(filter))
        buffer_printf(out, "type = '%.*s' },\n", SPAN_ARG(filter->type));
    else if (span_equal(filter->key, SPAN("tty")))
        buffer_append(out, SPAN("type = 'TTY' },\n    { key = 'tty' },\n"));
    else if (span_equal(filter->key, SPAN("(null)")))
        buffer_append(out, SPAN("key = audit.match.not_(audit.match.present()) },\n"));
    else {
        buffer_append(out, SPAN("key = "));
        lua_quote(out, filter->key);
        buffer_append(out, SPAN(" },\n"));
    }
}

static bool is_same_wish(const struct filter *a, const struct filter *b)
{
    if (is_by_key(a) || is_by_key(b))
        return is_by_key(a) && is_by_key(b) && span_equal(a->key, b->key);
    return a->has_call == b->has_call && a->call == b->call && span_equal(a->type, b->type);
}

static void put_wishes(struct migration *migration, const struct filters *filters)
{
    enum { WISHES_MOST = 64 };
    size_t wishes[WISHES_MOST], count = 0;

    for (size_t i = 0; i < filters->count && count <= WISHES_MOST; i++) {
        size_t j = 0;

        while (j < count && !is_same_wish(&filters->items[wishes[j]], &filters->items[i]))
            j++;
        if (j < count)
            continue;
        if (count == WISHES_MOST)
            return; /* the policy then wants every event */
        wishes[count++] = i;
    }
    buffer_append(migration->out, SPAN("  on = {\n"));
    for (size_t i = 0; i < count; i++)
        put_wish(migration, &filters->items[wishes[i]]);
    buffer_append(migration->out, SPAN("  },\n"));
}

static void put_table(struct migration *migration, const struct filters *filters, bool by_key)
{
    buffer_printf(migration->out, "local %s = {\n", by_key ? "by_key" : "by_call");
    for (size_t i = 0; i < filters->count; i++)
        if (is_by_key(&filters->items[i]) == by_key)
            put_filter(migration, &filters->items[i]);
    buffer_append(migration->out, SPAN("}\n\n"));
}

static const char calls_text[] =
    "--- Whether the first filter that matches drops; nil when none does. A `call` of false is an "
    "event\n"
    "--- without a SYSCALL record.\n"
    "local function ask_calls(event)\n"
    "  local first = event:records('SYSCALL')[1]\n"
    "  local call = first and first.syscall or false\n"
    "  for _, record in ipairs(event:records()) do\n"
    "    for _, filter in ipairs(by_call) do\n"
    "      if filter.call == call and filter.type == record.type\n"
    "        and (not filter.text or filter.text(record.body)) then\n"
    "        return filter.drops\n"
    "      end\n"
    "    end\n"
    "  end\n"
    "end\n\n";

static const char keys_text[] =
    "--- A terminal's input has the key tty, an event without one (null).\n"
    "local function has_key(event, wanted)\n"
    "  local keys = event.keys\n"
    "  if wanted == '(null)' and #keys == 0 or wanted == 'tty' and event:records('TTY')[1] then\n"
    "    return true\n"
    "  end\n"
    "  for _, key in ipairs(keys) do\n"
    "    if key == wanted then\n"
    "      return true\n"
    "    end\n"
    "  end\n"
    "  return false\n"
    "end\n\n"
    "--- The texts of the records of one type, or of all, one behind the other.\n"
    "local function text_of(event, type)\n"
    "  local texts = {}\n"
    "  for place, record in ipairs(event:records(type)) do\n"
    "    texts[place] = record.body\n"
    "  end\n"
    "  return table.concat(texts), #texts > 0\n"
    "end\n\n"
    "--- Whether the first filter that matches drops; nil when none does.\n"
    "local function ask_keys(event)\n"
    "  local first = event:records('SYSCALL')[1]\n"
    "  for _, filter in ipairs(by_key) do\n"
    "    if has_key(event, filter.key)\n"
    "      and (not filter.call or first and first.syscall == filter.call) then\n"
    "      local text, is_there = text_of(event, filter.type)\n"
    "      if is_there and (not filter.text or filter.text(text)) then\n"
    "        return filter.drops\n"
    "      end\n"
    "    end\n"
    "  end\n"
    "end\n\n";

static bool has_class(const struct filters *filters, bool by_key)
{
    for (size_t i = 0; i < filters->count; i++)
        if (is_by_key(&filters->items[i]) == by_key)
            return true;
    return false;
}

static void put_policy(struct migration *migration, const struct filters *filters)
{
    bool by_call = has_class(filters, false), by_key = has_class(filters, true);
    struct buffer *out = migration->out;

    if (by_call) {
        put_table(migration, filters, false);
        buffer_append(out, SPAN(calls_text));
    }
    if (by_key) {
        put_table(migration, filters, true);
        buffer_append(out, SPAN(keys_text));
    }
    buffer_append(out, SPAN("return audit.policy {\n  name = 'filters',\n"));
    put_wishes(migration, filters);
    buffer_printf(out,
                  "\n  check = function(event)\n    if %s%s%s then\n      event:drop 'filters'\n"
                  "    end\n  end,\n}\n",
                  by_call ? "ask_calls(event)" : "", by_call && by_key ? " or " : "",
                  by_key ? "ask_keys(event)" : "");
}

void migrate_filters(struct migration *migration, const struct section *root, struct buffer *out)
{
    const struct yaml *list = section_find(migration, root, "filters");
    struct filters filters = { 0 };

    if (list == NULL)
        return;
    if (list->kind != YAML_LIST || list->count > FILTERS_MOST) {
        migrate_mistake(migration, list, "filters: expected a list of at most %d mappings",
                        FILTERS_MOST);
        return;
    }
    struct buffer remarks = { 0 }, *config = migration->out;

    arena_init(&filters.arena);
    migration->out = &remarks;
    for (size_t i = 0; i < list->count; i++)
        read_filter(migration, &filters, list->members[i].value);
    migration->out = filters.count > 0 ? out : config;
    if (filters.count > 0)
        buffer_printf(out,
                      "--- The filters of %s, in its order: `line` is where each stands there.\n"
                      "local audit = require 'audit'\n\nlocal regex = audit.match.regex\n\n",
                      migration->name);
    buffer_append(migration->out, buffer_span(&remarks));
    if (remarks.len > 0)
        buffer_byte(migration->out, '\n');
    if (filters.count > 0)
        put_policy(migration, &filters);
    buffer_free(&remarks);
    free(filters.items);
    arena_free(&filters.arena);
}
