#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum {
    DRAW_EVERY_MS = 100,
    BAR_MOST = 40,   /* columns */
    WORDS_ROOM = 62, /* columns that the numbers take */
    LINE_ROOM = 256  /* bytes */
};

uint64_t progress_clock(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void progress_begin(struct progress *progress, bool is_wanted)
{
    *progress = (struct progress){ .is_shown = is_wanted && isatty(STDERR_FILENO) == 1,
                                   .began_ns = progress_clock() };
    progress->drawn_ns = progress->began_ns;
}

bool progress_is_due(const struct progress *progress)
{
    return progress->is_shown &&
           progress_clock() - progress->drawn_ns >= DRAW_EVERY_MS * (uint64_t)1000000;
}

static unsigned columns(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/* [######    ] in as many columns as the terminal leaves. */
static void write_bar(char *out, size_t room, double part)
{
    unsigned width = columns();
    unsigned bar = width > WORDS_ROOM + 10 ? width - WORDS_ROOM : 0;

    if (bar > BAR_MOST)
        bar = BAR_MOST;
    out[0] = '\0';
    if (bar == 0 || bar + 4 > room)
        return;

    unsigned filled = (unsigned)(part * bar);

    for (unsigned i = 0; i < bar; i++)
        out[1 + i] = i < filled ? '#' : ' ';
    out[0] = '[';
    out[bar + 1] = ']';
    out[bar + 2] = ' ';
    out[bar + 3] = '\0';
}

/* "3 s", "2:05", "1:02:03" */
static void write_duration(char *out, size_t room, uint64_t seconds)
{
    if (seconds < 60)
        snprintf(out, room, "%" PRIu64 " s", seconds);
    else if (seconds < 3600)
        snprintf(out, room, "%" PRIu64 ":%02" PRIu64, seconds / 60, seconds % 60);
    else
        snprintf(out, room, "%" PRIu64 ":%02" PRIu64 ":%02" PRIu64, seconds / 3600,
                 seconds / 60 % 60, seconds % 60);
}

void progress_draw(struct progress *progress, uint64_t done, uint64_t total, uint64_t events)
{
    char line[LINE_ROOM], bar[BAR_MOST + 8], left[32];
    uint64_t now = progress_clock();
    double seconds = (double)(now - progress->began_ns) / 1e9;
    double rate = seconds > 0 ? (double)done / seconds : 0;
    double part = total > 0 ? (double)done / (double)total : 0;

    if (!progress->is_shown)
        return;
    progress->drawn_ns = now;
    progress->is_drawn = true;
    if (part > 1)
        part = 1; /* the file grows while it is read */
    write_bar(bar, sizeof bar, part);
    write_duration(left, sizeof left,
                   rate > 0 && total > done ? (uint64_t)((double)(total - done) / rate) + 1 : 0);
    if (total > 0)
        snprintf(line, sizeof line,
                 "%s%3.0f %%  %.1f of %.1f MB  %.0f MB/s  %" PRIu64 " events  %s left", bar,
                 100 * part, (double)done / 1e6, (double)total / 1e6, rate / 1e6, events, left);
    else
        snprintf(line, sizeof line, "%.1f MB  %.0f MB/s  %" PRIu64 " events", (double)done / 1e6,
                 rate / 1e6, events);
    fprintf(stderr, "\r%.*s\033[K", (int)columns() - 1, line);
    fflush(stderr);
}

void progress_erase(struct progress *progress)
{
    if (!progress->is_drawn)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->is_drawn = false;
}
