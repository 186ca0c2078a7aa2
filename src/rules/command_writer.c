#include "rules/command_writer.h"

#include "rules/quote.h"

enum operand { OPERAND_NONE, OPERAND_NUMBER, OPERAND_TEXT };

static const struct form {
    const char *option;
    enum operand operand;
} forms[] = {
    [VERB_DELETE_ALL] = { "-D", OPERAND_NONE },
    [VERB_ENABLED] = { "-e", OPERAND_NUMBER },
    [VERB_FAILURE] = { "-f", OPERAND_NUMBER },
    [VERB_RATE_LIMIT] = { "-r", OPERAND_NUMBER },
    [VERB_BACKLOG_LIMIT] = { "-b", OPERAND_NUMBER },
    [VERB_BACKLOG_WAIT_TIME] = { "--backlog_wait_time", OPERAND_NUMBER },
    [VERB_LOGINUID_IMMUTABLE] = { "--loginuid-immutable", OPERAND_NONE },
    [VERB_CONTINUE] = { "-c", OPERAND_NONE },
    [VERB_IGNORE] = { "-i", OPERAND_NONE },
    [VERB_STATUS] = { "-s", OPERAND_NONE },
    [VERB_LIST] = { "-l", OPERAND_NONE },
    [VERB_READ_FILE] = { "-R", OPERAND_TEXT },
    [VERB_RESET_LOST] = { "--reset-lost", OPERAND_NONE },
    [VERB_RESET_WAIT_TIME_ACTUAL] = { "--reset_backlog_wait_time_actual", OPERAND_NONE },
    [VERB_SIGNAL] = { "--signal", OPERAND_TEXT },
    [VERB_EQUIVALENT] = { "-q", OPERAND_TEXT },
    [VERB_TRIM] = { "-t", OPERAND_NONE },
    [VERB_MESSAGE] = { "-m", OPERAND_TEXT },
};

static void put_form(const struct rule_command *command, struct buffer *out)
{
    const struct form *form = &forms[command->verb];
    bool is_listing = command->verb == VERB_STATUS || command->verb == VERB_LIST;

    buffer_append(out, span_of(form->option));
    if (is_listing && command->number != 0)
        buffer_append(out, SPAN(" -i"));
    if (form->operand == OPERAND_NUMBER) {
        buffer_byte(out, ' ');
        buffer_decimal(out, command->number);
    } else if (command->text.data != NULL) {
        buffer_append(out, form->operand == OPERAND_TEXT ? SPAN(" ") : SPAN(" -k "));
        quote_write(command->text, out);
    }
}

void rule_command_write(const struct rule_command *command, const struct rule_writing *writing,
                        struct buffer *out)
{
    switch (command->verb) {
    case VERB_ADD:
        rule_write(command->rule, writing, out);
        return;
    case VERB_PREPEND:
        rule_write_prepended(command->rule, writing, out);
        return;
    case VERB_DELETE:
        rule_write_deleted(command->rule, writing, out);
        return;
    default:
        put_form(command, out);
    }
}
