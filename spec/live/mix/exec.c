/*
 * exec.c - programs with arguments of every kind: quoted, hostile, empty, too many and too long.
 */
#define _GNU_SOURCE
#include "mix.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS = 400, LONG_ARGUMENT = 24000 };

static const char *const programs[] = {
    "ls",  "cat", "grep", "sed",   "bash", "python3", "curl",  "ssh",   "git",  "make",
    "tar", "ps",  "find", "xargs", "ip",   "crontab", "uname", "nginx", "java", "kubectl",
};

static const char *const words[] = {
    "-l",
    "--all",
    "/etc/hosts",
    "-n",
    "--",
    "--color=auto",
    "main",
    "10.0.0.1:8080",
    "*.log",
    "a b c",
    "it's",
    "\"quoted\"",
    "s/one/two/g",
    "{ print $1 }",
    "https://example.com/x?y=1&z=%20",
    "crème brûlée",
    "日本語",
    "tab\there",
    "line\nbreak",
    "\x1b[31mred\x1b[0m",
    "",
    "\xff\xfe\x80",
    "key=value",
    "$(date)",
    "a0=\"x\" a1=\"y\"",
    "msg=audit(1.000:1):",
    "\x1d",
    ";",
};

enum { WORDS = sizeof words / sizeof words[0], PLAIN_WORDS = 10 };

/* Draws how many arguments: mostly few, at times many, rarely so many that the kernel needs several
 * records. */
static uint32_t draw_count(struct mix *mix)
{
    uint32_t kind = draw(mix, 1000);

    if (kind < 900)
        return 1 + draw(mix, kind < 600 ? 4 : 12);
    return 12 + draw(mix, kind < 990 ? 30 : 300);
}

static void fill(struct mix *mix, char *text, size_t len)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz",
                      spaced[] = "words with spaces in them ";
    const char *pattern = draw(mix, 2) == 0 ? plain : spaced;

    for (size_t i = 0; i < len; i++)
        text[i] = pattern[i % (sizeof plain - 1)];
    text[len] = '\0';
}

static void run(const char *path, char *const arguments[])
{
    char *environment[] = { "PATH=/usr/bin", "HOME=/root", NULL };
    pid_t child = vfork();

    if (child == 0) {
        execve(path, arguments, environment);
        _exit(127);
    }
    if (child > 0)
        waitpid(child, NULL, 0);
}

void act_exec(struct mix *mix)
{
    char path[64], copies[ARGUMENTS][40], long_one[LONG_ARGUMENT];
    char *arguments[ARGUMENTS];
    const char *program = programs[draw(mix, sizeof programs / sizeof programs[0])];
    uint32_t vocabulary = draw(mix, 3) == 0 ? PLAIN_WORDS : WORDS;
    uint32_t count = draw_count(mix);

    snprintf(copies[0], sizeof copies[0], "%s", program);
    arguments[0] = copies[0];
    for (uint32_t i = 1; i <= count; i++) {
        snprintf(copies[i], sizeof copies[i], "%s", words[draw(mix, vocabulary)]);
        arguments[i] = copies[i];
    }
    if (draw(mix, 300) == 0) {
        fill(mix, long_one, 6000 + draw(mix, LONG_ARGUMENT - 6001));
        arguments[count] = long_one;
    }
    arguments[count + 1] = NULL;
    snprintf(path, sizeof path, "/ram/bin/%s", draw(mix, 40) == 0 ? "no such program" : program);
    run(path, arguments);
}
