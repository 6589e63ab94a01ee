/* Remembers what the self-test found: one line per device, driver and set of shaders. */
#include "backend/vulkan/pipeline.h"
#include "backend/vulkan/selftest.h"
#include "backend/vulkan/util.h"
#include "base/cache.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char file_name[] = "vulkan-selftest-1"; /* the number is of the format */
enum { KEY = 64, LINE = KEY + 1 + 8 + 1 /* "key mask\n" */, LIMIT = LINE * 512 };

/* Everything that the result depends on. */
static void key_of(const struct um_vk_device *device, char key[KEY + 1]) {
    struct um_sha256 hash;
    const uint32_t state[] = {device->features.used, device->features.fast, device->f16,
                              device->software};
    um_sha256_init(&hash);
    um_sha256_update(&hash, &device->identity, sizeof device->identity);
    um_sha256_update(&hash, state, sizeof state);
    for (int shader = 0; shader < UM_VK_SHADER_COUNT; shader++) {
        const struct um_vk_module *module = um_vk_module((enum um_vk_shader)shader);
        um_sha256_update(&hash, module->code, module->bytes);
    }
    um_sha256_hex(&hash, key);
}

/* The features that were wrong, from the line that begins with the key. */
static bool find(const char *lines, size_t size, const char *key, uint32_t *wrong) {
    for (size_t at = 0; at + LINE <= size; at += LINE) {
        char mask[9] = {0}, *end;
        if (memcmp(lines + at, key, KEY) != 0 || lines[at + KEY] != ' ' ||
            lines[at + LINE - 1] != '\n')
            continue;
        memcpy(mask, lines + at + KEY + 1, 8);
        *wrong = (uint32_t)strtoul(mask, &end, 16);
        return *end == '\0';
    }
    return false;
}

/* The latest verdict comes first; the oldest ones drop out. The file is read anew: during the
 * self-test other processes may have added theirs. */
static void remember(const char *key, uint32_t wrong) {
    char line[LINE + 1], *lines;
    size_t size = 0;
    if (!um_cache_read(file_name, LIMIT, &lines, &size))
        size = 0;
    snprintf(line, sizeof line, "%s %08x\n", key, (unsigned)wrong);
    const size_t kept = size > LIMIT - LINE ? LIMIT - LINE : size / LINE * LINE;
    const struct um_cache_part parts[] = {{line, LINE}, {lines, kept}};
    um_cache_write(file_name, parts, kept ? 2 : 1);
    um_free(lines);
}

um_status um_vk_selftest_remembered(struct um_vk_device *device) {
    char key[KEY + 1], *lines;
    size_t size = 0;
    uint32_t wrong = 0;
    um_status status = UM_OK;
    key_of(device, key);
    if (!um_cache_read(file_name, LIMIT, &lines, &size))
        size = 0;
    if (!device->distrust && lines && find(lines, size, key, &wrong)) {
        device->features.used &= ~wrong;
    } else {
        const uint32_t before = device->features.used;
        const double start = um_clock_seconds();
        status = um_vk_selftest(device);
        device->selftest_seconds = um_clock_seconds() - start;
        if (status == UM_OK)
            remember(key, before & ~device->features.used);
    }
    um_free(lines);
    return status;
}
