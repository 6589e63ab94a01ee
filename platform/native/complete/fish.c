/* The script for fish. */
#include "complete/complete.h"

#include <stdio.h>

static void print_quoted(const char *text) {
    putchar('\'');
    complete_escaped(text, "\\", "\\'");
    putchar('\'');
}

static void print_value(struct value value) {
    switch (value.kind) {
    case VALUE_FREE:
        fputs(" -x", stdout);
        break;
    case VALUE_FILE:
        if (value.words == NULL) {
            fputs(" -r -F", stdout);
        } else {
            fputs(" -r -k -a '(__fish_complete_suffix", stdout);
            complete_each(value.words, " ", "");
            fputs(")'", stdout);
        }
        break;
    case VALUE_FOLDER:
        fputs(" -x -a '(__fish_complete_directories)'", stdout);
        break;
    case VALUE_WORDS:
        printf(" -x -a '%s'", value.words);
        break;
    }
}

/* Which commands take the option with this help. */
static unsigned commands_of(enum option_id option, const char *help) {
    unsigned commands = 0;
    for (size_t i = 0; i < command_count; i++) {
        unsigned bit = option_table()[option].commands & command_table[i].bit;
        commands |= bit != 0 && option_help(option, bit) == help ? bit : 0;
    }
    return commands;
}

static void print_option(const struct option_spec *option, unsigned commands, const char *help) {
    fputs("complete -c unmask", stdout);
    if (commands != CMD_ALL) {
        fputs(" -n '__fish_seen_subcommand_from", stdout);
        for (size_t i = 0; i < command_count; i++) {
            if ((commands & command_table[i].bit) != 0) {
                printf(" %s", command_table[i].name);
            }
        }
        putchar('\'');
    }
    if (option->letter != 0) {
        printf(" -s %c", option->letter);
    }
    printf(" -l %s -d ", option->name);
    print_quoted(help);
    if (option->kind != KIND_FLAG) {
        print_value(complete_option(option));
    }
    putchar('\n');
}

/* A line for all commands, or one for each text that the option has. */
static void print_texts(enum option_id option) {
    unsigned done = 0;
    for (size_t i = 0; i < command_count; i++) {
        unsigned bit = option_table()[option].commands & command_table[i].bit & ~done;
        if (bit != 0) {
            const char *help = option_help(option, bit);
            unsigned commands = commands_of(option, help);
            print_option(&option_table()[option], commands, help);
            done |= commands;
        }
    }
}

static void print_command(const struct command_spec *command) {
    printf("complete -c unmask -n __fish_use_subcommand -a %s -d ", command->name);
    print_quoted(command->summary);
    putchar('\n');
    if (command->operands[0] != '\0') {
        printf("complete -c unmask -n '__fish_seen_subcommand_from %s'", command->name);
        print_value(complete_operand(command));
        putchar('\n');
    }
}

void complete_fish(void) {
    puts("# fish completion of unmask, made by `unmask completion fish`\ncomplete -c unmask -f");
    for (size_t i = 0; i < command_count; i++) {
        print_command(&command_table[i]);
    }
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        print_texts((enum option_id)i);
    }
}
