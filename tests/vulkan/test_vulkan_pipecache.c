/* The pipeline cache on disk: written, read again, refused when damaged or foreign, thrown away
 * after a crash, left alone while another process compiles. Exit code 77 without a Vulkan device.
 */
#define _XOPEN_SOURCE 700
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "backend/vulkan/cache_file.h"
#include "backend/vulkan/pipecache.h"
#include "base/cache.h"
#include "base/mem.h"
#include "vulkan/rig.h"

#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char home[64];

static const struct um_vk_identity key = {.vendor = 1, .device = 2, .driver_version = 3};

/* The key's file; its folder is made. */
static bool place(char path[UM_CACHE_PATH]) {
    char name[UM_VK_CACHE_NAME];
    um_vk_cache_name(&key, name);
    return um_cache_path(name, true, path);
}

/* The one file in the cache folder, without a marker; "" = none. */
static void find_file(char path[512]) {
    char folder[128];
    snprintf(folder, sizeof folder, "%s/unmask", home);
    path[0] = '\0';
    DIR *dir = opendir(folder);
    for (struct dirent *entry; dir && (entry = readdir(dir));) {
        const size_t length = strlen(entry->d_name);
        if (strncmp(entry->d_name, "pipelines-", 10) == 0 && length > 4 &&
            strcmp(entry->d_name + length - 4, ".bin") == 0)
            snprintf(path, 512, "%s/%s", folder, entry->d_name);
    }
    if (dir)
        closedir(dir);
}

static bool exists(const char *path) {
    struct stat status;
    return stat(path, &status) == 0;
}

static void flip_byte(const char *path, long offset, int whence) {
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    assert_int_equal(fseek(file, offset, whence), 0);
    const int byte = fgetc(file);
    assert_int_equal(fseek(file, -1, SEEK_CUR), 0);
    fputc(byte ^ 1, file);
    assert_int_equal(fclose(file), 0);
}

/* Opens a device, builds and runs a program, closes it; its result is checked elsewhere. */
static void use_device(void) {
    struct rig rig;
    float out[10 * RIG_DIM];
    assert_int_equal(rig_open(&rig), UM_OK);
    assert_int_equal(rig_build(&rig, 10, 2), UM_OK);
    assert_int_equal(rig_run(&rig, out, NULL), UM_OK);
    rig_close(&rig);
}

static void files_are_checked(void **state) {
    (void)state;
    char path[UM_CACHE_PATH], hex[65], data[1000];
    size_t bytes;
    for (int i = 0; i < 1000; i++)
        data[i] = (char)(i * 7);
    assert_true(place(path));
    assert_null(um_vk_cache_read(&key, &bytes, hex));
    assert_true(um_vk_cache_write(&key, data, sizeof data, ""));
    char *read = um_vk_cache_read(&key, &bytes, hex);
    assert_non_null(read);
    assert_int_equal(bytes, sizeof data);
    assert_memory_equal(read, data, sizeof data);
    assert_int_equal(strlen(hex), 64);
    um_free(read);
    struct um_vk_identity other = key;
    other.driver_version++;
    assert_null(um_vk_cache_read(&other, &bytes, hex));
    flip_byte(path, -1, SEEK_END); /* data */
    assert_null(um_vk_cache_read(&key, &bytes, hex));
    flip_byte(path, -1, SEEK_END);
    flip_byte(path, 8, SEEK_SET); /* version */
    assert_null(um_vk_cache_read(&key, &bytes, hex));
    flip_byte(path, 8, SEEK_SET);
    assert_int_equal(truncate(path, 500), 0);
    assert_null(um_vk_cache_read(&key, &bytes, hex));
    assert_int_equal(truncate(path, 0), 0);
    assert_null(um_vk_cache_read(&key, &bytes, hex));
    assert_string_equal(hex, "");
    assert_int_equal(unlink(path), 0);
}

static void only_what_is_new_is_written(void **state) {
    (void)state;
    char path[UM_CACHE_PATH], hex[65];
    size_t bytes;
    struct stat first, second;
    assert_true(place(path));
    assert_true(um_vk_cache_write(&key, "abc", 3, ""));
    um_free(um_vk_cache_read(&key, &bytes, hex));
    assert_int_equal(stat(path, &first), 0);
    assert_true(um_vk_cache_write(&key, "abc", 3, hex));
    assert_int_equal(stat(path, &second), 0);
    assert_int_equal(first.st_ino, second.st_ino);
    assert_true(um_vk_cache_write(&key, "abd", 3, hex));
    assert_int_equal(stat(path, &second), 0);
    assert_int_not_equal(first.st_ino, second.st_ino);
    assert_int_equal(first.st_mode & 0777, 0600);
    assert_int_equal(unlink(path), 0);
}

