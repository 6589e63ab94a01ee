/* Both compilations of header_alone.c link against the library and agree on every struct. */
#include "unmask/unmask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void header_facts_c(size_t facts[8]);
void HEADER_FACTS_OTHER(size_t facts[8]); /* C++, or C again if there is no C++ compiler */

static void the_header_works_alone(void **state) {
    (void)state;
    size_t c[8] = {0}, other[8] = {0};
    header_facts_c(c);
    HEADER_FACTS_OTHER(other);
    assert_memory_equal(c, other, sizeof c);
    assert_int_equal(c[3], sizeof(um_session_params));
    assert_int_equal(c[7], 1);
}

static void the_version_is_one(void **state) {
    (void)state;
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", UM_VERSION_MAJOR, UM_VERSION_MINOR, UM_VERSION_PATCH);
    assert_string_equal(um_version(), text);
    assert_string_equal(um_version(), PROJECT_VERSION);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_header_works_alone),
        cmocka_unit_test(the_version_is_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
