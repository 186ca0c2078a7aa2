/*
 * pipeline.h - lines of a log through cutter and assembler, as a replay has them.
 */
#pragma once

#include "event/event.h"

/* Gives each event of the log in `text` to `sink`, in the order of completion. */
void pipeline_run(struct span text, bool is_live, event_sink *sink, void *context);
