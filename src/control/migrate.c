#include "control/migrate.h"

#include <stdio.h>
#include <strings.h>

#include "base/escape.h"
#include "control/migrate_reader.h"
#include "rules/import.h"
#include "rules/import_yaml.h"

/* What both tools let through unless they are told otherwise, and what there is at all. */
enum { TYPES_MIN = 1300, TYPES_MAX = 1399, TYPE_FIRST_OF_ALL = 1000, TYPE_LAST_OF_ALL = 2999 };

const char *migrate_file_name(enum migrate_file file)
{
    static const char *const names[] = { "laudit.lua", "policies/message_types.lua",
                                         "policies/filters.lua" };

    return names[file];
}

const char *migrate_tool_name(enum migrate_tool tool)
{
    return tool == MIGRATE_PAUDITD ? "pauditd" : "go-audit";
}

static bool has_member(const struct yaml *map, const char *name)
{
    for (size_t i = 0; map->kind == YAML_MAP && i < map->count; i++)
        if (strcasecmp(map->members[i].name->text.data, name) == 0)
            return true;
    return false;
}

/* What only pauditd has: a section, an output, or a word of a filter. */
static enum migrate_tool tool_of(const struct yaml *root, const char *name)
{
    if (has_member(root, "metrics") || has_member(root, "parser") ||
        strstr(name, "pauditd") != NULL)
        return MIGRATE_PAUDITD;
    for (size_t i = 0; i < root->count; i++) {
        const struct yaml *value = root->members[i].value;

        if (has_member(value, "http"))
            return MIGRATE_PAUDITD;
        for (size_t j = 0; value->kind == YAML_LIST && j < value->count; j++)
            if (has_member(value->members[j].value, "action") ||
                has_member(value->members[j].value, "key"))
                return MIGRATE_PAUDITD;
    }
    return MIGRATE_GO_AUDIT;
}

static void put_kernel(struct migration *migration, const struct section *root, const char *failure)
{
    struct section socket = section_open(migration, root, "socket_buffer", "socket_buffer");
    int64_t receive = 0;
    bool has_receive = section_number(migration, &socket, "receive", 1, 1 << 30, &receive);

    section_rest(migration, &socket);
    if (has_receive && receive < 1 << 20)
        migrate_remark(migration, socket.map,
                       "socket_buffer.receive: without this line the buffer is 16 MiB, which "
                       "few bursts fill; net.core.rmem_max does not bound it");
    if (!has_receive && failure == NULL)
        return;
    buffer_append(migration->out, SPAN("kernel {\n"));
    if (has_receive)
        buffer_printf(migration->out, "  receive_buffer = %lld,\n", (long long)receive);
    if (failure != NULL)
        buffer_printf(migration->out, "  failure = '%s',\n", failure);
    buffer_append(migration->out, SPAN("}\n\n"));
}

/* The rules as lines; what -f sets goes to *failure, for `kernel`. */
static void write_rules(struct rule_commands *commands, struct buffer *lines, const char **failure)
{
    static const char *const failures[] = { "silent", "printk", "panic" };
    struct rule_writing writing = { .marks_directories = true };
    size_t kept = 0;

    for (size_t i = 0; i < commands->count; i++) {
        const struct rule_command *command = &commands->items[i];

        if (command->verb == VERB_FAILURE)
            *failure = failures[command->number];
        else if (i > 0 || command->verb != VERB_DELETE_ALL)
            commands->items[kept++] = *command;
    }
    commands->count = kept;
    rules_import_write(commands, &writing, lines);
}

static void read_rules(struct migration *migration, const struct section *root,
                       const struct rule_world *world, struct buffer *lines, const char **failure)
{
    struct rule_commands commands;

    if (section_find(migration, root, "rules") == NULL)
        return;
    rule_commands_init(&commands);
    for (size_t i = 0; i < root->map->count; i++) {
        if (strcasecmp(root->map->members[i].name->text.data, "rules") == 0) {
            rules_import_list(&commands, &root->map->members[i], migration->path, world,
                              migration->mistakes, migration->notes);
            break;
        }
    }
    write_rules(&commands, lines, failure);
    rule_commands_free(&commands);
}