static void places_follow_the_environment(void **state) {
    (void)state;
    char path[UM_CACHE_PATH];
    setenv("XDG_CACHE_HOME", "relative", 1);
    setenv("HOME", home, 1);
    assert_true(place(path));
    assert_non_null(strstr(path, "/.cache/unmask/pipelines-"));
    setenv("HOME", "", 1);
    assert_false(place(path));
    setenv("XDG_CACHE_HOME", "/dev/null", 1);
    assert_false(place(path));
    setenv("XDG_CACHE_HOME", home, 1);
}

static void a_device_leaves_a_file_that_the_next_one_reads(void **state) {
    (void)state;
    char path[512];
    use_device();
    find_file(path);
    assert_string_not_equal(path, "");
    use_device();
    assert_true(exists(path));
    flip_byte(path, -1, SEEK_END); /* damaged: made anew */
    use_device();
    struct rig rig;
    assert_int_equal(rig_open(&rig), UM_OK);
    assert_non_null(rig.device->pipecache);
    assert_null(strstr(rig.log.text, "thrown away"));
    rig_close(&rig);
}

/* What a child does: it begins to compile from the cache and dies, or waits until it is told to
 * end. Drivers do not outlive fork(), so the child is this program anew. */
static int enter_and_die(int ready, int go) {
    struct rig rig;
    char byte = 'e';
    if (rig_open(&rig) == UM_OK && rig.device->pipecache)
        um_vk_pipecache_enter(rig.device->pipecache);
    if (write(ready, &byte, 1) != 1 || (go >= 0 && read(go, &byte, 1) < 0))
        _exit(1);
    _exit(0);
}

static pid_t enter_in_a_child(int ready, int go) {
    char ready_text[16], go_text[16];
    snprintf(ready_text, sizeof ready_text, "%d", ready);
    snprintf(go_text, sizeof go_text, "%d", go);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        execl("/proc/self/exe", "test_vulkan_pipecache", ready_text, go_text, (char *)NULL);
        _exit(1);
    }
    return child;
}

static void a_crash_throws_the_file_away(void **state) {
    (void)state;
    char path[512], marker[520], byte;
    int ready[2], status;
    use_device();
    find_file(path);
    snprintf(marker, sizeof marker, "%s.busy", path);
    assert_false(exists(marker));
    assert_int_equal(pipe(ready), 0);
    pid_t child = enter_in_a_child(ready[1], -1);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(exists(marker));
    struct rig rig;
    assert_int_equal(rig_open(&rig), UM_OK);
    assert_non_null(strstr(rig.log.text, "thrown away"));
    assert_false(exists(path));
    assert_false(exists(marker));
    rig_close(&rig);
}

static void a_busy_neighbour_is_no_crash(void **state) {
    (void)state;
    char path[512], marker[520], byte;
    int ready[2], go[2], status;
    use_device();
    find_file(path);
    snprintf(marker, sizeof marker, "%s.busy", path);
    assert_true(pipe(ready) == 0 && pipe(go) == 0);
    pid_t child = enter_in_a_child(ready[1], go[0]);
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_true(exists(marker));
    use_device();
    assert_true(exists(path) && exists(marker));
    assert_int_equal(write(go[1], "g", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(unlink(marker), 0);
}

static void it_can_be_switched_off(void **state) {
    (void)state;
    char path[512];
    find_file(path);
    unlink(path);
    struct check_log log;
    const struct um_device_options options = {.disabled = UM_FEATURE_PIPECACHE,
                                              .log = check_log_start(&log)};
    void *device;
    assert_int_equal(um_backend_vulkan.device_open(&device, &options), UM_OK);
    assert_null(((struct um_vk_device *)device)->pipecache);
    um_backend_vulkan.device_close(&device);
    find_file(path);
    assert_string_equal(path, "");
}

int main(int argc, char **argv) {
    if (argc == 3)
        return enter_and_die(atoi(argv[1]), atoi(argv[2]));
    snprintf(home, sizeof home, "/tmp/um_pipecache_XXXXXX");
    if (!mkdtemp(home))
        return 1;
    setenv("XDG_CACHE_HOME", home, 1);
    rig_need_device();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_checked),
        cmocka_unit_test(only_what_is_new_is_written),
        cmocka_unit_test(places_follow_the_environment),
        cmocka_unit_test(a_device_leaves_a_file_that_the_next_one_reads),
        cmocka_unit_test(a_crash_throws_the_file_away),
        cmocka_unit_test(a_busy_neighbour_is_no_crash),
        cmocka_unit_test(it_can_be_switched_off),
    };
    int failed = cmocka_run_group_tests_name("pipeline cache", tests, NULL, NULL);
    char command[96];
    snprintf(command, sizeof command, "rm -rf '%s'", home);
    return system(command) != 0 || failed;
}
