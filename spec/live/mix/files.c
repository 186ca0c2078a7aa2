/*
 * files.c - files opened, made, renamed, linked, removed, mapped; modes and owners changed.
 */
#define _GNU_SOURCE
#include "mix.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static void close_if_open(int fd)
{
    if (fd >= 0)
        close(fd);
}

void act_open(struct mix *mix)
{
    char path[MIX_PATH];
    uint32_t kind = draw(mix, 10);

    if (kind < 4)
        close_if_open(open(draw_path(mix, path), O_RDONLY));
    else if (kind < 8)
        close_if_open(open(draw_path(mix, path), O_RDWR | O_CREAT, 0644));
    else
        close_if_open(open(kind == 8 ? "/etc/shadow" : "/etc/passwd", O_RDONLY | O_CLOEXEC));
}

void act_openat2(struct mix *mix)
{
    char path[MIX_PATH];
    struct open_how how = {
        .flags = O_RDWR | O_CREAT,
        .mode = 0600,
        .resolve = draw(mix, 2) == 0 ? RESOLVE_NO_SYMLINKS : RESOLVE_IN_ROOT,
    };

    close_if_open((int)syscall(SYS_openat2, AT_FDCWD, draw_path(mix, path), &how, sizeof how));
}

void act_change_folder(struct mix *mix)
{
    char from[MIX_PATH], to[MIX_PATH], folder[32];

    draw_path(mix, from);
    draw_path(mix, to);
    snprintf(folder, sizeof folder, "folder%u", draw(mix, 20));
    switch (draw(mix, 7)) {
    case 0:
        unlink(from);
        break;
    case 1:
        rename(from, to);
        break;
    case 2:
        renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
        break;
    case 3:
        (void)!link(from, to);
        break;
    case 4:
        (void)!symlink(from, to);
        break;
    case 5:
        mkdir(folder, 0755);
        break;
    default:
        rmdir(folder);
    }
}

void act_permissions(struct mix *mix)
{
    char path[MIX_PATH];

    draw_path(mix, path);
    if (draw(mix, 2) == 0)
        chmod(path, (draw(mix, 8) << 9) | 0600 | draw(mix, 64));
    else if (draw(mix, 2) == 0)
        (void)!chown(path, draw(mix, 3) * 1000, 0);
    else
        (void)!fchownat(AT_FDCWD, path, 0, 0, AT_SYMLINK_NOFOLLOW);
}

void act_map(struct mix *mix)
{
    int fd = open("/etc/passwd", O_RDONLY);
    int protection = draw(mix, 2) == 0 ? PROT_READ | PROT_EXEC : PROT_EXEC;
    void *address = mmap(NULL, 4096, protection, MAP_PRIVATE, fd, 0);

    if (address != MAP_FAILED)
        munmap(address, 4096);
    close_if_open(fd);
}
