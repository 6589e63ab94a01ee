/* The script for bash. It needs nothing but bash 4. */
#include "complete/complete.h"

#include <stdio.h>

/* readline breaks words at "=", so --option=value arrives as three of them. */
static const char start[] =
    "# bash completion of unmask, made by `unmask completion bash`\n"
    "_unmask_words() {\n"
    "    mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
    "}\n"
    "\n"
    "_unmask_files() {\n"
    "    local ending\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    mapfile -t COMPREPLY < <(\n"
    "        compgen -d -- \"$cur\"\n"
    "        for ending; do\n"
    "            compgen -f -X \"!$ending\" -- \"$cur\"\n"
    "        done\n"
    "    )\n"
    "}\n"
    "\n"
    "_unmask() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command= word\n"
    "    COMPREPLY=()\n"
    "    if [[ $cur == = ]]; then\n"
    "        cur=\n"
    "    elif [[ $before == = ]]; then\n"
    "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    for word in \"${COMP_WORDS[@]:1:COMP_CWORD - 1}\"; do\n"
    "        [[ $word == -* ]] || { command=$word && break; }\n"
    "    done\n";

static void print_value(struct value value) {
    switch (value.kind) {
    case VALUE_FREE:
        putchar(':');
        break;
    case VALUE_FILE:
        fputs("_unmask_files", stdout);
        complete_each(value.words != NULL ? value.words : " ", " '*", "'");
        break;
    case VALUE_FOLDER:
        fputs("_unmask_files", stdout);
        break;
    case VALUE_WORDS:
        printf("_unmask_words '%s'", value.words);
        break;
    }
}

static void print_arguments(void) {
    puts("    case $before in");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *option = &option_table()[i];
        if (option->kind == KIND_FLAG) {
            continue;
        }
        printf("    --%s", option->name);
        if (option->letter != 0) {
            printf(" | -%c", option->letter);
        }
        fputs(") ", stdout);
        print_value(complete_option(option));
        puts(" && return ;;");
    }
    puts("    esac");
}

static void print_options(unsigned commands) {
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if ((option_table()[i].commands & commands) == commands) {
            printf(" --%s", option_table()[i].name);
        }
    }
}

void complete_bash(void) {
    fputs(start, stdout);
    print_arguments();
    fputs("    case $command in\n    '') _unmask_words '", stdout);
    for (size_t i = 0; i < command_count; i++) {
        printf("%s ", command_table[i].name);
    }
    puts("--help --version' && return ;;\n    esac");
    puts("    case $command:$cur in");
    for (size_t i = 0; i < command_count; i++) {
        printf("    %s:-*) _unmask_words '", command_table[i].name);
        print_options(command_table[i].bit);
        puts("' ;;");
        if (command_table[i].operands[0] != '\0') {
            printf("    %s:*) ", command_table[i].name);
            print_value(complete_operand(&command_table[i]));
            puts(" ;;");
        }
    }
    puts("    esac\n}\ncomplete -F _unmask unmask");
}
