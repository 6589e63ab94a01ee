/* The optional metadata of the sampler: what it sets, what stands for it, what is refused. */
#include "model/image.h"
#include "unmask/unmask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { U32 = 4, F32 = 6, STRING = 8 }; /* GGUF types */

static void add_u32(struct image *image, const char *key, uint32_t value) {
    image_add_key(image, key, U32, &value, sizeof value);
}

static void add_f32(struct image *image, const char *key, float value) {
    image_add_key(image, key, F32, &value, sizeof value);
}

static void add_string(struct image *image, const char *key, const char *text) {
    uint8_t value[64] = {(uint8_t)strlen(text)}; /* a u64 length, little-endian */
    memcpy(value + 8, text, strlen(text));
    image_add_key(image, key, STRING, value, 8 + strlen(text));
}

/* Loads the image and hands its description on. */
static void load(struct image *image, um_model_info *info) {
    um_context *context = NULL;
    um_model *model = NULL;
    const um_context_params params = {.device = "cpu", .threads = 1};
    size_t size;
    uint8_t *bytes = image_finish(image, &size);
    assert_int_equal(um_context_create(&context, &params), UM_OK);
    assert_int_equal(um_model_load_memory(&model, context, bytes, size, "tiny"), UM_OK);
    *info = *um_model_get_info(model); /* its strings are not read */
    um_model_unload(&model);
    um_context_destroy(&context);
    free(bytes);
}

static void absent_keys_have_defaults(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    um_model_info info;
    load(&image, &info);
    assert_int_equal(info.defaults.sampler, UM_SAMPLER_CONFIDENCE);
    assert_int_equal(info.defaults.cfg_schedule, UM_CFG_CONSTANT);
    assert_int_equal(info.defaults.top_k, UINT32_MAX); /* all */
    assert_true(info.defaults.top_p == 1.0f && info.defaults.remdm_eta == 0.05f);
    assert_true(info.defaults.recheck_rounds == 4 && info.defaults.recheck_threshold == 0.1f);
    image_accepted(&image, "no keys");
}

static void keys_set_the_defaults(void **state) {
    (void)state;
    struct image image = image_start(NULL);
    um_model_info info;
    add_string(&image, "maskgit.sampler.name", "recheck");
    add_string(&image, "maskgit.sampler.cfg_schedule", "power-cosine2.5");
    add_u32(&image, "maskgit.sampler.top_k", 7);
    add_f32(&image, "maskgit.sampler.top_p", 0.5f);
    add_f32(&image, "maskgit.sampler.eta", 1.0f);
    add_u32(&image, "maskgit.sampler.recheck_rounds", 256);
    add_f32(&image, "maskgit.sampler.recheck_threshold", 0.25f);
    load(&image, &info);
    assert_int_equal(info.defaults.sampler, UM_SAMPLER_RECHECK);
    assert_int_equal(info.defaults.cfg_schedule, UM_CFG_POWER_COSINE);
    assert_true(info.defaults.cfg_power == 2.5f);
    assert_true(info.defaults.top_k == 7 && info.defaults.top_p == 0.5f);
    assert_true(info.defaults.remdm_eta == 1.0f && info.defaults.recheck_rounds == 256);
    assert_true(info.defaults.recheck_threshold == 0.25f);
    image_accepted(&image, "all keys");
}

static void values_out_of_range_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *key, *text;
        float real;
        uint32_t whole;
    } cases[] = {
        {"maskgit.sampler.name", "", 0, 0},
        {"maskgit.sampler.name", "default", 0, 0},
        {"maskgit.sampler.name", "halton ", 0, 0},
        {"maskgit.sampler.cfg_schedule", "cosine", 0, 0},
        {"maskgit.sampler.cfg_schedule", "power-cosine0", 0, 0},
        {"maskgit.sampler.top_p", NULL, 1.1f, 0},
        {"maskgit.sampler.eta", NULL, -0.5f, 0},
        {"maskgit.sampler.recheck_threshold", NULL, 2.0f, 0},
        {"maskgit.sampler.top_k", NULL, 0, 65537},
        {"maskgit.sampler.recheck_rounds", NULL, 0, 257},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct image image = image_start(NULL);
        if (cases[i].text)
            add_string(&image, cases[i].key, cases[i].text);
        else if (cases[i].whole)
            add_u32(&image, cases[i].key, cases[i].whole);
        else
            add_f32(&image, cases[i].key, cases[i].real);
        image_refused(&image, cases[i].key, UM_ERROR_MODEL, cases[i].key, "");
    }
    struct image image = image_start(NULL); /* a number where a name belongs */
    add_u32(&image, "maskgit.sampler.name", 1);
    image_refused(&image, "type", UM_ERROR_MODEL, "maskgit.sampler.name", "expected string");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absent_keys_have_defaults),
        cmocka_unit_test(keys_set_the_defaults),
        cmocka_unit_test(values_out_of_range_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
