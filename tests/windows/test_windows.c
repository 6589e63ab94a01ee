/* Windows: names in UTF-8, replacing what others read, locks, threads, the cache's folder. */
#include "base/cache.h"
#include "base/file.h"
#include "base/host.h"
#include "base/mem.h"
#include "base/system/system.h"
#include "base/thread.h"
#include "common/atomic_file.h"
#include "common/paths.h"
#include "input/bytes.h"
#include "system/system.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <unmask/unmask.h>
/* after the rest, which it would change */
#include <windows.h>

/* Letters of three alphabets and one beyond 16 bits. */
#define NAME "\xc3\xa9\xd0\xb6\xe7\x8c\xab\xf0\x9f\x98\x80"

static char folder[SYSTEM_PATH];

static const char *in_folder(const char *name) {
    static char path[2 * SYSTEM_PATH];
    snprintf(path, sizeof path, "%s\\%s", folder, name);
    return path;
}

static int make_folder(void **state) {
    (void)state;
    WCHAR wide[MAX_PATH];
    char base[SYSTEM_PATH];
    GetTempPathW(MAX_PATH, wide);
    WideCharToMultiByte(CP_UTF8, 0, wide, -1, base, sizeof base, NULL, NULL);
    snprintf(folder, sizeof folder, "%sunmask-" NAME "-%08x", base, system_random());
    return system_make_folder(folder) ? 0 : 1;
}

static int remove_folder(void **state) {
    (void)state;
    return system_remove_folder(folder) ? 0 : 1;
}

static int count_one(void *user, const char *name) {
    *(int *)user += name[0] != '.';
    return 0;
}

static int count_files(void) {
    int count = 0;
    system_list(folder, count_one, &count);
    return count;
}

static void names_are_utf8(void **state) {
    (void)state;
    const char *path = in_folder(NAME ".txt");
    struct um_file file;
    struct um_file_error error;
    char text[4];
    WCHAR wide[SYSTEM_PATH];
    assert_int_equal(write_file(path, "abc", 3), 0);
    assert_int_equal(MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, SYSTEM_PATH) > 0, 1);
    assert_int_not_equal(GetFileAttributesW(wide), INVALID_FILE_ATTRIBUTES);
    assert_true(um_file_open(&file, path, &error));
    assert_true(um_file_read(&file, 1, text, 2));
    assert_memory_equal(text, "bc", 2);
    um_file_close(&file);
    assert_string_equal(system_name_in(path), NAME ".txt");
    assert_int_equal(count_files(), 1);
    assert_true(system_remove(path));
    assert_false(um_file_open(&file, path, &error));
    assert_true(error.missing);
    assert_false(um_file_open(&file, "\xff.txt", &error)); /* no UTF-8 */
    assert_false(um_file_open(&file, folder, &error));
    assert_string_equal(error.reason, "not a regular file");
}

static void separators(void **state) {
    (void)state;
    assert_string_equal(system_name_in("a/b\\c"), "c");
    assert_string_equal(system_name_in("C:c"), "c");
    assert_string_equal(system_name_in("c"), "c");
    assert_string_equal(system_name_in("C:\\a\\"), "");
}

/* Who reads a file while it is replaced goes on reading the old one. */
static void replaced_while_read(void **state) {
    (void)state;
    char bytes[4] = "";
    const char *path = in_folder("a.bin");
    assert_int_equal(write_file(path, "old", 3), 0);
    assert_int_equal(write_file(path, "longer", 6), 0);
    int reader = system_open(path);
    assert_true(reader >= 0);
    assert_int_equal(system_read(reader, bytes, 3), 3);
    assert_memory_equal(bytes, "lon", 3);
    system_close(reader);
    assert_int_equal(write_file(path, "x", 1), 0);
    assert_int_equal(count_files(), 1);
    struct system_status status;
    assert_true(system_status(path, &status));
    assert_int_equal(status.bytes, 1);
    assert_true(system_remove(path));
}

