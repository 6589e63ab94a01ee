/* The few parts of cmocka that the op tests use, for WebAssembly, which has no cmocka: a failed
 * check ends the program. */
#ifndef UM_TESTS_NODE_CMOCKA_H
#define UM_TESTS_NODE_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
};

#define cmocka_unit_test(function)                                                                 \
    (struct CMUnitTest) {                                                                          \
#function, function                                                                        \
    }

#define print_message(...) ((void)printf(__VA_ARGS__))
#define fail_msg(...)                                                                              \
    (printf("%s:%d: ", __FILE__, __LINE__), printf(__VA_ARGS__), (void)putchar('\n'), exit(1))
#define assert_true(condition)       ((condition) ? (void)0 : (fail_msg("%s", #condition)))
#define assert_non_null(pointer)     assert_true(pointer)
#define assert_null(pointer)         assert_true(!(pointer))
#define assert_int_equal(a, b)       assert_true((a) == (b))
#define assert_memory_equal(a, b, n) assert_true(memcmp(a, b, n) == 0)
#define assert_string_equal(a, b)    assert_true(strcmp(a, b) == 0)
#define skip()                       return /* after a message that says why */

static inline int cmocka_run_group_tests_name(const char *group, const struct CMUnitTest *tests,
                                              size_t count) {
    for (size_t i = 0; i < count; i++) {
        void *state = NULL;
        printf("%s: %s\n", group, tests[i].name);
        tests[i].run(&state);
    }
    printf("%s: %zu passed\n", group, count);
    return 0;
}
#define cmocka_run_group_tests_name(group, tests, setup, teardown)                                 \
    cmocka_run_group_tests_name(group, tests, sizeof(tests) / sizeof(tests)[0])

#endif
