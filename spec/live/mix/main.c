/*
 * main.c - a seeded mix of audited system calls and messages.
 *
 *   mix SEED COUNT      does COUNT acts in /ram/mix/SEED, which it makes
 *
 * Under another name it is what exec runs, and does nothing.
 */
#define _GNU_SOURCE
#include "mix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct {
    uint32_t weight;
    act *act;
} acts[] = {
    { 340, act_exec },       { 230, act_open },  { 120, act_change_folder },
    { 90, act_address },     { 40, act_map },    { 40, act_user },
    { 30, act_permissions }, { 25, act_pair },   { 25, act_identity },
    { 15, act_send },        { 15, act_signal }, { 12, act_openat2 },
    { 10, act_queue },       { 8, act_ipc },     { 6, act_capabilities },
    { 5, act_seccomp },      { 4, act_mount },   { 4, act_module },
    { 4, act_bpf },          { 3, act_clock },   { 2, act_crash },
    { 2, act_promiscuous },
};

enum { ACTS = sizeof acts / sizeof acts[0] };

/* xorshift64 */
uint32_t draw(struct mix *mix, uint32_t limit)
{
    mix->state ^= mix->state << 13;
    mix->state ^= mix->state >> 7;
    mix->state ^= mix->state << 17;
    return (uint32_t)(mix->state >> 24) % limit;
}

const char *draw_path(struct mix *mix, char path[MIX_PATH])
{
    static const char *const names[] = {
        "ledger.txt",
        "settings.yaml",
        "two words.csv",
        "crème.md",
        "a\"quote",
        "two\nlines",
        "page.html",
        ".profile",
        "id_ed25519",
        "shadow",
        "日本",
        "core.7fX2",
        "bad\xff\xfeutf8",
        "tab\tbed.tsv",
        "x",
        "back\\slash",
        "名前 と 空白",
        "a-name-that-goes-on-for-long-enough-to-need-a-line-of-its-own",
    };
    const char *sub = draw(mix, 4) == 0 ? "sub/" : "";
    uint32_t name = draw(mix, sizeof names / sizeof names[0]);

    snprintf(path, MIX_PATH, "%s/%s%s%u", mix->folder, sub, names[name], draw(mix, 50));
    return path;
}

static void act_once(struct mix *mix)
{
    uint32_t total = 0;

    for (size_t i = 0; i < ACTS; i++)
        total += acts[i].weight;
    uint32_t place = draw(mix, total);
    size_t chosen = 0;
    while (place >= acts[chosen].weight)
        place -= acts[chosen++].weight;
    acts[chosen].act(mix);
}

/* Makes the folder of this seed, goes there, and takes a name of its own. */
static int enter(struct mix *mix, const char *seed)
{
    char comm[16];

    snprintf(mix->folder, sizeof mix->folder, "/ram/mix/%.32s%s", seed,
             draw(mix, 3) == 0 ? " with space" : "");
    snprintf(comm, sizeof comm, "mix %.4s", seed);
    prctl(PR_SET_NAME, comm);
    mkdir("/ram/mix", 0777);
    if (mkdir(mix->folder, 0777) != 0 || chdir(mix->folder) != 0)
        return -1;
    return mkdir("sub", 0777);
}

int main(int argc, char **argv)
{
    struct mix mix = { 0 };
    const char *name = strrchr(argv[0], '/');

    if (strcmp(name != NULL ? name + 1 : argv[0], "mix") != 0)
        return 0;
    if (argc != 3) {
        fprintf(stderr, "usage: mix SEED COUNT\n");
        return 2;
    }
    mix.state = 0x2545f4914f6cdd1dULL * (strtoull(argv[1], NULL, 10) + 1);
    if (enter(&mix, argv[1]) != 0) {
        perror("mix");
        return 1;
    }
    for (unsigned long count = strtoul(argv[2], NULL, 10); count > 0; count--)
        act_once(&mix);
    return 0;
}
