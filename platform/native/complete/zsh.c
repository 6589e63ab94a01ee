/* The script for zsh: as a file _unmask in $fpath, or sourced. */
#include "complete/complete.h"

#include <stdbool.h>
#include <stdio.h>

/* Colons end a field of an _arguments specification. */
static const char special[] = "[]:\\";

static void print_value(const char *name, struct value value) {
    putchar(':');
    complete_escaped(name, special, "'\\''");
    switch (value.kind) {
    case VALUE_FREE:
        fputs(": ", stdout);
        break;
    case VALUE_FILE:
        fputs(":_files", stdout);
        if (value.words != NULL) {
            fputs(" -g \"*(", stdout);
            complete_each(value.words, "|", "");
            fputs(")\"", stdout);
        }
        break;
    case VALUE_FOLDER:
        fputs(":_files -/", stdout);
        break;
    case VALUE_WORDS:
        printf(":(%s)", value.words);
        break;
    }
}

static void print_option(const struct option_spec *option, const char *help) {
    bool more = option == &option_table()[OPT_VERBOSE];
    bool takes = option->kind != KIND_FLAG;
    fputs(" \\\n            ", stdout);
    if (option->letter != 0) {
        if (more) {
            fputs("'*'", stdout);
        } else {
            printf("'(-%c --%s)'", option->letter, option->name);
        }
        printf("{-%c%s,--%s%s}'", option->letter, takes ? "+" : "", option->name, takes ? "=" : "");
    } else {
        printf("'--%s%s", option->name, takes ? "=" : "");
    }
    putchar('[');
    complete_escaped(help, special, "'\\''");
    putchar(']');
    if (takes) {
        print_value(option->argument, complete_option(option));
    }
    putchar('\'');
}

static void print_command(const struct command_spec *command) {
    printf("    %s)\n        _arguments -s -S", command->name);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if ((option_table()[i].commands & command->bit) != 0) {
            print_option(&option_table()[i], option_help((enum option_id)i, command->bit));
        }
    }
    if (command->operands[0] != '\0') {
        fputs(" \\\n            '1", stdout);
        print_value(command->operands, complete_operand(command));
        putchar('\'');
    }
    puts("\n        ;;");
}

void complete_zsh(void) {
    puts("#compdef unmask\n"
         "# zsh completion of unmask, made by `unmask completion zsh`\n"
         "_unmask() {\n"
         "    local -a commands=(");
    for (size_t i = 0; i < command_count; i++) {
        printf("        '%s:", command_table[i].name);
        complete_escaped(command_table[i].summary, "\\:", "'\\''");
        puts("'");
    }
    puts("    )\n"
         "    if ((CURRENT == 2)); then\n"
         "        if [[ $PREFIX == -* ]]; then\n"
         "            compadd -- --help --version\n"
         "        else\n"
         "            _describe command commands\n"
         "        fi\n"
         "        return\n"
         "    fi\n"
         "    shift words\n"
         "    ((CURRENT--))\n"
         "    case $words[1] in");
    for (size_t i = 0; i < command_count; i++) {
        print_command(&command_table[i]);
    }
    puts("    esac\n"
         "}\n"
         "\n"
         "if [[ $funcstack[1] == _unmask ]]; then\n"
         "    _unmask \"$@\"\n"
         "else\n"
         "    compdef _unmask unmask\n"
         "fi");
}
