/* CPU quotas of control groups. A container often sees its own group as the root of the tree while
 * /proc names it by the host's path, so every folder from that path up to the root is asked, and
 * those that are not there do not count. */
#include "base/system/quota.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATH_BYTES = 4096, LINE_BYTES = 64 };

struct quota {
    const char *root;
    uint32_t processors; /* the least so far; 0 = none */
};

/* The first line of root/sys/fs/cgroup/TREE/GROUP/NAME. */
static bool read_line(const struct quota *q, const char *tree, const char *group, const char *name,
                      char line[LINE_BYTES]) {
    char path[PATH_BYTES];
    int length = snprintf(path, sizeof path, "%s/sys/fs/cgroup%s%s/%s", q->root, tree, group, name);
    FILE *file = length > 0 && length < (int)sizeof path ? fopen(path, "r") : NULL;
    bool read = file && fgets(line, LINE_BYTES, file);
    if (file)
        fclose(file);
    return read;
}

/* "max" and "-1", which stand for no limit, are no such numbers. */
static bool positive(const char *text, char **end, unsigned long long *number) {
    if (*text < '0' || *text > '9')
        return false;
    *number = strtoull(text, end, 10);
    return *number > 0 && *number < 1ull << 50;
}

static void limit(struct quota *q, unsigned long long microseconds, unsigned long long period) {
    unsigned long long processors = (microseconds + period - 1) / period;
    if (processors < UINT32_MAX && (!q->processors || processors < q->processors))
        q->processors = (uint32_t)processors;
}

/* "50000 100000": microseconds of processor time in each period. */
static void read_second(struct quota *q, const char *tree, const char *group) {
    char line[LINE_BYTES], *end;
    unsigned long long quota, period;
    if (read_line(q, tree, group, "cpu.max", line) && positive(line, &end, &quota) && *end == ' ' &&
        positive(end + 1, &end, &period))
        limit(q, quota, period);
}

static void read_first(struct quota *q, const char *tree, const char *group) {
    char line[LINE_BYTES], *end;
    unsigned long long quota, period;
    if (read_line(q, tree, group, "cpu.cfs_quota_us", line) && positive(line, &end, &quota) &&
        read_line(q, tree, group, "cpu.cfs_period_us", line) && positive(line, &end, &period))
        limit(q, quota, period);
}

typedef void (*reader)(struct quota *q, const char *tree, const char *group);

/* The group and all above it. `group` is used up. */
static void climb(struct quota *q, reader read, const char *tree, char *group) {
    char *slash;
    read(q, tree, group);
    while ((slash = strrchr(group, '/')) != NULL) {
        *slash = '\0';
        read(q, tree, group);
    }
}

/* True if `list`, separated by commas, names the controller of processor time. */
static bool controls_cpu(const char *list) {
    while (*list) {
        size_t length = strcspn(list, ",");
        if (length == 3 && memcmp(list, "cpu", 3) == 0)
            return true;
        list += length + (list[length] == ',');
    }
    return false;
}

/* "0::/group" of version 2, or "4:cpu,cpuacct:/group" of version 1. */
static void read_group(struct quota *q, char *line) {
    char *list = strchr(line, ':'), *group = list ? strchr(list + 1, ':') : NULL;
    if (!group || group[1] != '/')
        return;
    *group++ = '\0';
    group[strcspn(group, "\n")] = '\0';
    list++;
    char tree[256], again[PATH_BYTES];
    if (!*list) {
        climb(q, read_second, "", group);
    } else if (controls_cpu(list) && snprintf(tree, sizeof tree, "/%s", list) < (int)sizeof tree) {
        snprintf(again, sizeof again, "%s", group);
        climb(q, read_first, tree, group);
        climb(q, read_first, "/cpu", again); /* where the names are links, or not combined */
    }
}

uint32_t um_quota_processors(const char *root) {
    char path[PATH_BYTES], line[PATH_BYTES];
    struct quota q = {.root = root};
    int length = snprintf(path, sizeof path, "%s/proc/self/cgroup", root);
    FILE *file = length > 0 && length < (int)sizeof path ? fopen(path, "r") : NULL;
    if (!file)
        return 0;
    while (fgets(line, sizeof line, file))
        read_group(&q, line);
    fclose(file);
    return q.processors;
}
