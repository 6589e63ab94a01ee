/* Pictures of bytes, with any distance between rows, and many at once: the same codes and pixels as
 * of floats and one at a time. */
#include "session/rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SIDE = 16, N = 16, PIXELS = 3 * SIDE * SIDE, STRIDE = 3 * SIDE + 5, BATCH = 19, K = 32 };

static int open_rig(void **state) {
    static struct rig rig;
    rig_open(&rig, "cpu", 2, NULL);
    assert_int_equal(rig.positions, N);
    assert_int_equal(rig.pixels, PIXELS);
    *state = &rig;
    return 0;
}

static int close_rig(void **state) {
    rig_close(*state);
    return 0;
}

static void says(const struct rig *rig, const char *part) {
    if (!strstr(um_context_error(rig->context), part))
        fail_msg("\"%s\" lacks \"%s\"", um_context_error(rig->context), part);
}

/* Picture i, as bytes at STRIDE and as floats; between the rows is 0x5a. */
static void make(int i, uint8_t *bytes, float *floats) {
    memset(bytes, 0x5a, (size_t)STRIDE * SIDE);
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < 3 * SIDE; x++) {
            const uint8_t value = (uint8_t)(x * (i + 3) + y * 29 + i * i * 7);
            bytes[y * STRIDE + x] = value;
            floats[y * 3 * SIDE + x] = (float)value / 255.0f;
        }
    }
}

static uint8_t byte_of(float value) {
    return value <= 0.0f ? 0 : value >= 1.0f ? 255 : (uint8_t)(value * 255.0f + 0.5f);
}

/* The rows are those of the floats, and nothing else was touched. */
static void same_picture(const uint8_t *bytes, size_t stride, size_t width, const float *floats) {
    for (int y = 0; y < SIDE; y++) {
        for (size_t x = 0; x < stride; x++) {
            const uint8_t expected =
                x < 3 * width ? byte_of(floats[(size_t)y * 3 * width + x]) : 0x5a;
            if (bytes[(size_t)y * stride + x] != expected)
                fail_msg("row %d, byte %zu: %d instead of %d", y, x, bytes[(size_t)y * stride + x],
                         expected);
        }
    }
}

static void batches_are_the_pictures_one_by_one(void **state) {
    struct rig *rig = *state;
    static float in[BATCH * PIXELS], out[BATCH * PIXELS], one[PIXELS];
    static uint8_t bytes[BATCH * STRIDE * SIDE];
    static int32_t codes[BATCH * N], of_bytes[BATCH * N], single[N];
    for (int i = 0; i < BATCH; i++)
        make(i, bytes + i * STRIDE * SIDE, in + i * PIXELS);
    for (uint32_t batch = 1; batch <= BATCH; batch += 9) {
        assert_int_equal(um_encode_batch(rig->model, batch, in, codes), UM_OK);
        assert_int_equal(um_encode_rgb8(rig->model, batch, bytes, STRIDE, of_bytes), UM_OK);
        assert_memory_equal(codes, of_bytes, batch * N * sizeof *codes);
        assert_int_equal(um_decode_batch(rig->model, batch, codes, out), UM_OK);
        for (uint32_t i = 0; i < batch; i++) {
            assert_int_equal(um_encode(rig->model, in + i * PIXELS, single), UM_OK);
            assert_memory_equal(single, codes + i * N, sizeof single);
            assert_int_equal(um_decode(rig->model, codes + i * N, one), UM_OK);
            assert_memory_equal(one, out + i * PIXELS, sizeof one);
        }
    }
    memset(bytes, 0x5a, sizeof bytes);
    assert_int_equal(um_decode_rgb8(rig->model, BATCH, codes, bytes, STRIDE), UM_OK);
    for (int i = 0; i < BATCH; i++)
        same_picture(bytes + i * STRIDE * SIDE, STRIDE, SIDE, out + i * PIXELS);
    assert_int_equal(um_decode_rgb8(rig->model, 2, codes, bytes, 0), UM_OK);
    same_picture(bytes + PIXELS, 3 * SIDE, SIDE, out + PIXELS);
}

/* Nothing is written if one of many is wrong. */
static void a_batch_succeeds_as_a_whole(void **state) {
    struct rig *rig = *state;
    static float in[3 * PIXELS], out[3 * PIXELS], before[3 * PIXELS];
    static uint8_t bytes[3 * PIXELS];
    int32_t codes[3 * N] = {0}, untouched[3 * N];
    memset(untouched, 0x11, sizeof untouched);
    in[2 * PIXELS + 7] = NAN;
    assert_int_equal(um_encode_batch(rig->model, 3, in, untouched), UM_ERROR_ARGUMENT);
    for (int i = 0; i < 3 * N; i++)
        assert_int_equal(untouched[i], 0x11111111);
    codes[2 * N + 4] = K;
    memset(out, 0x11, sizeof out);
    memcpy(before, out, sizeof out);
    assert_int_equal(um_decode_batch(rig->model, 3, codes, out), UM_ERROR_ARGUMENT);
    says(rig, "tokens[36] is 32");
    assert_memory_equal(out, before, sizeof out);
    assert_int_equal(um_decode_batch(rig->model, 0, codes, out), UM_ERROR_ARGUMENT);
    assert_int_equal(um_encode_batch(rig->model, 1025, in, untouched), UM_ERROR_ARGUMENT);
    says(rig, "batch is 1025");
    assert_int_equal(um_decode_rgb8(rig->model, 0, codes, bytes, 0), UM_ERROR_ARGUMENT);
    assert_int_equal(um_encode_rgb8(rig->model, 1025, bytes, 0, codes), UM_ERROR_ARGUMENT);
    assert_int_equal(um_encode_rgb8(rig->model, 1, bytes, 3 * SIDE - 1, codes), UM_ERROR_ARGUMENT);
    says(rig, "um_encode_rgb8: stride is 47, expected 0 or at least 48");
    assert_int_equal(um_decode_rgb8(rig->model, 1, untouched, bytes, 1), UM_ERROR_ARGUMENT);
    assert_int_equal(um_encode_batch(NULL, 1, in, codes), UM_ERROR_ARGUMENT);
    assert_int_equal(um_encode_rgb8(rig->model, 1, NULL, 0, codes), UM_ERROR_ARGUMENT);
    assert_int_equal(um_decode_batch(rig->model, 1, NULL, out), UM_ERROR_ARGUMENT);
    assert_int_equal(um_decode_rgb8(rig->model, 1, codes, NULL, 0), UM_ERROR_ARGUMENT);
}

