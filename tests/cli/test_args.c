/* The parser of command lines, and the table that drives it. */
#include "args.h"
#include "common/report.h"
#include "common/suggest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { WORDS = 12 };

/* Parses "unmask" and up to WORDS - 2 words. */
static int parse(struct args *args, const char *const *words) {
    char *argv[WORDS] = {(char *)"unmask"};
    int argc = 1;
    for (; words[argc - 1] != NULL; argc++) {
        argv[argc] = (char *)words[argc - 1];
    }
    return args_parse(args, argc, argv);
}

#define PARSE(args, ...) parse(args, (const char *const[]){__VA_ARGS__, NULL})

static void forms_of_options(void **state) {
    (void)state;
    struct args args;
    assert_int_equal(
        PARSE(&args, "generate", "--class=a=b", "--steps", "9", "-s18446744073709551615"), 0);
    assert_string_equal(args.text[OPT_CLASS], "a=b");
    assert_int_equal(args_whole(&args, OPT_STEPS, 1), 9);
    assert_true(args_whole(&args, OPT_SEED, 1) == UINT64_MAX);
    assert_int_equal(args_whole(&args, OPT_COUNT, 77), 77);
    assert_int_equal(PARSE(&args, "generate", "-vvq", "--temperature=2.5e-1", "-b", "3"), 0);
    assert_int_equal(args.given[OPT_VERBOSE], 2);
    assert_int_equal(args.given[OPT_QUIET], 1);
    assert_true(args_real(&args, OPT_TEMPERATURE, 1.0) == 0.25);
    assert_int_equal(PARSE(&args, "info", "--json", "--", "--file"), 0);
    assert_string_equal(args.operands[0], "--file");
    assert_int_equal(PARSE(&args, "decode", "-", "-o", "-"), 0);
    assert_string_equal(args.operands[0], "-");
    assert_string_equal(args.text[OPT_OUTPUT], "-");
    assert_int_equal(PARSE(&args, "generate", "-c", "1", "-c", "2"), 0);
    assert_string_equal(args.text[OPT_CLASS], "2");
    assert_int_equal(PARSE(&args, "info"), 0);
    assert_int_equal(args.operand_count, 0);
    assert_int_equal(PARSE(&args, "info", "--help"), 0);
    assert_int_equal(PARSE(&args, "--version"), 0);
    assert_null(args.command);
}

static void wrong_usage(void **state) {
    (void)state;
    struct args args;
    assert_int_equal(PARSE(&args, "nothing"), EXIT_USAGE);
    assert_int_equal(PARSE(&args, "generate", "--class"), EXIT_USAGE);
    assert_int_equal(PARSE(&args, "generate", "--"), 0);
    assert_int_equal(PARSE(&args, "verify"), EXIT_USAGE);
    assert_int_equal(PARSE(&args, "info", "a", "b"), EXIT_USAGE);
    assert_int_equal(PARSE(&args, "info", "a", "--runs", "3"), EXIT_USAGE);
    assert_int_equal(PARSE(&args, "--json", "info", "a"), EXIT_USAGE);
    assert_int_equal(PARSE(&args, "generate", "--json=yes"), EXIT_USAGE);
    assert_int_equal(PARSE(&args, "generate", "--steps="), EXIT_USAGE);
    assert_int_equal(PARSE(&args, "generate", "---"), EXIT_USAGE);
    assert_int_equal(PARSE(&args, "generate", "-o"), EXIT_USAGE);
}

static void table_is_complete(void **state) {
    (void)state;
    unsigned commands = 0;
    for (size_t i = 0; i < command_count; i++) {
        assert_true((commands & command_table[i].bit) == 0);
        assert_true(command_table[i].most_operands <= OPERAND_LIMIT);
        assert_non_null(command_table[i].run);
        commands |= command_table[i].bit;
    }
    assert_int_equal(commands, CMD_ALL);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *option = &option_table()[i];
        assert_non_null(option->name);
        assert_non_null(option->help);
        assert_true((option->commands & CMD_ALL) != 0);
        assert_true((option->kind == KIND_FLAG) == (option->argument == NULL));
        assert_true(option->kind != KIND_WHOLE || option->least < option->most);
        assert_true(option->kind != KIND_REAL || option->low < option->high);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(option->name, option_table()[k].name);
            if (option->letter != 0 && option->letter == option_table()[k].letter)
                assert_int_equal(option->commands & option_table()[k].commands, 0);
        }
    }
}

static const char *nearest(const char *wanted, const char *const *words) {
    struct suggestion best;
    suggest_start(&best, wanted, strlen(wanted));
    for (; *words != NULL; words++) {
        suggest_offer(&best, *words);
    }
    return best.found;
}

static void suggestions(void **state) {
    (void)state;
    static const char *const words[] = {"seed", "steps", "schedule", "sampler", "scale", NULL};
    assert_string_equal(nearest("sede", words), "seed");
    assert_string_equal(nearest("step", words), "steps");
    assert_string_equal(nearest("shedule", words), "schedule");
    assert_string_equal(nearest("scale", words), "scale");
    assert_null(nearest("temperature", words));
    assert_null(nearest("", words));
    char word[200];
    memset(word, 's', sizeof word - 1);
    word[sizeof word - 1] = '\0';
    assert_null(nearest(word, words));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forms_of_options),
        cmocka_unit_test(wrong_usage),
        cmocka_unit_test(table_is_complete),
        cmocka_unit_test(suggestions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