static void put_rules(struct migration *migration, const struct yaml *root,
                      const struct buffer *lines)
{
    if (lines->len == 0) {
        migrate_remark(migration, root,
                       "rules: none, and so the kernel's rules are left as they are; %s does not "
                       "start without",
                       migrate_tool_name(migration->result->tool));
        buffer_byte(migration->out, '\n');
        return;
    }
    buffer_append(migration->out, SPAN("rules "));
    lua_quote_lines(migration->out, buffer_span(lines));
    buffer_append(migration->out, SPAN("\n\n"));
}

static void read_types(struct migration *migration, const struct section *root)
{
    struct section events = section_open(migration, root, "events", "events");

    migration->types_min = TYPES_MIN;
    migration->types_max = TYPES_MAX;
    section_number(migration, &events, "min", 0, UINT16_MAX, &migration->types_min);
    section_number(migration, &events, "max", 0, UINT16_MAX, &migration->types_max);
    section_rest(migration, &events);
    if (migration->types_min > migration->types_max)
        migrate_mistake(migration, events.map, "events: min is more than max");
}

/* A policy that lets through what events.min and events.max let through. */
static void write_types(struct migration *migration)
{
    struct buffer *out = &migration->result->files[MIGRATE_TYPES];
    long long min = migration->types_min, max = migration->types_max;

    if (min <= TYPE_FIRST_OF_ALL && max >= TYPE_LAST_OF_ALL)
        return;
    buffer_printf(out,
                  "--- Drops events none of whose records has a type from %lld to %lld, as "
                  "events.min and\n--- events.max of %s say.\n",
                  min, max, migration->name);
    buffer_printf(out,
                  "-- An event with one such record keeps all of its records; %s left the others "
                  "out.\n-- 1200 to 1299 are what laudit says of itself: records lost, rules "
                  "changed by others.\n"
                  "local audit = require 'audit'\n\n"
                  "local range = audit.match.range\n\n"
                  "return audit.policy {\n"
                  "  name = 'message-types',\n"
                  "  on = { type = audit.match.not_(range(%lld, %lld), range(1200, 1299)) },\n\n"
                  "  check = function(event)\n"
                  "    event:drop 'message-types'\n"
                  "  end,\n"
                  "}\n",
                  migrate_tool_name(migration->result->tool), min, max);
}

static void put_policies(struct migration *migration)
{
    bool has_any = false;

    for (int i = MIGRATE_TYPES; i < MIGRATE_FILES; i++) {
        if (migration->result->files[i].len == 0)
            continue;
        buffer_printf(migration->out, "policies '%s'\n", migrate_file_name((enum migrate_file)i));
        has_any = true;
    }
    if (has_any)
        buffer_byte(migration->out, '\n');
}

static void put_metrics(struct migration *migration, const struct section *root)
{
    struct section metrics = section_open(migration, root, "metrics", "metrics");
    struct span address = SPAN(":8125");
    bool is_enabled = false;

    section_bool(migration, &metrics, "enabled", &is_enabled);
    section_text(migration, &metrics, "address", &address);
    section_remark(migration, &metrics, "sample_rate",
                   "nothing is sampled: counters are added up and told every 10 s (interval)");
    section_rest(migration, &metrics);
    if (metrics.map != NULL && !is_enabled)
        migrate_remark(migration, metrics.map, "metrics: not enabled");
    if (!is_enabled)
        return;
    buffer_append(migration->out, SPAN("metrics {\n  statsd = "));

    struct buffer host = { 0 };

    if (*address.data == ':')
        buffer_append(&host, SPAN("127.0.0.1"));
    buffer_append(&host, address);
    lua_quote(migration->out, buffer_span(&host));
    buffer_free(&host);
    buffer_append(migration->out, SPAN(",\n  prefix = 'pauditd.{host}.',\n}\n\n"));
}

/* A comment for each option of a section that has no counterpart. */
static void remark_all(struct migration *migration, const struct section *section,
                       const char *sentence)
{
    for (size_t i = 0; section->map != NULL && i < section->map->count; i++)
        section_remark(migration, section, section->map->members[i].name->text.data, sentence);
}