static void sessions_give_bytes(void **state) {
    struct rig *rig = *state;
    static uint8_t bytes[STRIDE * SIDE];
    float floats[PIXELS];
    um_session *session = NULL;
    assert_int_equal(um_session_begin(&session, rig->model, &(um_session_params){.batch = 2}),
                     UM_OK);
    assert_int_equal(um_session_decode_rgb8(session, 1, bytes, STRIDE), UM_ERROR_ARGUMENT);
    says(rig, "before the first step");
    while (!um_session_done(session))
        assert_int_equal(um_session_step(session), UM_OK);
    memset(bytes, 0x5a, sizeof bytes);
    assert_int_equal(um_session_decode(session, 1, floats), UM_OK);
    assert_int_equal(um_session_decode_rgb8(session, 1, bytes, STRIDE), UM_OK);
    same_picture(bytes, STRIDE, SIDE, floats);
    assert_int_equal(um_session_decode_rgb8(session, 1, bytes, 9), UM_ERROR_ARGUMENT);
    assert_int_equal(um_session_decode_rgb8(session, 1, NULL, 0), UM_ERROR_ARGUMENT);
    assert_int_equal(um_session_decode_rgb8(NULL, 1, bytes, 0), UM_ERROR_ARGUMENT);
    um_session_end(&session);
}

static void finish(um_edit *edit) {
    while (!um_edit_done(edit))
        assert_int_equal(um_edit_step(edit), UM_OK);
}

/* An edit of bytes is that of the same floats, and gives the source's own bytes where it keeps
 * them. */
static void edits_take_and_give_bytes(void **state) {
    struct rig *rig = *state;
    enum { WIDE = 4 * SIDE, ROW = 3 * WIDE + 7, FLOATS = 3 * WIDE * SIDE };
    static uint8_t source[ROW * SIDE], mask[WIDE * SIDE], bytes[ROW * SIDE];
    static float floats[FLOATS], one[FLOATS], other[FLOATS];
    for (int i = 0; i < FLOATS; i++) {
        source[i / (3 * WIDE) * ROW + i % (3 * WIDE)] = (uint8_t)(i * 13 + i / 97);
        floats[i] = (float)(uint8_t)(i * 13 + i / 97) / 255.0f;
    }
    mask[0] = 1;
    um_edit *edit = NULL;
    um_edit_params params = {
        .rgb = floats, .width = WIDE, .height = SIDE, .mask = mask, .draw = {.seed = 3}};
    assert_int_equal(um_edit_begin(&edit, rig->model, &params), UM_OK);
    finish(edit);
    assert_int_equal(um_edit_picture(edit, 0, one), UM_OK);
    um_edit_end(&edit);
    params.rgb8 = source;
    assert_int_equal(um_edit_begin(&edit, rig->model, &params), UM_ERROR_ARGUMENT);
    says(rig, "exactly one of rgb and rgb8");
    params.rgb = NULL;
    params.rgb8_stride = 3 * WIDE - 1;
    assert_int_equal(um_edit_begin(&edit, rig->model, &params), UM_ERROR_ARGUMENT);
    says(rig, "stride is 191");
    params.rgb8_stride = ROW;
    assert_int_equal(um_edit_begin(&edit, rig->model, &params), UM_OK);
    finish(edit);
    assert_int_equal(um_edit_picture(edit, 0, other), UM_OK);
    assert_memory_equal(one, other, sizeof one);
    memset(bytes, 0x5a, sizeof bytes);
    assert_int_equal(um_edit_picture_rgb8(edit, 0, bytes, ROW), UM_OK);
    same_picture(bytes, ROW, WIDE, one);
    const float *weight = um_edit_get_info(edit)->weight;
    int kept = 0;
    for (int i = 0; i < WIDE * SIDE; i++) {
        const size_t at = (size_t)(i / WIDE) * ROW + (size_t)(i % WIDE) * 3;
        if (weight[i] == 0.0f)
            assert_memory_equal(bytes + at, source + at, 3);
        kept += weight[i] == 0.0f;
    }
    assert_true(kept > 0);
    assert_int_equal(um_edit_picture_rgb8(edit, 0, bytes, 9), UM_ERROR_ARGUMENT);
    assert_int_equal(um_edit_picture_rgb8(edit, 0, NULL, 0), UM_ERROR_ARGUMENT);
    assert_int_equal(um_edit_picture_rgb8(NULL, 0, bytes, 0), UM_ERROR_ARGUMENT);
    um_edit_end(&edit);
}

#define RIG_TEST(f) cmocka_unit_test_setup_teardown(f, open_rig, close_rig)

int main(void) {
    const struct CMUnitTest tests[] = {
        RIG_TEST(batches_are_the_pictures_one_by_one),
        RIG_TEST(a_batch_succeeds_as_a_whole),
        RIG_TEST(sessions_give_bytes),
        RIG_TEST(edits_take_and_give_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
