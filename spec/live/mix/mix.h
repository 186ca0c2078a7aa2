/*
 * mix.h - what makes a log with every kind of record: acts, each of which makes a few audited
 * system calls.
 *
 * An act draws what it does from the seeded generator of its `struct mix`, so that the same seed
 * makes the same calls. Nothing an act does may hurt outside its own folder; most of what could is
 * refused on purpose.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct mix {
    uint64_t state; /* of the generator, never 0 */
    char folder[128];
};

enum { MIX_PATH = 512 };

typedef void act(struct mix *);

/* Draws a number below `limit`. */
uint32_t draw(struct mix *, uint32_t limit);

/* Draws the path of a file below the folder: names with spaces, quotes, newlines and UTF-8 among
 * them. */
const char *draw_path(struct mix *, char path[MIX_PATH]);

/* exec.c */
act act_exec;

/* files.c */
act act_open;
act act_openat2;
act act_change_folder;
act act_permissions;
act act_map;

/* net.c */
act act_address;
act act_send;
act act_promiscuous;
act act_pair;

/* process.c */
act act_signal;
act act_identity;
act act_capabilities;
act act_seccomp;
act act_crash;

/* kernel.c */
act act_mount;
act act_module;
act act_ipc;
act act_queue;
act act_bpf;
act act_clock;

/* user.c */
act act_user;
