/* rules_compile.c - laudit rules compile, decode: between what people and what the kernel says. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/rules.h"
#include "cli/rules_output.h"
#include "control/config.h"
#include "rules/merge.h"
#include "rules/origin.h"
#include "rules/wire.h"

static const struct flag flags[] = {
    { 'c', "config", "FILE",
      "The configuration whose rules are meant when no FILE is\n"
      "given (default: " CONFIG_DEFAULT_PATH ")." },
    { 'a', "arch", "ARCH",
      "The architecture of the host that the rules are for\n"
      "(default: this one): x86_64, aarch64, s390x, ... For\n"
      "another than this host's no path is looked up: a\n"
      "directory is '-w /srv/', with a slash at its end." },
    { 'n', "narrow-perm", NULL,
      "A rule with arch and perm but no -S asks for the calls\n"
      "that perm can match, as audit 4.x makes it. No other\n"
      "command has this: load what is written." },
    { 'f', "format", "FORMAT", "text (default), hex or json." },
    { 'h', "help", NULL, "Say this." },
    { 0, NULL, NULL, NULL },
};

static int run_compile(int argc, char **argv)
{
    struct rules_request request;
    struct rulebook book;
    int status = rules_request_parse(&request, &rules_compile, argv);

    (void)argc;
    if (status != EXIT_DONE || request.is_help)
        return status;
    rulebook_init(&book);
    status = rules_request_read(&request, RULE_FEATURES_ALL, 0, &book);
    if (status == EXIT_DONE)
        rules_write(&request, &book.set);
    if (status == EXIT_DONE && book.left_out > 0)
        status = EXIT_FAILED; /* -c */
    rulebook_free(&book);
    return status;
}

const struct command rules_compile = {
    .name = "rules compile",
    .summary = "Read rules, say every mistake, and write them as the kernel takes them.",
    .usage = "laudit rules compile [OPTION...] [FILE...]",
    .text =
        "A FILE holds rules as auditctl(8) reads them, or JSON, or is a folder, whose files\n"
        "*.rules are merged as augenrules(8) does; - is standard input. All that is said counts\n"
        "as one text: what a later line deletes is not written. text is what auditctl -l would\n"
        "print, between the settings (-b -f -r ... first, -e last); hex the payload of\n"
        "AUDIT_ADD_RULE, a line for each rule, which has no place for settings: a note names\n"
        "them. No kernel is asked. With a mistake nothing is written, and the exit status is 1.\n",
    .flags = flags,
    .run = run_compile,
};

static int digit(char byte)
{
    static const char digits[] = "0123456789abcdef";
    const char *found = byte != '\0' ? strchr(digits, byte | 0x20) : NULL;

    return found != NULL ? (int)(found - digits) : -1;
}

/* The bytes of a line of hex; false when it is something else. */
static bool unhex(struct span line, struct buffer *out)
{
    if (line.len % 2 != 0)
        return false;
    for (size_t i = 0; i < line.len; i += 2) {
        int high = digit(line.data[i]), low = digit(line.data[i + 1]);

        if (high < 0 || low < 0)
            return false;
        buffer_byte(out, (char)(high << 4 | low));
    }
    return true;
}

/* Adds the rule of a line that is not empty; the set borrows from `arena`. */
static void decode_line(struct span text, struct rule_origin origin, struct rule_set *set,
                        struct arena *arena, struct mistakes *mistakes)
{
    struct buffer payload = { 0 };
    struct rule rule;
    char place[RULE_ORIGIN_ROOM];

    rule_origin_text(origin, place);
    if (!unhex(text, &payload))
        mistakes_add(mistakes, "%s: no line of hex digits", place);
    else if (rule_decode(arena_copy(arena, buffer_span(&payload)), &rule) != 0)
        mistakes_add(mistakes, "%s: no rule: too short, or shorter than it says", place);
    else
        rule_set_append(set, rule_keep(arena, &rule), origin);
    buffer_free(&payload);
}

static void decode_lines(struct rule_lines *lines, struct rule_set *set, struct mistakes *mistakes)
{
    for (size_t i = 0; i < lines->count; i++) {
        struct span text = lines->items[i].text;
        struct rule_origin origin = lines->items[i].origin;
        char place[RULE_ORIGIN_ROOM];

        while (text.len > 0 && (text.data[text.len - 1] == '\r' || text.data[text.len - 1] == ' '))
            text.len--;
        if (text.len == 0)
            continue;
        if (set->count == RULE_SET_MOST) {
            mistakes_add(mistakes, "%s: more than %d rules", rule_origin_text(origin, place),
                         RULE_SET_MOST);
            return;
        }
        decode_line(text, origin, set, &lines->arena, mistakes);
    }
}

static int decode(const struct rules_request *request)
{
    static const char *const standard[] = { "-" };
    bool has_files = request->path_count > 0;
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct rule_lines lines = { 0 };
    struct rule_set set = { 0 };
    struct error err;

    for (size_t i = 0; i < (has_files ? request->path_count : 1); i++)
        if (rule_lines_add_file(&lines, has_files ? request->paths[i] : standard[i], 0, &err) != 0)
            mistakes_add(&mistakes, "%s", err.text);
    decode_lines(&lines, &set, &mistakes);
    rules_write(request, &set);
    rule_set_free(&set);
    rule_lines_free(&lines);
    return rules_say(&mistakes, &notes);
}

static int run_decode(int argc, char **argv)
{
    struct rules_request request;
    int status = rules_request_parse(&request, &rules_decode, argv);

    (void)argc;
    if (status != EXIT_DONE || request.is_help)
        return status;
    return decode(&request);
}

static const struct flag decode_flags[] = {
    { 'a', "arch", "ARCH",
      "The architecture of the host that the rules are for\n"
      "(default: this one): what b64 and b32 stand for.\n"
      "For another a watched directory has a slash at its end." },
    { 'f', "format", "FORMAT", "text (default), hex or json." },
    { 'i', "interpret", NULL, "Names for numbers, as auditctl -l -i." },
    { 'h', "help", NULL, "Say this." },
    { 0, NULL, NULL, NULL },
};

const struct command rules_decode = {
    .name = "rules decode",
    .summary = "Say what the bytes of rules mean.",
    .usage = "laudit rules decode [OPTION...] [FILE...]",
    .text =
        "Reads what 'compile --format hex' writes, a struct audit_rule_data on each line, from\n"
        "FILEs or standard input. Lines that are none are said on standard error, all others\n"
        "are written; then the exit status is 1. A note tells of each rule that its line does\n"
        "not say: the kernel may hold what the language cannot.\n",
    .flags = decode_flags,
    .run = run_decode,
};
