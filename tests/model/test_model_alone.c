/* The model layer without the layers above: this program links no networks and no devices. Which
 * tensors a file must hold is what its caller says. */
#include "model/model_file.h"
#include "support/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint32_t asked_for; /* codes of the configuration that a layout was made for */

static bool one_tensor(const struct um_config *config, struct um_tensor_spec *specs,
                       uint32_t *count) {
    asked_for = config->codebook_size;
    snprintf(specs[0].name, sizeof specs[0].name, "another.weight");
    *count = 1;
    return true;
}

static bool too_many(const struct um_config *config, struct um_tensor_spec *specs,
                     uint32_t *count) {
    (void)config;
    (void)specs;
    *count = UM_MAX_TENSORS;
    return false;
}

static void check_refused(um_layout_fn *layout, const char *says) {
    struct um_model_file file;
    struct check_log capture;
    const struct um_log log = check_log_start(&capture);
    const struct um_reading reading = {.layout = layout};
    assert_int_equal(um_model_file_open(&file, UM_ASSETS "/emoji-64.gguf", &reading, &log),
                     UM_ERROR_MODEL);
    if (!strstr(capture.text, says))
        fail_msg("\"%s\" lacks \"%s\"", capture.text, says);
}

static void callers_say_what_a_file_holds(void **state) {
    (void)state;
    check_refused(one_tensor, "expected another.weight, found token_embd.weight");
    assert_true(asked_for > 0);
    check_refused(too_many, "expected a model of at most");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(callers_say_what_a_file_holds)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
