/* Text formats: JSON, metadata, token grids, file name patterns, .npy, statistics. */
#include "common/clean.h"
#include "common/meta.h"
#include "common/npy.h"
#include "common/number.h"
#include "common/pattern.h"
#include "common/report.h"
#include "common/stats.h"
#include "common/tokens.h"
#include "common/utf8.h"
#include "support/rand.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static bool reads(const char *text) {
    struct json_object object;
    bool ok = json_read(&object, text);
    json_free(&object);
    return ok;
}

static void json_reader(void **state) {
    (void)state;
    struct json_object object;
    assert_true(json_read(&object, " { \"a\" : \"x\\n\\u00e9\\ud83d\\ude02\\\"\" ,\"b\":-1.5e3,"
                                   "\"c\":true, \"d\": null } "));
    assert_int_equal(object.count, 4);
    assert_string_equal(json_find(&object, "a", true), "x\n\xc3\xa9\xf0\x9f\x98\x82\"");
    assert_null(json_find(&object, "a", false));
    assert_string_equal(json_find(&object, "b", false), "-1.5e3");
    assert_string_equal(json_find(&object, "c", false), "true");
    assert_null(json_find(&object, "e", true));
    json_free(&object);
    assert_true(reads("{}"));
    static const char *const wrong[] = {
        "",
        "{",
        "}",
        "[]",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1}x",
        "{a:1}",
        "{\"a\":[1]}",
        "{\"a\":{}}",
        "{\"a\":1 2}",
        "{\"a\":\"",
        "{\"a\":\"\\",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"\\ud800\"}",
        "{\"a\":\"\\u0000\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\n\"}",
        "{\"a\":1,\"a\":2}",
        "{\"a\":nan}",
        "{\"a\":truely}",
        "{\"a\":-}",
        "{\"a\":+1x}",
        "{,}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (reads(wrong[i])) {
            fail_msg("accepted: %s", wrong[i]);
        }
    }
}

static void json_reader_limits(void **state) {
    (void)state;
    struct buffer text = {0};
    for (int count = 128; count <= 129; count++) {
        buffer_text(&text, "{");
        for (int i = 0; i < count; i++) {
            buffer_format(&text, "%s\"k%d\": %d", i == 0 ? "" : ", ", i, i);
        }
        buffer_append(&text, "}", 2);
        assert_int_equal(reads((const char *)text.bytes), count == 128);
        buffer_free(&text);
    }
}

static void json_writer(void **state) {
    (void)state;
    struct buffer out = {0};
    struct json json = {.out = &out};
    json_open(&json, NULL, '{');
    json_text(&json, "text", "a\"\\\n\x01\xc3\xa9");
    json_whole(&json, "whole", UINT64_MAX);
    json_exact(&json, "exact", UINT64_MAX);
    json_real(&json, "real", 0.1);
    json_real(&json, "nan", (double)NAN);
    json_open(&json, "list", '[');
    json_bool(&json, NULL, true);
    json_null(&json, NULL);
    json_close(&json, ']');
    json_close(&json, '}');
    buffer_append(&out, "", 1);
    assert_string_equal(
        (const char *)out.bytes,
        "{\"text\": \"a\\\"\\\\\\n\\u0001\xc3\xa9\", \"whole\": "
        "18446744073709551615, \"exact\": 18446744073709551615, \"exact_text\": "
        "\"18446744073709551615\", \"real\": 0.1, \"nan\": null, \"list\": [true, null]}");
    buffer_free(&out);
}

/* What the writer makes of a string. */
static char *written(const char *text) {
    static char made[256];
    struct buffer out = {0};
    struct json json = {.out = &out};
    json_text(&json, NULL, text);
    assert_true(buffer_append(&out, "", 1) && out.size <= sizeof made);
    memcpy(made, out.bytes, out.size);
    buffer_free(&out);
    return made;
}

