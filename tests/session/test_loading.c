/* Loading reports its progress and can be cancelled; where the model is that nobody names. */
#define _POSIX_C_SOURCE 200809L
#include "session/rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

/* Notes what is reported; says no when `stop_at` bytes are done. */
struct watcher {
    uint64_t done, total, stop_at;
    unsigned calls;
};

static bool watch(void *user, uint64_t done, uint64_t total) {
    struct watcher *w = user;
    assert_true(done > w->done && done <= total);
    assert_true(w->calls == 0 || total == w->total);
    w->done = done;
    w->total = total;
    w->calls++;
    return w->stop_at == 0 || done < w->stop_at;
}

static const char *path = "loading_test.gguf";

static void write_model(void *bytes, size_t size) {
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

static void loading_is_watched_and_cancelled(void **state) {
    (void)state;
    struct rig rig;
    rig_open(&rig, "cpu", 1, NULL);
    size_t size;
    void *bytes = tiny_model_build(&(struct tiny_model_options){.dim = 128, .layers = 4}, &size);
    assert_true(size > 3 << 18); // several reports
    write_model(bytes, size);
    for (int from_memory = 0; from_memory < 2; from_memory++) {
        struct watcher w = {0};
        um_load_params params = {.progress = watch, .progress_user = &w};
        params.path = from_memory ? NULL : path;
        params.bytes = from_memory ? bytes : NULL;
        params.size = from_memory ? size : 0;
        um_model *model = NULL;
        assert_int_equal(um_model_load_with(&model, rig.context, &params), UM_OK);
        assert_non_null(model);
        assert_true(w.calls > 3 && w.done == w.total && w.total < size);
        um_model_unload(&model);
        const unsigned all = w.calls;
        w = (struct watcher){.stop_at = 2 << 18};
        model = (um_model *)(void *)&rig;
        assert_int_equal(um_model_load_with(&model, rig.context, &params), UM_CANCELLED);
        assert_null(model);
        assert_true(w.calls == 2 && w.calls < all);
    }
    um_model *model = NULL;
    um_load_params both = {.path = path, .bytes = bytes, .size = size};
    assert_int_equal(um_model_load_with(&model, rig.context, &both), UM_ERROR_ARGUMENT);
    assert_int_equal(um_model_load_with(&model, rig.context, &(um_load_params){0}),
                     UM_ERROR_ARGUMENT);
    assert_int_equal(um_model_load_with(&model, rig.context, NULL), UM_ERROR_ARGUMENT);
    remove(path);
    free(bytes);
    rig_close(&rig);
}

/* ---------------------------------------------------------------- the default model */

static void make_file(const char *folder) {
    char at[4096];
    snprintf(at, sizeof at, "%s", folder);
    static const char *const parts[] = {"", "/unmask", "/unmask/models"};
    for (int i = 0; i < 3; i++) {
        snprintf(at, sizeof at, "%s%s", folder, parts[i]);
        mkdir(at, 0777);
    }
    snprintf(at, sizeof at, "%s/unmask/models/emoji-64.gguf", folder);
    FILE *file = fopen(at, "wb");
    assert_non_null(file);
    fclose(file);
}

static void remove_file(const char *folder) {
    char at[4096];
    static const char *const parts[] = {"/unmask/models/emoji-64.gguf", "/unmask/models", "/unmask",
                                        ""};
    for (int i = 0; i < 4; i++) {
        snprintf(at, sizeof at, "%s%s", folder, parts[i]);
        remove(at);
    }
}

static void found(const char *expected) {
    char text[8192];
    assert_int_equal(um_default_model_path(text, sizeof text), strlen(expected));
    assert_string_equal(text, expected);
}

static void the_default_model_is_found_where_programs_look(void **state) {
    (void)state;
    char here[2048], home[4096], dirs[4096], list[8192], expected[8192], small[4];
    assert_non_null(getcwd(here, sizeof here));
    snprintf(home, sizeof home, "%s/default_model_home", here);
    snprintf(dirs, sizeof dirs, "%s/default_model_dirs", here);
    snprintf(list, sizeof list, "/nowhere:relative:%s", dirs);
    remove_file(home);
    remove_file(dirs);
    setenv("UNMASK_MODEL_PATH", "named by hand", 1);
    setenv("XDG_DATA_HOME", home, 1);
    setenv("XDG_DATA_DIRS", list, 1);
    found("named by hand");
    assert_int_equal(um_default_model_path(NULL, 0), 13);
    assert_int_equal(um_default_model_path(small, sizeof small), 13);
    assert_string_equal(small, "");
    memset(list, 'a', sizeof list - 1);
    list[sizeof list - 1] = '\0';
    setenv("UNMASK_MODEL_PATH", list, 1); // too long for a path, but named by somebody
    assert_true(um_default_model_path(NULL, 0) > 4000);
    setenv("UNMASK_MODEL_PATH", "", 1);
    make_file(dirs);
    snprintf(expected, sizeof expected, "%s/unmask/models/emoji-64.gguf", dirs);
    found(expected);
    make_file(home);
    snprintf(expected, sizeof expected, "%s/unmask/models/emoji-64.gguf", home);
    found(expected);
    unsetenv("XDG_DATA_HOME");
    setenv("HOME", "relative", 1);
    snprintf(expected, sizeof expected, "%s/unmask/models/emoji-64.gguf", dirs);
    found(expected);
    remove_file(home);
    remove_file(dirs);
    // what is left is the folder that the program was built in, with the model or without
    char text[4096] = "before";
    const size_t length = um_default_model_path(text, sizeof text);
    assert_int_equal(length, strlen(text));
    assert_true(length == 0 || strstr(text, "/assets/emoji-64.gguf"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loading_is_watched_and_cancelled),
        cmocka_unit_test(the_default_model_is_found_where_programs_look),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
