/* CPU quotas of control groups, from files made up here. */
#define _GNU_SOURCE
#include "base/host.h"
#include "base/system/quota.h"

#include <ftw.h>
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

#define GROUPS "/proc/self/cgroup"
#define TREE   "/sys/fs/cgroup"

static char root[64];

static int make_root(void **state) {
    (void)state;
    strcpy(root, "quota-XXXXXX");
    return mkdtemp(root) == NULL;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *place) {
    (void)info;
    (void)kind;
    (void)place;
    return remove(path);
}

static int remove_root(void **state) {
    (void)state;
    return nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Writes a file below the root, and the folders that it needs. */
static void put(const char *name, const char *text) {
    char path[512];
    snprintf(path, sizeof path, "%s%s", root, name);
    for (char *slash = path; (slash = strchr(slash + 1, '/')) != NULL;) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void no_group_no_limit(void **state) {
    (void)state;
    assert_int_equal(um_quota_processors(root), 0);
    put(GROUPS, "");
    assert_int_equal(um_quota_processors(root), 0);
    put(GROUPS, "0::/\n");
    assert_int_equal(um_quota_processors(root), 0);
    put(TREE "/cpu.max", "max 100000\n");
    assert_int_equal(um_quota_processors(root), 0);
}

static void version_2(void **state) {
    (void)state;
    put(GROUPS, "0::/user.slice/app\n");
    put(TREE "/user.slice/app/cpu.max", "200000 100000\n");
    assert_int_equal(um_quota_processors(root), 2);
    put(TREE "/user.slice/app/cpu.max", "150000 100000\n"); /* one and a half keep two busy */
    assert_int_equal(um_quota_processors(root), 2);
    put(TREE "/user.slice/app/cpu.max", "1000 100000\n");
    assert_int_equal(um_quota_processors(root), 1);
}

static void the_least_of_all_groups_above(void **state) {
    (void)state;
    put(GROUPS, "0::/a/b/c\n");
    put(TREE "/a/b/c/cpu.max", "800000 100000\n");
    put(TREE "/a/b/cpu.max", "max 100000\n");
    put(TREE "/a/cpu.max", "150000 50000\n");
    assert_int_equal(um_quota_processors(root), 3);
    put(TREE "/a/b/c/cpu.max", "max 100000\n");
    assert_int_equal(um_quota_processors(root), 3);
}

/* As in a container: the group's path is the host's, its files are at the root of the tree. */
static void a_container(void **state) {
    (void)state;
    put(GROUPS, "0::/docker/0123456789abcdef\n");
    put(TREE "/cpu.max", "400000 100000\n");
    assert_int_equal(um_quota_processors(root), 4);
    put(GROUPS, "0::/../../elsewhere\n");
    assert_int_equal(um_quota_processors(root), 4);
}

static void version_1(void **state) {
    (void)state;
    put(GROUPS, "12:cpuset:/other\n4:cpu,cpuacct:/docker/0123\n1:name=systemd:/x\n");
    put(TREE "/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
    put(TREE "/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
    assert_int_equal(um_quota_processors(root), 0);
    put(TREE "/cpu,cpuacct/cpu.cfs_quota_us", "250000\n");
    assert_int_equal(um_quota_processors(root), 3);
    put(TREE "/cpu,cpuacct/docker/0123/cpu.cfs_quota_us", "50000\n");
    put(TREE "/cpu,cpuacct/docker/0123/cpu.cfs_period_us", "50000\n");
    assert_int_equal(um_quota_processors(root), 1);
}

/* Where the controllers are not combined under the name that /proc gives. */
static void version_1_by_its_short_name(void **state) {
    (void)state;
    put(GROUPS, "4:cpuacct,cpu:/\n");
    put(TREE "/cpu/cpu.cfs_quota_us", "200000\n");
    put(TREE "/cpu/cpu.cfs_period_us", "100000\n");
    assert_int_equal(um_quota_processors(root), 2);
    put(GROUPS, "3:cpuset,cpuacct:/\n");
    assert_int_equal(um_quota_processors(root), 0);
}

static void both_versions(void **state) {
    (void)state;
    put(GROUPS, "2:cpu:/a\n0::/a\n");
    put(TREE "/cpu/a/cpu.cfs_quota_us", "600000\n");
    put(TREE "/cpu/a/cpu.cfs_period_us", "100000\n");
    put(TREE "/a/cpu.max", "500000 100000\n");
    assert_int_equal(um_quota_processors(root), 5);
}

static void what_makes_no_sense_does_not_limit(void **state) {
    (void)state;
    static const char *const files[] = {"",
                                        "\n",
                                        "100000\n",
                                        "100000 \n",
                                        "100000 0\n",
                                        "0 100000\n",
                                        "-5 100000\n",
                                        "x 100000\n",
                                        "100000 -1\n",
                                        "100000,100000\n",
                                        "99999999999999999999999999 1\n",
                                        "1000000000000000 1\n"};
    static const char *const groups[] = {"0\n", "0:\n", "::\n", "0::\n", "0::a\n", ":/a\n", "\n"};
    put(GROUPS, "0::/a\n");
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        put(TREE "/a/cpu.max", files[i]);
        assert_int_equal(um_quota_processors(root), 0);
    }
    put(TREE "/a/cpu.max", "100000 100000\n");
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
        put(GROUPS, groups[i]);
        assert_int_equal(um_quota_processors(root), 0);
    }
}

static void a_path_that_is_too_long(void **state) {
    (void)state;
    char *text = calloc(1, 20000);
    assert_non_null(text);
    strcpy(text, "0::");
    for (size_t i = 3; i < 19000; i++)
        text[i] = i % 10 ? 'a' : '/';
    text[3] = '/';
    put(GROUPS, text);
    put(TREE "/cpu.max", "300000 100000\n");
    um_quota_processors(root); /* whatever it says: nothing is written past a buffer */
    free(text);
}

static void the_default_number_of_threads(void **state) {
    (void)state;
    uint32_t quota = um_quota_processors(""), used = um_host_processors();
    assert_true(used >= 1);
    assert_true(quota == 0 || used <= quota);
}

int main(void) {
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_root, remove_root)
    const struct CMUnitTest tests[] = {
        TEST(no_group_no_limit),
        TEST(version_2),
        TEST(the_least_of_all_groups_above),
        TEST(a_container),
        TEST(version_1),
        TEST(version_1_by_its_short_name),
        TEST(both_versions),
        TEST(what_makes_no_sense_does_not_limit),
        TEST(a_path_that_is_too_long),
        cmocka_unit_test(the_default_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
