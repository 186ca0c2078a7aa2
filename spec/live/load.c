/*
 * load.c - makes a known number of audited system calls, as fast as the kernel lets it.
 *
 *   load FOLDER PROCESSES KIND=COUNT...      KIND: open, exec, connect, rename
 *
 * Each of the PROCESSES makes COUNT calls of each KIND, one kind after the other in small turns.
 * All of them are on names below FOLDER, which is made. Under the name "target" it is what exec
 * runs, and does nothing.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KINDS = 4, TURN = 8 };

static void make_open(unsigned long i)
{
    char name[32];

    snprintf(name, sizeof name, "file%lu", i % 64);
    int fd = open(name, O_RDWR | O_CREAT, 0644);
    if (fd >= 0)
        close(fd);
}

static void make_exec(unsigned long i)
{
    char count[32];
    char *arguments[] = { "target", "--count", count, "it's", "two words", NULL };

    snprintf(count, sizeof count, "%lu", i);
    pid_t child = vfork();
    if (child == 0) {
        execv("./target", arguments);
        _exit(127);
    }
    waitpid(child, NULL, 0);
}

static void make_connect(unsigned long i)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)(1024 + i % 1024)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0)
        perror("load: connect");
    close(fd);
}

static void make_rename(unsigned long i)
{
    rename(i % 2 == 0 ? "here" : "there", i % 2 == 0 ? "there" : "here");
}

static const struct {
    const char *name;
    void (*make)(unsigned long);
} kinds[KINDS] = {
    { "open", make_open },
    { "exec", make_exec },
    { "connect", make_connect },
    { "rename", make_rename },
};

/* Makes all the calls of one process, taking turns so that kinds mix. */
static void make_calls(const unsigned long counts[KINDS])
{
    unsigned long made[KINDS] = { 0 };

    for (bool busy = true; busy;) {
        busy = false;
        for (int kind = 0; kind < KINDS; kind++) {
            for (int i = 0; i < TURN && made[kind] < counts[kind]; i++)
                kinds[kind].make(made[kind]++);
            busy = busy || made[kind] < counts[kind];
        }
    }
}

/* Makes FOLDER with what the calls need, and goes there; `self` becomes the target of exec. */
static int enter(const char *folder, const char *self)
{
    mkdir(folder, 0755);
    if (chdir(folder) != 0 || symlink(self, "target") != 0)
        return -1;
    int fd = open("here", O_WRONLY | O_CREAT, 0644);
    return fd < 0 ? -1 : close(fd);
}

static bool parse_count(const char *text, unsigned long counts[KINDS])
{
    for (int kind = 0; kind < KINDS; kind++) {
        size_t len = strlen(kinds[kind].name);
        if (strncmp(text, kinds[kind].name, len) == 0 && text[len] == '=') {
            counts[kind] = strtoul(text + len + 1, NULL, 10);
            return true;
        }
    }
    fprintf(stderr, "load: what is '%s'?\n", text);
    return false;
}

int main(int argc, char **argv)
{
    unsigned long counts[KINDS] = { 0 };
    char self[4096] = { 0 };

    if (strcmp(argv[0], "target") == 0)
        return 0;
    if (argc < 4) {
        fprintf(stderr, "usage: load FOLDER PROCESSES KIND=COUNT...\n");
        return 2;
    }
    for (int i = 3; i < argc; i++) {
        if (!parse_count(argv[i], counts))
            return 2;
    }
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        return 1;
    mkdir(argv[1], 0755);
    for (long process = strtol(argv[2], NULL, 10); process > 0; process--) {
        char folder[4096];

        if (fork() != 0)
            continue;
        snprintf(folder, sizeof folder, "%s/%ld", argv[1], process);
        if (enter(folder, self) != 0) {
            perror("load: cannot make its folder");
            _exit(1);
        }
        make_calls(counts);
        _exit(0);
    }
    int failed = 0;
    for (int status; wait(&status) > 0;)
        failed |= status != 0;
    return failed;
}
