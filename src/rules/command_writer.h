/*
 * command_writer.h - a command as the line that reads as it.
 */
#pragma once

#include "rules/command.h"
#include "rules/writer.h"

/* Appends the line without its end: a rule as rule_write has it, "-b 8192", "-D -k key". */
void rule_command_write(const struct rule_command *, const struct rule_writing *, struct buffer *);
