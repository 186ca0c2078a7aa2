#include "output/program_talk.h"

#include <inttypes.h>

#include "base/escape.h"

static void say_left_out(struct program_talk *talk)
{
    if (talk->left_out > 0)
        log_write(talk->log, LOG_LEVEL_WARNING,
                  "output '%.*s': %" PRIu64 " more lines of its program are left out",
                  SPAN_ARG(talk->name), talk->left_out);
    talk->left_out = 0;
}

static void end_line(struct program_talk *talk)
{
    char shown[4 * TALK_LINE + 1];

    if (talk->len > 0 && talk->said < TALK_LINES) {
        escape_text(shown, sizeof shown, (struct span){ talk->line, talk->len });
        log_write(talk->log, LOG_LEVEL_INFO, "output '%.*s': its program says: %s%s",
                  SPAN_ARG(talk->name), shown, talk->is_cut ? " ..." : "");
        talk->said++;
    } else if (talk->len > 0) {
        talk->left_out++;
    }
    talk->len = 0;
    talk->is_cut = false;
}

void program_talk_take(struct program_talk *talk, struct span bytes, uint64_t now_s)
{
    if (now_s - talk->since_s >= TALK_SPAN_S) {
        say_left_out(talk);
        talk->since_s = now_s;
        talk->said = 0;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        if (bytes.data[i] == '\n')
            end_line(talk);
        else if (talk->len < TALK_LINE)
            talk->line[talk->len++] = bytes.data[i];
        else
            talk->is_cut = true;
    }
}

void program_talk_end(struct program_talk *talk)
{
    end_line(talk);
    say_left_out(talk);
}
