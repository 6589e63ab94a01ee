/* The parser of command lines. */
#include "args.h"

#include "common/report.h"
#include "common/suggest.h"
#include "common/utf8.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool known_to(const struct args *args, const struct option_spec *option) {
    unsigned commands = args->command != NULL ? args->command->bit : 0;
    return (option->commands & commands) != 0 || option == &option_table()[OPT_HELP] ||
           option == &option_table()[OPT_VERSION];
}

static const char *see(const struct args *args) {
    return args->command != NULL ? args->command->name : "";
}

static int unknown_option(const struct args *args, const char *name, size_t length) {
    struct suggestion best;
    suggest_start(&best, name, length);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (known_to(args, &option_table()[i])) {
            suggest_offer(&best, option_table()[i].name);
        }
    }
    if (best.found != NULL) {
        return fail(EXIT_USAGE, "unknown option --%.*s; did you mean --%s?", (int)length, name,
                    best.found);
    }
    return fail(EXIT_USAGE, "unknown option --%.*s; see unmask %s%s--help", (int)length, name,
                see(args), args->command != NULL ? " " : "");
}

int args_unknown_command(const char *name) {
    struct suggestion best;
    suggest_start(&best, name, strlen(name));
    for (size_t i = 0; i < command_count; i++) {
        suggest_offer(&best, command_table[i].name);
    }
    if (best.found != NULL) {
        return fail(EXIT_USAGE, "unknown command '%s'; did you mean '%s'?", name, best.found);
    }
    return fail(EXIT_USAGE, "unknown command '%s'; see unmask --help", name);
}

static int set_whole(struct args *args, const struct option_spec *option, const char *text) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    bool digits = text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
    if (!digits || errno != 0 || value < option->least || value > option->most) {
        return fail(EXIT_USAGE, "--%s: '%s' is not a whole number from %llu to %llu", option->name,
                    text, (unsigned long long)option->least, (unsigned long long)option->most);
    }
    args->whole[option == &option_table()[OPT_PER_CLASS] ? OPT_COUNT : option - option_table()] =
        value;
    return 0;
}

static int set_real(struct args *args, const struct option_spec *option, const char *text) {
    char *end;
    double value = strtod(text, &end);
    bool plain = text[0] != '\0' && strspn(text, "+-.0123456789eE") == strlen(text);
    if (!plain || *end != '\0' || !(value >= option->low && value <= option->high)) {
        return fail(EXIT_USAGE, "--%s: '%s' is not a number from %g to %g", option->name, text,
                    option->low, option->high);
    }
    args->real[option - option_table()] = value;
    return 0;
}

static int set_option(struct args *args, const struct option_spec *option, const char *text) {
    size_t index = (size_t)(option - option_table());
    if (index == OPT_PER_CLASS) {
        index = OPT_COUNT;
    }
    args->given[index]++;
    args->text[index] = text;
    switch (option->kind) {
    case KIND_FLAG:
        return 0;
    case KIND_TEXT:
        return text[0] != '\0' ? 0 : fail(EXIT_USAGE, "--%s: the argument is empty", option->name);
    case KIND_WHOLE:
        return set_whole(args, option, text);
    case KIND_REAL:
        return set_real(args, option, text);
    }
    return 0;
}

/* `argv` stands at the option; *used = how many further words it took. */
static int parse_long(struct args *args, char **argv, int *used) {
    const char *name = argv[0] + 2, *value = strchr(name, '=');
    size_t length = value != NULL ? (size_t)(value - name) : strlen(name);
    const struct option_spec *option = NULL;
    for (size_t i = 0; i < OPTION_COUNT && option == NULL; i++) {
        if (strlen(option_table()[i].name) == length &&
            memcmp(option_table()[i].name, name, length) == 0 &&
            known_to(args, &option_table()[i])) {
            option = &option_table()[i];
        }
    }
    if (option == NULL) {
        return unknown_option(args, name, length);
    }
    if (option->kind == KIND_FLAG) {
        return value == NULL ? set_option(args, option, "")
                             : fail(EXIT_USAGE, "--%s takes no argument", option->name);
    }
    if (value == NULL) {
        value = argv[1];
        *used = 1;
    } else {
        value++;
    }
    return value != NULL
               ? set_option(args, option, value)
               : fail(EXIT_USAGE, "--%s needs an argument (%s)", option->name, option->argument);
}

