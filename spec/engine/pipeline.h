/*
 * pipeline.h - lines of a log through cutter and assembler, as a replay has them.
 */
#pragma once

#include "event/event.h"

/*
 * Gives each event of the log in `text` to `sink`, in the order of completion. `end` is the byte
 * behind each record: newline, but for records that hold one.
 */
void pipeline_run(struct span text, char end, bool is_live, event_sink *sink, void *context);
