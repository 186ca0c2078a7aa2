/*
 * output_help.h - laudit help output: the types of outputs and their options, from their tables.
 */
#pragma once

/*
 * Says on standard output what an output of that type may have; `type` NULL: the types, what all
 * of them have, and the formats. An exit status; an unknown type is said on standard error.
 */
int output_help(const char *type);