static int parse_letters(struct args *args, char **argv, int *used) {
    for (const char *at = argv[0] + 1; *at != '\0'; at++) {
        const struct option_spec *option = NULL;
        for (size_t i = 0; i < OPTION_COUNT && option == NULL; i++) {
            if (option_table()[i].letter == *at && known_to(args, &option_table()[i])) {
                option = &option_table()[i];
            }
        }
        if (option == NULL) {
            uint32_t letter;
            size_t size = utf8_read(at, &letter);
            return fail(EXIT_USAGE, "unknown option -%.*s; see unmask %s%s--help",
                        size > 0 ? (int)size : 1, at, see(args), args->command != NULL ? " " : "");
        }
        if (option->kind != KIND_FLAG) {
            const char *value = at[1] != '\0' ? at + 1 : argv[1];
            *used = at[1] == '\0';
            return value != NULL
                       ? set_option(args, option, value)
                       : fail(EXIT_USAGE, "-%c needs an argument (%s)", *at, option->argument);
        }
        set_option(args, option, "");
    }
    return 0;
}

static int add_word(struct args *args, const char *word) {
    if (args->command == NULL) {
        for (size_t i = 0; i < command_count; i++) {
            if (strcmp(word, command_table[i].name) == 0) {
                args->command = &command_table[i];
                return 0;
            }
        }
        return args_unknown_command(word);
    }
    if (args->operand_count == args->command->most_operands ||
        args->operand_count == OPERAND_LIMIT) {
        return fail(EXIT_USAGE, "too many arguments: '%s'; see unmask %s --help", word,
                    args->command->name);
    }
    args->operands[args->operand_count++] = word;
    return 0;
}

int args_parse(struct args *args, int argc, char **argv) {
    *args = (struct args){0};
    bool options = true;
    for (int i = 1; i < argc; i++) {
        int used = 0, code;
        if (options && strcmp(argv[i], "--") == 0) {
            options = false;
            continue;
        }
        if (options && strncmp(argv[i], "--", 2) == 0) {
            code = parse_long(args, argv + i, &used);
        } else if (options && argv[i][0] == '-' && argv[i][1] != '\0') {
            code = parse_letters(args, argv + i, &used);
        } else {
            code = add_word(args, argv[i]);
        }
        if (code != 0) {
            return code;
        }
        i += used;
    }
    if (args->given[OPT_HELP] > 0 || args->given[OPT_VERSION] > 0) {
        return 0;
    }
    if (args->command == NULL) {
        return fail(EXIT_USAGE, "no command; see unmask --help");
    }
    if (args->operand_count < args->command->least_operands) {
        return fail(EXIT_USAGE, "%s needs %s; see unmask %s --help", args->command->name,
                    args->command->operands, args->command->name);
    }
    return 0;
}

uint64_t args_whole(const struct args *args, enum option_id id, uint64_t otherwise) {
    return args->given[id] > 0 ? args->whole[id] : otherwise;
}

double args_real(const struct args *args, enum option_id id, double otherwise) {
    return args->given[id] > 0 ? args->real[id] : otherwise;
}

int args_check_stdin(const struct args *args) {
    static const enum option_id inputs[] = {OPT_FROM, OPT_IMAGE, OPT_MASK, OPT_STEP_TABLE};
    int count = 0;
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        count += args->text[inputs[i]] != NULL && strcmp(args->text[inputs[i]], "-") == 0;
    }
    return count > 1 ? fail(EXIT_USAGE, "only one input can come from stdin") : 0;
}