static void remark_extras(struct migration *migration, const struct section *root)
{
    struct section extras = section_open(migration, root, "extras", "extras");
    struct section cgroups = section_open(migration, &extras, "cgroups", "extras.cgroups");
    struct section containers = section_open(migration, &extras, "containers", "extras.containers");

    remark_all(migration, &cgroups, "events do not carry the cgroup of their process");
    remark_all(migration, &containers, "events do not carry the container of their process");
    section_rest(migration, &extras);
}

/* What laudit does by itself, or not at all. */
static void remark_rest(struct migration *migration, const struct section *root)
{
    struct section tracking = section_open(migration, root, "message_tracking", "message_tracking");
    struct section log = section_open(migration, root, "log", "log");
    struct section parser = section_open(migration, root, "parser", "parser");

    section_remark(migration, &tracking, "enabled",
                   "gaps in the serials are always counted, in the ledger (serial gaps)");
    section_remark(migration, &tracking, "log_out_of_order",
                   "the ledger counts late records, the log does not name each");
    section_remark(migration, &tracking, "max_out_of_order",
                   "a gap counts at once, and what comes late is given back to it");
    section_remark(migration, &log, "flags", "lines of laudit's log have no such choice");
    section_remark(migration, &parser, "enable_uid_caching",
                   "names are always cached, and read again when the passwd file changes");
    section_remark(migration, &parser, "password_file_path",
                   "/etc/passwd is read; other sources of names are asked through the host's NSS");
    remark_extras(migration, root);
    section_remark(migration, root, "canary", "nobody ever read it");
    section_rest(migration, &tracking);
    section_rest(migration, &log);
    section_rest(migration, &parser);
    section_rest(migration, root);
}

/* All parts. The policies come first, for the configuration names those that there are. */
static void write_all(struct migration *migration, const struct section *root,
                      const struct rule_world *world)
{
    struct buffer *config = &migration->result->files[MIGRATE_CONFIG], lines = { 0 };
    const char *failure = NULL;

    migration->out = config;
    buffer_printf(config, "-- %s, the configuration of %s, in laudit's words.\n\n", migration->name,
                  migrate_tool_name(migration->result->tool));
    read_rules(migration, root, world, &lines, &failure);
    read_types(migration, root);
    write_types(migration);
    migrate_filters(migration, root, &migration->result->files[MIGRATE_FILTERS]);
    migration->out = config;
    put_kernel(migration, root, failure);
    put_rules(migration, root->map, &lines);
    put_policies(migration);
    migrate_outputs(migration, root);
    put_metrics(migration, root);
    remark_rest(migration, root);
    while (config->len > 1 && config->data[config->len - 2] == '\n')
        config->len--;
    buffer_free(&lines);
}

static void set_name(struct migration *migration)
{
    const char *slash = strrchr(migration->path, '/');
    const char *name = slash != NULL ? slash + 1 : migration->path;

    escape_text(migration->name, sizeof migration->name,
                strcmp(name, "-") == 0 ? SPAN("standard input") : span_of(name));
}

void migrate(struct migrated *migrated, struct span text, const char *path, enum migrate_tool tool,
             const struct rule_world *world, struct mistakes *mistakes, struct mistakes *notes)
{
    struct migration migration = {
        .result = migrated, .path = path, .indent = "", .mistakes = mistakes, .notes = notes
    };
    struct yaml_document document;
    struct error err;

    set_name(&migration);
    if (yaml_read(&document, text, path, &err) != 0) {
        mistakes_add(mistakes, "%s", err.text);
    } else if (document.root == NULL || document.root->kind != YAML_MAP) {
        mistakes_add(mistakes, "%s:1:1: expected a mapping with options", path);
    } else {
        struct section root = { "", document.root };

        migrated->tool = tool != MIGRATE_BY_CONTENT ? tool : tool_of(document.root, migration.name);
        write_all(&migration, &root, world);
    }
    yaml_free(&document);
}

void migrated_free(struct migrated *migrated)
{
    for (int i = 0; i < MIGRATE_FILES; i++)
        buffer_free(&migrated->files[i]);
}