static void json_of_any_bytes(void **state) {
    (void)state;
    assert_string_equal(written("\x1b[2J\x07\x7f\r"), "\"\\u001b[2J\\u0007\\u007f\\u000d\"");
    assert_string_equal(written("\xc2\x85\xe2\x80\xae\xe2\x80\xa8"), "\"\\u0085\\u202e\\u2028\"");
    assert_string_equal(written("\xf0\x9f\x91\xa8\xe2\x80\x8d\xef\xb8\x8f"),
                        "\"\xf0\x9f\x91\xa8\xe2\x80\x8d\xef\xb8\x8f\""); /* emoji stay whole */
    assert_string_equal(written("a\xff"
                                "b\xc3"),
                        "\"a\xef\xbf\xbd"
                        "b\xef\xbf\xbd\"");
    assert_string_equal(written("\xed\xa0\x80"),
                        "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");          /* a surrogate */
    assert_string_equal(written("\xc0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\""); /* too long */
    assert_string_equal(written("\xf4\x90\x80\x80"),
                        "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void cuts_after_whole_letters(void **state) {
    (void)state;
    static const char *const letters[] = {"x", "\xc3\xa9", "\xe7\x8c\xab", "\xf0\x9f\x90\xb1"};
    for (size_t i = 0; i < 4; i++) {
        char text[64] = "ab", room[64];
        for (int k = 0; k < 9; k++) {
            strcat(text, letters[i]);
        }
        for (size_t most = 0; most <= strlen(text) + 1; most++) {
            size_t length = utf8_fit(text, most), size = strlen(letters[i]);
            assert_true(length <= most && length + size > (most < strlen(text) ? most : length));
            assert_true(length <= 2 || (length - 2) % size == 0);
            utf8_copy(room, most + 1, text);
            assert_int_equal(strlen(room), length);
            memcpy(room, text, most);
            room[most] = '\0';
            utf8_trim(room);
            assert_int_equal(strlen(room), length);
        }
    }
    assert_int_equal(utf8_fit("\x80\x80\x80\x80\x80\x80", 4), 4); /* no letters, cut anywhere */
}

static void cleaned_text(void **state) {
    (void)state;
    char text[] = "a\x1b[1m\n\t\x7f\xc2\x9b\xe2\x80\xae\xff\xc3\xa9\xe2\x80\x8d";
    clean_text(text);
    assert_string_equal(text, "a?[1m??????\xc3\xa9\xe2\x80\x8d");
    struct buffer out = {0};
    assert_true(clean_append(&out, "\xe2\x81\xa6x\xe9") && buffer_append(&out, "", 1));
    assert_string_equal((const char *)out.bytes, "?x?");
    buffer_free(&out);
}

static void metadata_round_trip(void **state) {
    (void)state;
    struct meta *meta = calloc(2, sizeof *meta);
    assert_non_null(meta);
    strcpy(meta->kind, "picture");
    strcpy(meta->class_name, "quote \" back \\ line \n face \xf0\x9f\x98\x82");
    strcpy(meta->classes, "3,4");
    strcpy(meta->schedule, "0.9,0.5,0");
    strcpy(meta->model_sha256, "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef");
    meta->seed = UINT64_MAX;
    meta->first_image = UINT32_MAX;
    meta->sampling = (um_sampling){.steps = 3,
                                   .schedule = UM_SCHEDULE_TABLE,
                                   .sampler = UM_SAMPLER_REMDM_CAP,
                                   .temperature = 0.7F,
                                   .choice_temperature = 1e-30F,
                                   .cfg_scale = -1.0F,
                                   .cfg_schedule = UM_CFG_POWER_COSINE,
                                   .cfg_power = 2.5F,
                                   .top_k = UINT32_MAX,
                                   .top_p = 0.25F,
                                   .remdm_eta = 0.3F,
                                   .remdm_loop_on = 0.75F,
                                   .remdm_loop_off = 0.1F,
                                   .recheck_rounds = 9,
                                   .recheck_threshold = 0.2F};
    struct buffer out = {0};
    meta_json(&out, meta);
    buffer_append(&out, "", 1);
    assert_int_equal(meta_read(&meta[1], (const char *)out.bytes, "x.png"), 0);
    assert_string_equal(meta[1].class_name, meta->class_name);
    assert_string_equal(meta[1].classes, meta->classes);
    assert_string_equal(meta[1].schedule, meta->schedule);
    assert_true(meta[1].seed == meta->seed && meta[1].first_image == meta->first_image);
    assert_memory_equal(&meta[1].sampling, &meta->sampling, sizeof meta->sampling);
    buffer_free(&out);
    free(meta);
}

static char *named(const char *pattern, uint32_t index) {
    static char name[64];
    char *made = pattern_name(pattern, index);
    assert_non_null(made);
    strcpy(name, made);
    free(made);
    return name;
}

static void patterns(void **state) {
    (void)state;
    assert_string_equal(named("out_%03d.png", 7), "out_007.png");
    assert_string_equal(named("%d", 4294967295U), "4294967295");
    assert_string_equal(named("a%5db", 12), "a   12b");
    assert_string_equal(named("plain.png", 3), "plain.png");
    assert_string_equal(named("%02dx", 123), "123x");
    static const char *const good[] = {"%d", "%3d", "%03d", "a/%09d.png"};
    static const char *const wrong[] = {"%",  "%%%", "%s",  "%n",   "%-3d", "%+d", "%03u",
                                        "%x", "%*d", "%03", "%10d", "%d%d", "% d", "%1$d"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(pattern_check(good[i], true, "output"), 0);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(pattern_check(wrong[i], true, "output"), EXIT_USAGE);
        assert_int_equal(pattern_check(wrong[i], false, "output"), EXIT_USAGE);
    }
    assert_int_equal(pattern_check("out.png", true, "output"), EXIT_USAGE);
    assert_int_equal(pattern_check("out.png", false, "output"), 0);
}

static void doubled_percent_signs(void **state) {
    (void)state;
    assert_string_equal(named("100%%_%02d%%.png", 7), "100%_07%.png");
    assert_string_equal(named("%%d", 7), "%d");
    assert_string_equal(named("%%%d%%", 7), "%7%");
    assert_int_equal(pattern_check("100%%_%d.png", true, "output"), 0);
    assert_int_equal(pattern_check("100%%.png", false, "output"), 0);
    assert_int_equal(pattern_check("%%d.png", true, "output"), EXIT_USAGE);
    assert_int_equal(pattern_check("%%", true, "output"), EXIT_USAGE);
}

static void shortest_numbers(void **state) {
    (void)state;
    static const struct {
        float value;
        const char *text;
    } cases[] = {{0.9F, "0.9"},
                 {0.7F, "0.7"},
                 {1.0F, "1"},
                 {100.0F, "100"},
                 {0.0F, "0"},
                 {1e-6F, "0.000001"},
                 {-2.5F, "-2.5"},
                 {1.0F / 3.0F, "0.33333334"},
                 {16777216.0F, "16777216"},
                 {0.1F + 0.2F, "0.3"}};
    char text[NUMBER_TEXT];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_string_equal(number_text(text, cases[i].value), cases[i].text);
    }
}

/* Every float comes back, and no text with a digit less would do. */
static void numbers_come_back_exactly(void **state) {
    (void)state;
    struct test_rand random = {1};
    for (int i = 0; i < 20000; i++) {
        uint32_t bits = (uint32_t)test_rand_u64(&random);
        float value;
        memcpy(&value, &bits, sizeof value);
        char text[NUMBER_TEXT];
        if (isfinite(value)) {
            assert_true(strtof(number_text(text, value), NULL) == value);
        }
        value = test_rand_unit(&random) * 10.0F;
        number_text(text, value);
        assert_true(strtof(text, NULL) == value);
        text[strlen(text) - 1] = '\0';
        assert_true(strchr(text, '.') == NULL || strtof(text, NULL) != value);
    }
}

/* What pictures of earlier versions say is shown as it was meant. */
static void metadata_is_short(void **state) {
    (void)state;
    struct meta *meta = calloc(1, sizeof *meta);
    struct buffer out = {0};
    assert_non_null(meta);
    meta->sampling.temperature = 0.9F;
    meta->sampling.choice_temperature = 0.1F;
    meta_json(&out, meta);
    buffer_text(&out, "\n");
    meta_parameters(&out, meta);
    assert_true(buffer_append(&out, "", 1));
    assert_non_null(strstr((char *)out.bytes, "\"temperature\": 0.9,"));
    assert_non_null(strstr((char *)out.bytes, "\"choice_temperature\": 0.1,"));
    assert_non_null(
        strstr((char *)out.bytes, "Temperature: 0.9, Choice temperature: 0.1, CFG scale: 0,"));
    buffer_free(&out);
    free(meta);
}

static void token_grids(void **state) {
    (void)state;
    const um_model_info info = {.grid_width = 3, .grid_height = 2, .codebook_size = 10};
    const int32_t grid[] = {0, 9, -1, 4, 5, 6};
    int32_t again[6];
    struct buffer out = {0};
    assert_true(tokens_format(&out, grid, 3, 2));
    buffer_append(&out, "", 1);
    assert_string_equal((const char *)out.bytes, "0 9 -1\n4 5 6\n");
    assert_int_equal(tokens_parse((const char *)out.bytes, "t", &info, true, again), 0);
    assert_memory_equal(grid, again, sizeof grid);
    assert_int_equal(tokens_parse((const char *)out.bytes, "t", &info, false, again), EXIT_USAGE);
    buffer_free(&out);
    assert_int_equal(tokens_parse(" 0\t9 1 \r\n4 5 6", "t", &info, false, again), 0);
    static const char *const wrong[] = {
        "",
        "0 1 2",
        "0 1\n2 3 4\n",
        "0 1 2 3\n4 5 6\n",
        "0 1 10\n4 5 6\n",
        "0 1 -2\n4 5 6\n",
        "0 1 --1\n4 5 6\n",
        "0 1 2\n4 5 6\n7 8 9\n",
        "0 1 2\n\n4 5 6\n",
        "0,1,2\n4 5 6\n",
        "0 1 0x2\n4 5 6\n",
        "0 1 4294967296\n4 5 6\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(tokens_parse(wrong[i], "t", &info, true, again), EXIT_USAGE);
    }
}

static void npy_bytes(void **state) {
    (void)state;
    const float values[] = {1.0F, -2.5F};
    const uint32_t shape[] = {2, 1};
    struct buffer out = {0};
    assert_true(npy_encode(&out, values, shape, 2));
    assert_int_equal(out.size, 128 + 8);
    assert_memory_equal(out.bytes,
                        "\x93NUMPY\x01\x00\x76\x00{'descr': '<f4', 'fortran_order': "
                        "False, 'shape': (2, 1, ), }   ",
                        74);
    assert_int_equal(out.bytes[127], '\n');
    assert_memory_equal(out.bytes + 128, "\0\0\x80\x3f\0\0\x20\xc0", 8);
    buffer_free(&out);
}

static void statistics(void **state) {
    (void)state;
    struct samples samples = {0};
    assert_true(isnan(samples_median(&samples)) && isnan(samples_least(&samples)));
    for (int i = 0; i < 101; i++) {
        samples_add(&samples, (double)(i * 37 % 101));
    }
    assert_true(samples_median(&samples) == 50.0);
    samples_add(&samples, 1000.0);
    assert_true(samples_median(&samples) == 50.5);
    assert_true(samples_least(&samples) == 0.0 && samples_most(&samples) == 1000.0);
    samples_free(&samples);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_reader),
        cmocka_unit_test(json_reader_limits),
        cmocka_unit_test(json_writer),
        cmocka_unit_test(json_of_any_bytes),
        cmocka_unit_test(cuts_after_whole_letters),
        cmocka_unit_test(cleaned_text),
        cmocka_unit_test(metadata_round_trip),
        cmocka_unit_test(patterns),
        cmocka_unit_test(token_grids),
        cmocka_unit_test(doubled_percent_signs),
        cmocka_unit_test(shortest_numbers),
        cmocka_unit_test(numbers_come_back_exactly),
        cmocka_unit_test(metadata_is_short),
        cmocka_unit_test(npy_bytes),
        cmocka_unit_test(statistics),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