/* A file that another program keeps to itself, and a folder, stay as they are. */
static void unwritable(void **state) {
    (void)state;
    char *text;
    size_t size;
    const char *path = in_folder("kept.txt");
    WCHAR wide[SYSTEM_PATH];
    assert_int_equal(write_file(path, "kept", 4), 0);
    MultiByteToWideChar(CP_UTF8, 0, path, -1, wide, SYSTEM_PATH);
    HANDLE other = CreateFileW(wide, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
    assert_true(other != INVALID_HANDLE_VALUE);
    assert_int_equal(probe_file(path), UM_ERROR_IO);
    assert_int_equal(write_file(path, "lost", 4), UM_ERROR_IO);
    CloseHandle(other);
    assert_int_equal(input_read(path, 9, &text, &size), 0);
    assert_string_equal(text, "kept");
    free(text);
    assert_int_equal(count_files(), 1);
    assert_true(system_remove(path));
    assert_int_equal(write_file(folder, "x", 1), UM_ERROR_IO);
    assert_int_equal(count_files(), 0);
}

static void one_holds_a_lock(void **state) {
    (void)state;
    const char *path = in_folder("x.busy");
    assert_int_equal(um_system_lock(path, false), -1);
    int lock = um_system_lock(path, true);
    assert_true(lock >= 0);
    assert_int_equal(um_system_lock(path, true), -1);
    assert_true(um_system_close(lock));
    lock = um_system_lock(path, false);
    assert_true(lock >= 0);
    assert_true(um_system_remove(path)); /* as it is done while it is held */
    assert_true(um_system_close(lock));
    assert_int_equal(count_files(), 0);
}

static void cache_is_local(void **state) {
    (void)state;
    char path[UM_CACHE_PATH], *bytes;
    size_t size;
    WCHAR wide[SYSTEM_PATH];
    MultiByteToWideChar(CP_UTF8, 0, folder, -1, wide, SYSTEM_PATH);
    SetEnvironmentVariableW(L"LOCALAPPDATA", L"relative");
    assert_false(um_cache_path("a", false, path));
    SetEnvironmentVariableW(L"LOCALAPPDATA", wide);
    assert_true(um_cache_path("a", true, path));
    assert_memory_equal(path, folder, strlen(folder));
    for (int i = 0; i < 2; i++) {
        const struct um_cache_part parts[] = {{"on", 2}, {"e!", 2}};
        assert_true(um_cache_write("a", parts, 2));
        assert_true(um_cache_read("a", 9, &bytes, &size));
        assert_int_equal(size, 4);
        assert_string_equal(bytes, "one!");
        um_free(bytes);
    }
    um_cache_remove("a");
    assert_false(um_cache_read("a", 9, &bytes, &size));
    assert_true(system_remove_folder(in_folder("unmask")));
}

static void model_by_environment(void **state) {
    (void)state;
    SetEnvironmentVariableW(L"UNMASK_MODEL_PATH", L"C:\\\x732b.gguf");
    char *model = find_model(NULL);
    assert_string_equal(model, "C:\\\xe7\x8c\xab.gguf");
    free(model);
}

struct turn {
    struct um_mutex lock;
    struct um_condition changed;
    int value;
};

static void take_turn(void *arg) {
    struct turn *turn = arg;
    um_mutex_lock(&turn->lock);
    while (turn->value != 1)
        um_condition_wait(&turn->changed, &turn->lock);
    turn->value = 2;
    um_condition_wake_all(&turn->changed);
    um_mutex_unlock(&turn->lock);
}

static void threads_take_turns(void **state) {
    (void)state;
    struct turn turn = {.value = 0};
    struct um_thread thread;
    assert_true(um_mutex_make(&turn.lock) && um_condition_make(&turn.changed));
    assert_true(um_thread_start(&thread, take_turn, &turn));
    um_mutex_lock(&turn.lock);
    turn.value = 1;
    um_condition_wake_one(&turn.changed);
    while (turn.value != 2)
        um_condition_wait(&turn.changed, &turn.lock);
    um_mutex_unlock(&turn.lock);
    um_thread_join(&thread);
    um_condition_end(&turn.changed);
    um_mutex_end(&turn.lock);
}

static void machine(void **state) {
    (void)state;
    char name[64], system[64];
    um_host_cpu_name(name, sizeof name);
    system_name(system, sizeof system);
    assert_true(um_host_processors() >= 1 && um_host_memory() > 0 && name[0] != '\0');
    assert_memory_equal(system, "Windows ", 8);
    assert_true(system_peak_memory() > 0);
    assert_true(system_random() != system_random() || system_random() != system_random());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_utf8),
        cmocka_unit_test(separators),
        cmocka_unit_test(replaced_while_read),
        cmocka_unit_test(unwritable),
        cmocka_unit_test(one_holds_a_lock),
        cmocka_unit_test(cache_is_local),
        cmocka_unit_test(model_by_environment),
        cmocka_unit_test(threads_take_turns),
        cmocka_unit_test(machine),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
