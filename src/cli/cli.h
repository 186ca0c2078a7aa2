/*
 * cli.h - the command line: one file per subcommand.
 */
#pragma once

enum exit_status { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_DIFFERENT = 3 };

/* Runs the subcommand that argv[1] names; returns the process's exit status. */
int cli_main(int argc, char **argv);
