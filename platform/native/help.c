/* --help, made from the table of options. */
#include "args.h"

#include <stdio.h>
#include <string.h>

enum { HELP_COLUMN = 30, HELP_WIDTH = 96 };

/* Prints the words of a line from column `from` on; the cursor stands at column `at`. */
static void print_wrapped(const char *text, int at, int from) {
    while (*text != '\0' && *text != '\n') {
        int length = (int)strcspn(text, " \n");
        if (at > from && at + 1 + length > HELP_WIDTH) {
            printf("\n%*s", from, "");
            at = from;
        } else if (at > from) {
            putchar(' ');
            at++;
        }
        printf("%.*s", length, text);
        at += length;
        text += length + (text[length] == ' ');
    }
    putchar('\n');
}

/* A line that begins with a space is to be copied, so it is not wrapped. */
static void print_details(const char *text) {
    while (*text != '\0') {
        int length = (int)strcspn(text, "\n");
        if (*text == ' ') {
            printf("%.*s\n", length, text);
        } else {
            print_wrapped(text, 0, 0);
        }
        text += length + (text[length] == '\n');
    }
}

static void print_option(const struct option_spec *option, const char *help) {
    char left[64];
    if (option->letter != 0) {
        snprintf(left, sizeof left, "  -%c, --%s%s%s", option->letter, option->name,
                 option->argument != NULL ? " " : "",
                 option->argument != NULL ? option->argument : "");
    } else {
        snprintf(left, sizeof left, "      --%s%s%s", option->name,
                 option->argument != NULL ? " " : "",
                 option->argument != NULL ? option->argument : "");
    }
    if (strlen(left) >= HELP_COLUMN - 1) {
        printf("%s\n%*s", left, HELP_COLUMN, "");
    } else {
        printf("%-*s", HELP_COLUMN, left);
    }
    print_wrapped(help, HELP_COLUMN, HELP_COLUMN);
}

static void print_program(void) {
    puts("unmask generates pictures with masked generative transformers (MaskGIT).\n\n"
         "usage: unmask COMMAND [OPTION...]\n"
         "       unmask COMMAND --help        lists the options of a command\n");
    for (size_t i = 0; i < command_count; i++) {
        char left[32];
        snprintf(left, sizeof left, "  %s %s", command_table[i].name, command_table[i].operands);
        printf("%-20s%s\n", left, command_table[i].summary);
    }
    puts("\nexample: unmask generate -c \"grinning face\" --seed 7 -o face.png\n");
    print_wrapped(
        "exit codes: 0 success, 1 any error not listed here, 2 invalid command line or input, "
        "3 model missing, not supported, or its header or structure damaged, 4 no such device, "
        "5 out of memory, 6 device lost, 7 read or write error, 8 check failed (weights damaged, "
        "results wrong), 129 hangup signal (SIGHUP), 130 interrupted (SIGINT), 143 terminated "
        "(SIGTERM)",
        0, 0);
}

void args_help(const struct command_spec *command) {
    if (command == NULL) {
        print_program();
        return;
    }
    printf("usage: unmask %s [OPTION...]%s%s\n", command->name,
           command->operands[0] != '\0' ? " " : "", command->operands);
    printf("%c%s.\n", command->summary[0] - 'a' + 'A', command->summary + 1);
    if (command->details != NULL) {
        print_details(command->details);
    }
    puts("\noptions:");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if ((option_table()[i].commands & command->bit) != 0) {
            print_option(&option_table()[i], option_help((enum option_id)i, command->bit));
        }
    }
}
