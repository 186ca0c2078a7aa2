/* migrate_outputs.c - output.stdout, .syslog, .file, .gelf and .http. */
#include "control/migrate_reader.h"

enum {
    PRIORITY_DEFAULT = 132,      /* local0.warning */
    PRIORITY_MOST = 23 << 3 | 7, /* local7.debug */
    MODE_MOST = 0777
};

static void put_text(struct migration *migration, const char *name, struct span text)
{
    buffer_printf(migration->out, "  %s = ", name);
    lua_quote(migration->out, text);
    buffer_append(migration->out, SPAN(",\n"));
}

/* An option whose value is a text as it stands. */
static void copy_text(struct migration *migration, const struct section *section,
                      const char *theirs, const char *ours)
{
    struct span text;

    if (section_text(migration, section, theirs, &text))
        put_text(migration, ours, text);
}

static void begin(struct migration *migration, const char *name, bool has_format)
{
    migration->indent = "  ";
    buffer_printf(migration->out, "output '%s' {\n  type = '%s',\n", name, name);
    if (has_format)
        buffer_printf(migration->out, "  format = '%s',\n",
                      migrate_tool_name(migration->result->tool));
}

static void end(struct migration *migration, const struct section *section)
{
    section_remark(migration, section, "attempts",
                   "after so many it ended itself; here an output tries until it succeeds, and "
                   "what waits is in `queue` (`retry = { attempts = ... }` would drop instead)");
    section_rest(migration, section);
    buffer_append(migration->out, SPAN("  default = true,\n}\n\n"));
    migration->indent = "";
}

static void put_stdout(struct migration *migration, const struct section *section)
{
    begin(migration, "stdout", true);
    end(migration, section);
}

static void put_priority(struct migration *migration, const struct section *section)
{
    static const char *const facilities[] = {
        "kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
        "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
        "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7",
    };
    static const char *const severities[] = { "emerg",   "alert",  "crit", "err",
                                              "warning", "notice", "info", "debug" };
    int64_t priority = PRIORITY_DEFAULT;

    section_number(migration, section, "priority", 0, PRIORITY_MOST, &priority);
    buffer_printf(migration->out, "  facility = '%s',\n  severity = '%s',\n",
                  facilities[priority >> 3], severities[priority & 7]);
}

static void put_syslog(struct migration *migration, const struct section *section)
{
    struct span network = { 0 }, address = { 0 };
    bool is_local, has_address = section_text(migration, section, "address", &address);

    section_text(migration, section, "network", &network);
    is_local = network.len == 0 || span_starts(network, SPAN("unix"));
    begin(migration, "syslog", true);
    put_text(migration, "network", is_local ? SPAN("unix") : network);
    if (has_address)
        put_text(migration, "address", address);
    if (!is_local && !has_address)
        migrate_mistake(migration, section->map, "output.syslog.address: %.*s needs HOST:PORT",
                        SPAN_ARG(network));
    buffer_append(migration->out, SPAN("  protocol = 'rfc3164',\n"));
    if (span_equal(network, SPAN("tcp")))
        buffer_append(migration->out, SPAN("  framing = 'newline',\n"));
    put_priority(migration, section);
    if (section_find(migration, section, "tag") != NULL)
        copy_text(migration, section, "tag", "tag");
    else
        put_text(migration, "tag", span_of(migrate_tool_name(migration->result->tool)));
    end(migration, section);
}

static void put_file(struct migration *migration, const struct section *section)
{
    const struct yaml *mode = section_find(migration, section, "mode");
    int64_t bits;
    struct span path;

    begin(migration, "file", true);
    if (!section_text(migration, section, "path", &path))
        migrate_mistake(migration, section->map, "output.file.path: is missing");
    else {
        if (*path.data != '/')
            migrate_remark(migration, section_find(migration, section, "path"),
                           "output.file.path: is seen from the folder of laudit.lua, not from "
                           "where laudit was started");
        put_text(migration, "path", path);
    }
    if (mode != NULL && (!yaml_number(mode, &bits) || bits < 0 || bits > MODE_MOST))
        migrate_mistake(migration, mode,
                        "output.file.mode: expected octal digits that begin with "
                        "0, such as 0600");
    else if (mode != NULL)
        buffer_printf(migration->out, "  mode = '%04o',\n", (unsigned)bits);
    copy_text(migration, section, "user", "owner");
    copy_text(migration, section, "group", "group");
    end(migration, section);
}

static void put_compression(struct migration *migration, const struct section *section)
{
    static const char *const names[] = { "gzip", "zlib", "none" };
    struct section compression =
        section_open(migration, section, "compression", "output.gelf.compression");
    int64_t type = 0;

    section_number(migration, &compression, "type", 0, 2, &type);
    buffer_printf(migration->out, "  compression = '%s',\n", names[type]);
    section_remark(migration, &compression, "level", "is zlib's own, 6");
    section_rest(migration, &compression);
}

static void put_gelf(struct migration *migration, const struct section *section)
{
    struct span network = SPAN("udp"), address;
    bool is_udp;

    section_text(migration, section, "network", &network);
    is_udp = !span_equal(network, SPAN("tcp"));
    begin(migration, "gelf", false);
    migrate_remark(migration, section->map,
                   "output.gelf: short_message was the whole line of JSON, the time that of "
                   "sending; here it is a sentence, the time the event's, and the fields are "
                   "_fields");
    put_text(migration, "network", network);
    if (section_text(migration, section, "address", &address))
        put_text(migration, "address", address);
    else
        migrate_mistake(migration, section->map, "output.gelf.address: is missing");
    if (is_udp)
        put_compression(migration, section);
    else
        section_remark(migration, section, "compression", "go-audit has none over TCP either");
    end(migration, section);
}

/* Ends what was written with one empty line. */
static void blank_line(struct buffer *out)
{
    while (span_ends(buffer_span(out), SPAN("\n")))
        out->len--;
    buffer_append(out, SPAN("\n\n"));
}

void migrate_outputs(struct migration *migration, const struct section *root)
{
    static const struct {
        const char *name, *full;
        void (*put)(struct migration *, const struct section *);
    } kinds[] = {
        { "stdout", "output.stdout", put_stdout }, { "syslog", "output.syslog", put_syslog },
        { "file", "output.file", put_file },       { "gelf", "output.gelf", put_gelf },
        { "http", "output.http", migrate_http },
    };
    struct section output = section_open(migration, root, "output", "output");
    unsigned count = 0;

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct section section = section_open(migration, &output, kinds[i].name, kinds[i].full);
        bool is_enabled = false;

        section_bool(migration, &section, "enabled", &is_enabled);
        if (is_enabled)
            kinds[i].put(migration, &section);
        else if (section.map != NULL)
            migrate_remark(migration, section.map, "%s: not enabled", kinds[i].full);
        count += is_enabled;
    }
    section_rest(migration, &output);
    if (count == 0)
        migrate_mistake(migration, output.map != NULL ? output.map : root->map,
                        "output: none is enabled");
    else if (count > 1)
        migrate_remark(migration, output.map,
                       "output: %s takes one at a time; here each event goes to all of them",
                       migrate_tool_name(migration->result->tool));
    blank_line(migration->out);
}
