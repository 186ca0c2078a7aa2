/*
 * reload.h - a new configuration in the place of the one that runs, or a sentence why not
 * (docs/architecture.md, "Reload").
 */
#pragma once

#include "control/pipeline.h"

/* Makes the configuration anew from what the command line says. Never NULL. */
typedef struct config *config_maker(void *context, struct mistakes *, struct mistakes *notes);

/*
 * Reads, compiles and checks everything beside what runs and swaps it in. On any mistake all stays
 * as it was and the sentences go to the log. Call between two records. True when it was swapped.
 */
bool reload(struct pipeline *, config_maker *, void *context, const struct log *);

/* Writes each sentence on a line of its own. */
void log_mistakes(const struct log *, enum log_level, const struct mistakes *);
