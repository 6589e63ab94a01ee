/* The binary interface: sizes and places in the structs that callers allocate, as programs compiled
 * against an earlier library of this major version have them. A field to come takes bytes from
 * `reserved`: nothing below may change then, but for the place of `reserved` itself. Numbers are
 * those of 64-bit systems; elsewhere there is nothing to compare. */
#include "unmask/unmask.h"

#include "unmask/measure.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SIZE(type, bytes)                                                                          \
    { #type, sizeof(type), bytes }
#define PLACE(type, field, at)                                                                     \
    { #type "." #field, offsetof(type, field), at }

static const struct {
    const char *name;
    size_t is, was;
} FACTS[] = {
    SIZE(um_device_info, 656),
    PLACE(um_device_info, name, 0),
    PLACE(um_device_info, backend, 256),
    PLACE(um_device_info, driver, 272),
    PLACE(um_device_info, uuid, 528),
    PLACE(um_device_info, kind, 564),
    PLACE(um_device_info, vendor_id, 568),
    PLACE(um_device_info, device_id, 572),
    PLACE(um_device_info, api_version, 576),
    PLACE(um_device_info, memory_bytes, 584),
    PLACE(um_device_info, reserved, 592),
    SIZE(um_context_params, 104),
    PLACE(um_context_params, device, 0),
    PLACE(um_context_params, threads, 8),
    PLACE(um_context_params, log, 16),
    PLACE(um_context_params, log_user, 24),
    PLACE(um_context_params, validation, 32),
    PLACE(um_context_params, precision, 36),
    PLACE(um_context_params, reserved, 40),
    SIZE(um_step_row, 32),
    PLACE(um_step_row, masked, 0),
    PLACE(um_step_row, temperature, 4),
    PLACE(um_step_row, choice_temperature, 8),
    PLACE(um_step_row, cfg_scale, 12),
    PLACE(um_step_row, reserved, 16),
    SIZE(um_load_params, 112),
    PLACE(um_load_params, path, 0),
    PLACE(um_load_params, bytes, 8),
    PLACE(um_load_params, size, 16),
    PLACE(um_load_params, name, 24),
    PLACE(um_load_params, progress, 32),
    PLACE(um_load_params, progress_user, 40),
    PLACE(um_load_params, reserved, 48),
    SIZE(um_sampling, 100),
    PLACE(um_sampling, steps, 0),
    PLACE(um_sampling, schedule, 4),
    PLACE(um_sampling, schedule_power, 8),
    PLACE(um_sampling, sampler, 12),
    PLACE(um_sampling, temperature, 16),
    PLACE(um_sampling, choice_temperature, 20),
    PLACE(um_sampling, cfg_scale, 24),
    PLACE(um_sampling, cfg_schedule, 28),
    PLACE(um_sampling, cfg_power, 32),
    PLACE(um_sampling, top_k, 36),
    PLACE(um_sampling, top_p, 40),
    PLACE(um_sampling, remdm_eta, 44),
    PLACE(um_sampling, remdm_loop_on, 48),
    PLACE(um_sampling, remdm_loop_off, 52),
    PLACE(um_sampling, remdm_loop_alpha, 56),
    PLACE(um_sampling, recheck_rounds, 60),
    PLACE(um_sampling, recheck_threshold, 64),
    PLACE(um_sampling, reserved, 68),
    SIZE(um_session_params, 320),
    PLACE(um_session_params, classes, 0),
    PLACE(um_session_params, batch, 8),
    PLACE(um_session_params, seed, 16),
    PLACE(um_session_params, first_image, 24),
    PLACE(um_session_params, sampling, 28),
    PLACE(um_session_params, schedule_table, 128),
    PLACE(um_session_params, schedule_table_size, 136),
    PLACE(um_session_params, initial_tokens, 144),
    PLACE(um_session_params, start_step, 152),
    PLACE(um_session_params, step_table, 160),
    PLACE(um_session_params, step_table_size, 168),
    PLACE(um_session_params, resume, 176),
    PLACE(um_session_params, resume_step, 184),
    PLACE(um_session_params, reserved, 192),
    SIZE(um_memory, 96),
    PLACE(um_memory, host_bytes, 0),
    PLACE(um_memory, device_bytes, 8),
    PLACE(um_memory, picture_bytes, 16),
    PLACE(um_memory, at_once, 24),
    PLACE(um_memory, reserved, 32),
    SIZE(um_session_view, 136),
    PLACE(um_session_view, tokens, 0),
    PLACE(um_session_view, guess, 8),
    PLACE(um_session_view, confidence, 16),
    PLACE(um_session_view, fixed_step, 24),
    PLACE(um_session_view, masked, 32),
    PLACE(um_session_view, change, 40),
    PLACE(um_session_view, change_count, 48),
    PLACE(um_session_view, reserved, 72),
    SIZE(um_edit_params, 456),
    PLACE(um_edit_params, rgb, 0),
    PLACE(um_edit_params, width, 8),
    PLACE(um_edit_params, height, 12),
    PLACE(um_edit_params, mask, 16),
    PLACE(um_edit_params, left, 24),
    PLACE(um_edit_params, right, 28),
    PLACE(um_edit_params, top, 32),
    PLACE(um_edit_params, bottom, 36),
    PLACE(um_edit_params, vary_share, 40),
    PLACE(um_edit_params, vary_order, 44),
    PLACE(um_edit_params, draw, 48),
    PLACE(um_edit_params, like, 368),
    PLACE(um_edit_params, rgb8, 376),
    PLACE(um_edit_params, rgb8_stride, 384),
    PLACE(um_edit_params, reserved, 392),
    SIZE(um_edit_view, 120),
    PLACE(um_edit_view, tokens, 0),
    PLACE(um_edit_view, guess, 8),
    PLACE(um_edit_view, confidence, 16),
    PLACE(um_edit_view, fixed_step, 24),
    PLACE(um_edit_view, change, 32),
    PLACE(um_edit_view, masked, 40),
    PLACE(um_edit_view, window, 44),
    PLACE(um_edit_view, window_left, 48),
    PLACE(um_edit_view, window_top, 52),
    PLACE(um_edit_view, reserved, 56),
    SIZE(um_device_details, 184),
    PLACE(um_device_details, paths, 0),
    PLACE(um_device_details, threads, 128),
    PLACE(um_device_details, selftest_seconds, 136),
    PLACE(um_device_details, device_clock, 144),
    PLACE(um_device_details, reserved, 152),
    SIZE(um_profile_row, 192),
    PLACE(um_profile_row, op, 0),
    PLACE(um_profile_row, shape, 24),
    PLACE(um_profile_row, kernel, 96),
    PLACE(um_profile_row, calls, 128),
    PLACE(um_profile_row, seconds, 136),
    PLACE(um_profile_row, flops, 144),
    PLACE(um_profile_row, bytes, 152),
    PLACE(um_profile_row, reserved, 160),
    PLACE(um_model_info, name, 0),
    PLACE(um_model_info, license, 8),
    PLACE(um_model_info, description, 16),
    PLACE(um_model_info, weight_type, 24),
    PLACE(um_model_info, sha256, 32),
    PLACE(um_model_info, image_width, 40),
    PLACE(um_model_info, image_height, 44),
    PLACE(um_model_info, grid_width, 48),
    PLACE(um_model_info, grid_height, 52),
    PLACE(um_model_info, codebook_size, 56),
    PLACE(um_model_info, class_count, 60),
    PLACE(um_model_info, has_null_class, 64),
    PLACE(um_model_info, file_bytes, 72),
    PLACE(um_model_info, parameters, 80),
    PLACE(um_model_info, defaults, 88),
    PLACE(um_model_info, transformer_dim, 188),
    PLACE(um_model_info, transformer_layers, 192),
    PLACE(um_model_info, transformer_heads, 196),
    PLACE(um_model_info, transformer_mlp_dim, 200),
    PLACE(um_model_info, transformer_variant, 208),
    PLACE(um_model_info, tokenizer_variant, 216),
    PLACE(um_edit_info, width, 0),
    PLACE(um_edit_info, height, 4),
    PLACE(um_edit_info, left, 8),
    PLACE(um_edit_info, top, 12),
    PLACE(um_edit_info, grid_width, 16),
    PLACE(um_edit_info, grid_height, 20),
    PLACE(um_edit_info, windows, 24),
    PLACE(um_edit_info, measuring_steps, 28),
    PLACE(um_edit_info, weight, 32),
};

static void structs_are_what_they_were(void **state) {
    (void)state;
    if (sizeof(void *) != 8)
        skip();
    for (size_t i = 0; i < sizeof FACTS / sizeof FACTS[0]; i++) {
        if (FACTS[i].is != FACTS[i].was)
            fail_msg("%s is %zu, was %zu", FACTS[i].name, FACTS[i].is, FACTS[i].was);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(structs_are_what_they_were)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
