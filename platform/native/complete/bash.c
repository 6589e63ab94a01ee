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
    "# The model that is named so far; the program knows its own otherwise.\n"
    "_unmask_model() {\n"
    "    local i\n"
    "    for ((i = 1; i + 1 < COMP_CWORD; i++)); do\n"
    "        case ${COMP_WORDS[i]} in\n"
    "        -m | --model)\n"
    "            [[ ${COMP_WORDS[i + 1]} != = ]] || ((i++))\n"
    "            printf '%s' \"${COMP_WORDS[i + 1]}\"\n"
    "            ;;\n"
    "        esac\n"
    "    done\n"
    "}\n"
    "\n"
    "_unmask_classes() {\n"
    "    local model name plain=${cur//\\\\/}\n"
    "    plain=${plain#[\\\"\\']}\n"
    "    model=$(_unmask_model)\n"
    "    while IFS= read -r name; do\n"
    "        [[ ${name,,} == \"${plain,,}\"* ]] || continue\n"
    "        [[ $cur == [\\\"\\']* ]] || printf -v name %q \"$name\"\n"
    "        COMPREPLY+=(\"$name\")\n"
    "    done < <(unmask info ${model:+\"$model\"} 2>/dev/null |\n"
    "        sed -n 's/^ *[0-9]\\{1,\\}  \\([^ ]*  \\)\\{0,1\\}//p')\n"
    "}\n"
    "\n"
    "_unmask_devices() {\n"
    "    _unmask_words \"$1 $(unmask devices 2>/dev/null | sed -n 's/^[* ] \\([0-9]*\\)  "
    ".*/\\1/p')\"\n"
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
    case VALUE_CLASS:
        fputs("_unmask_classes", stdout);
        break;
    case VALUE_DEVICE:
        printf("_unmask_devices '%s'", value.words);
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

static void print_viewer(void) {
    puts("\n_unmask_viewer() {\n"
         "    local cur=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
         "    COMPREPLY=()\n"
         "    if [[ $cur == = ]]; then\n"
         "        cur=\n"
         "    elif [[ $before == = ]]; then\n"
         "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
         "    fi\n"
         "    case $before in");
    for (size_t i = 0; i < viewer_option_count; i++) {
        const struct viewer_option *option = &viewer_options[i];
        if (option->argument) {
            printf("    --%s", option->name);
            if (option->letter != 0) {
                printf(" | -%c", option->letter);
            }
            fputs(") ", stdout);
            print_value(option->value);
            puts(" && return ;;");
        }
    }
    fputs("    esac\n    case $cur in\n    -*) _unmask_words '", stdout);
    for (size_t i = 0; i < viewer_option_count; i++) {
        printf("%s--%s", i > 0 ? " " : "", viewer_options[i].name);
    }
    puts("' ;;\n"
         "    *) _unmask_files '*.gguf' '*.png' '*.jpg' '*.jpeg' '*.webp' ;;\n"
         "    esac\n}\ncomplete -F _unmask_viewer unmask-viewer");
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
    print_viewer();
}
