#include "base/own_program.h"

#include <stdio.h>
#include <unistd.h>

#include "base/span.h"

enum { PATH_ROOM = 4096 /* bytes */ };

/* What a process runs; empty when it cannot be told. */
static struct span program_of(const char *process, char room[PATH_ROOM])
{
    const struct span gone = SPAN(" (deleted)");
    char path[64];

    snprintf(path, sizeof path, "/proc/%s/exe", process);

    ssize_t len = readlink(path, room, PATH_ROOM);
    struct span program = { room, len > 0 ? (size_t)len : 0 };

    if (program.len > gone.len && span_equal(span_skip(program, program.len - gone.len), gone))
        program.len -= gone.len;
    return program;
}

bool is_own_program(uint32_t pid)
{
    char process[16], theirs[PATH_ROOM], ours[PATH_ROOM];

    snprintf(process, sizeof process, "%u", pid);

    struct span program = program_of(process, theirs);

    return program.len > 0 && span_equal(program, program_of("self", ours));
}
