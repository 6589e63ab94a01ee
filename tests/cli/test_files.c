/* Files: whole or not at all, PNG out and in, sinks. */
#include "common/apng.h"
#include "common/atomic_file.h"
#include "common/report.h"
#include "common/sink.h"
#include "input/bytes.h"
#include "input/picture_file.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char folder[] = "/tmp/unmask_files_XXXXXX";

static const char *in_folder(const char *name) {
    static char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

/* Number of files, so that forgotten temporary ones are seen. */
static int count_files(void) {
    DIR *directory = opendir(folder);
    int count = 0;
    assert_non_null(directory);
    for (struct dirent *entry = readdir(directory); entry != NULL; entry = readdir(directory)) {
        count += entry->d_name[0] != '.';
    }
    closedir(directory);
    return count;
}

static void write_and_read(void **state) {
    (void)state;
    char *bytes;
    size_t size;
    const char *path = in_folder("a.txt");
    assert_int_equal(probe_file(path), 0);
    assert_int_equal(count_files(), 0);
    assert_int_equal(write_file(path, "hello", 5), 0);
    assert_int_equal(write_file(path, "h\0i", 3), 0);
    assert_int_equal(count_files(), 1);
    assert_int_equal(input_read(path, 3, &bytes, &size), 0);
    assert_int_equal(size, 3);
    assert_memory_equal(bytes, "h\0i", 4);
    free(bytes);
    assert_int_equal(input_read(path, 2, &bytes, &size), UM_ERROR_IO);
    assert_int_equal(write_file(path, "", 0), 0);
    assert_int_equal(input_read(path, 9, &bytes, &size), 0);
    assert_int_equal(size, 0);
    free(bytes);
    unlink(path);
}

static void failures_leave_nothing(void **state) {
    (void)state;
    char *bytes;
    size_t size;
    assert_int_equal(write_file(in_folder("none/a.txt"), "x", 1), UM_ERROR_IO);
    assert_int_equal(probe_file(in_folder("none/a.txt")), UM_ERROR_IO);
    assert_int_equal(write_file(folder, "x", 1), UM_ERROR_IO);
    assert_int_equal(probe_file(folder), UM_ERROR_IO);
    assert_int_equal(input_read(in_folder("none"), 9, &bytes, &size), UM_ERROR_IO);
    assert_int_equal(input_read(folder, 9, &bytes, &size), UM_ERROR_IO);
    assert_int_equal(write_file("/dev/null", "x", 1), 0);
    struct stat status;
    assert_int_equal(stat("/dev/null", &status), 0);
    assert_true(S_ISCHR(status.st_mode));
    assert_int_equal(count_files(), 0);
}

static void fill(struct picture *picture, unsigned seed) {
    for (size_t i = 0; i < (size_t)picture->width * picture->height * 3; i++) {
        seed = seed * 1664525U + 1013904223U;
        picture->rgb[i] = (float)(seed >> 24) / 255.0F;
    }
}

static void png_round_trip(void **state) {
    (void)state;
    static const uint32_t sizes[][2] = {{1, 1}, {7, 3}, {64, 64}, {1, 300}};
    const struct png_text_pair texts[] = {{"parameters", "one\ntwo \xc3\xa9"}, {"unmask", "{}"}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct picture picture, back;
        struct picture_file file;
        struct buffer out = {0};
        const char *path = in_folder("p.png");
        assert_true(picture_make(&picture, sizes[i][0], sizes[i][1]));
        fill(&picture, (unsigned)i);
        assert_true(png_encode(&out, &picture, texts, 2));
        assert_int_equal(write_file(path, out.bytes, out.size), 0);
        assert_int_equal(picture_file_read(&file, path, true), 0);
        assert_int_equal(file.width, sizes[i][0]);
        assert_true(picture_file_on_white(&file, &back));
        assert_true(picture_hash(&back) == picture_hash(&picture));
        assert_string_equal(file.parameters, texts[0].text);
        assert_string_equal(file.unmask, "{}");
        picture_file_free(&file);
        picture_free(&back);
        picture_free(&picture);
        buffer_free(&out);
        unlink(path);
    }
}

/* Every cut of a PNG file is refused, unless nothing but the last chunks is missing. */
static void png_cut(void **state) {
    (void)state;
    struct picture picture;
    struct buffer out = {0};
    const char *path = in_folder("cut.png");
    assert_true(picture_make(&picture, 9, 9));
    fill(&picture, 3);
    assert_true(png_encode(&out, &picture, NULL, 0));
    for (size_t size = 0; size < out.size; size++) {
        struct picture_file file;
        FILE *cut = fopen(path, "wb");
        assert_non_null(cut);
        assert_int_equal(fwrite(out.bytes, 1, size, cut), size);
        fclose(cut);
        assert_int_equal(picture_file_read(&file, path, true), UM_ERROR_IO);
        assert_null(file.rgba);
    }
    unlink(path);
    buffer_free(&out);
    picture_free(&picture);
}

static void bytes_of_values(void **state) {
    (void)state;
    for (int i = 0; i < 256; i++) {
        assert_int_equal(picture_byte((float)i / 255.0F), i);
    }
    assert_int_equal(picture_byte(-1e30F), 0);
    assert_int_equal(picture_byte(1e30F), 255);
    assert_int_equal(picture_byte(0.5F / 255.0F - 1e-6F), 0);
    assert_int_equal(picture_byte(0.5F / 255.0F + 1e-6F), 1);
}

static void sinks(void **state) {
    (void)state;
    static const char *const good[] = {"a.png", "-", "b.npy", "c.ppm", "hash", "null", "d/x.png"};
    static const char *const wrong[] = {"a.jpg", "png", ".png", "hashes", "nullx", "a.png.txt"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_non_null(sink_for(good[i], "output"));
    }
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_null(sink_for(wrong[i], "output"));
    }
}

static int make_folder(void **state) {
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int remove_folder(void **state) {
    (void)state;
    return rmdir(folder);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(write_and_read),  cmocka_unit_test(failures_leave_nothing),
        cmocka_unit_test(png_round_trip),  cmocka_unit_test(png_cut),
        cmocka_unit_test(bytes_of_values), cmocka_unit_test(sinks),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
