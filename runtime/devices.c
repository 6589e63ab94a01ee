/* The list of devices over all backends, and the choice of one from it. */
#include "backend/backend.h"
#include "base/mem.h"
#include "base/utf8.h"

#include <stdio.h>
#include <string.h>

enum { MAX_DEVICES = 64, INDEX_DIGITS = 2, LIST_TEXT = 700 };

/* Order of preference: real GPUs, the CPU backend, Vulkan on the CPU. */
static int rank(um_device_kind kind) {
    switch (kind) {
    case UM_DEVICE_DISCRETE:
        return 0;
    case UM_DEVICE_INTEGRATED:
        return 1;
    case UM_DEVICE_VIRTUAL:
        return 2;
    case UM_DEVICE_CPU_BACKEND:
        return 3;
    case UM_DEVICE_SOFTWARE:
        break;
    }
    return 4;
}

/* A device that two drivers or two layers report keeps its first entry. */
static bool listed(const struct um_device_slot *slots, size_t count, const um_device_info *info) {
    for (size_t i = 0; i < count; i++) {
        if (info->uuid[0] && strcmp(slots[i].info.uuid, info->uuid) == 0)
            return true;
    }
    return false;
}

static size_t insert(struct um_device_slot *slots, size_t count,
                     const struct um_device_slot *slot) {
    if (count == MAX_DEVICES || listed(slots, count, &slot->info))
        return count;
    size_t at = count;
    for (; at > 0 && rank(slots[at - 1].info.kind) > rank(slot->info.kind); at--)
        slots[at] = slots[at - 1];
    slots[at] = *slot;
    return count + 1;
}

/* Lists one backend's devices into the ordered `slots`. A backend that cannot start has no devices;
 * that is not an error as long as nobody asks for them. */
static size_t collect(const struct um_backend_fns *backend, struct um_device_slot *slots,
                      size_t count, um_device_info *scratch, const struct um_log *log) {
    size_t found = 0;
    um_status status = backend->list(scratch, MAX_DEVICES, &found, log);
    if (status != UM_OK) {
        um_log_write(log, UM_LOG_WARN, "The %s backend cannot be used: %s.", backend->name,
                     um_status_text(status));
        return count;
    }
    for (size_t i = 0; i < found && i < MAX_DEVICES; i++) {
        struct um_device_slot slot = {backend, (uint32_t)i, scratch[i]};
        count = insert(slots, count, &slot);
    }
    return count;
}

/* All devices, or those of the backend `only`; room for MAX_DEVICES. */
static um_status all_slots(struct um_device_slot *slots, const char *only, size_t *count,
                           const struct um_log *log) {
    um_device_info *scratch = um_alloc(MAX_DEVICES, sizeof *scratch);
    if (!scratch)
        return um_fail(log, UM_ERROR_MEMORY, "Memory ran out while listing devices.");
    *count = 0;
    for (uint32_t i = 0; i < um_backend_count; i++) {
        if (!only || strcmp(only, um_backends[i]->name) == 0)
            *count = collect(um_backends[i], slots, *count, scratch, log);
    }
    um_free(scratch);
    return UM_OK;
}

um_status um_device_slots(struct um_device_slot *slots, size_t capacity, size_t *count,
                          const struct um_log *log) {
    struct um_device_slot *all = um_alloc(MAX_DEVICES, sizeof *all);
    if (!all)
        return um_fail(log, UM_ERROR_MEMORY, "Memory ran out while listing devices.");
    um_status status = all_slots(all, NULL, count, log);
    for (size_t i = 0; status == UM_OK && i < *count && i < capacity; i++)
        slots[i] = all[i];
    um_free(all);
    return status;
}

um_status um_devices(um_device_info *list, size_t capacity, size_t *count, um_log_fn log_fn,
                     void *user) {
    struct um_log log = {.fn = log_fn, .user = user};
    if (!count || (capacity && !list))
        return um_fail(&log, UM_ERROR_ARGUMENT, "um_devices: list and count must not be NULL.");
    struct um_device_slot *all = um_alloc(MAX_DEVICES, sizeof *all);
    if (!all)
        return um_fail(&log, UM_ERROR_MEMORY, "Memory ran out while listing devices.");
    um_status status = all_slots(all, NULL, count, &log);
    for (size_t i = 0; status == UM_OK && i < *count && i < capacity; i++)
        list[i] = all[i].info;
    um_free(all);
    return status;
}

/* ASCII only: device names come in many encodings, and no locale must decide. */
static char lower(char c) {
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool starts_with(const char *text, const char *prefix) {
    for (; *prefix; text++, prefix++) {
        if (lower(*text) != lower(*prefix))
            return false;
    }
    return true;
}

static bool equal(const char *a, const char *b) {
    return strlen(a) == strlen(b) && starts_with(a, b);
}

static bool contains(const char *text, const char *part) {
    for (; *text; text++) {
        if (starts_with(text, part))
            return true;
    }
    return false;
}

/* Compares hex digits and skips the dashes that other tools print. */
static bool equal_uuid(const char *uuid, const char *text) {
    if (!*uuid)
        return false;
    for (; *text; text++) {
        if (*text == '-')
            continue;
        if (!*uuid || lower(*text) != lower(*uuid))
            return false;
        uuid++;
    }
    return !*uuid;
}

static bool parse_index(const char *text, size_t *index) {
    size_t value = 0;
    const char *p = text;
    for (; *p >= '0' && *p <= '9' && p - text < 6; p++)
        value = value * 10 + (size_t)(*p - '0');
    *index = value;
    return p != text && !*p;
}

/* "0 NAME, 1 NAME": the devices whose name contains `part`. */
static void describe(char text[LIST_TEXT], const struct um_device_slot *slots, size_t count,
                     const char *part) {
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < count && used < LIST_TEXT; i++) {
        if (!contains(slots[i].info.name, part) && *part)
            continue;
        int n = snprintf(text + used, LIST_TEXT - used, "%s%zu \"%.*s\"", used ? ", " : "", i,
                         um_utf8_fit(slots[i].info.name, 100), slots[i].info.name);
        if (n < 0)
            break;
        used += (size_t)n;
    }
    um_utf8_trim(text);
}

static um_status no_match(const char *wanted, const struct um_device_slot *slots, size_t count,
                          const struct um_log *log) {
    char text[LIST_TEXT];
    describe(text, slots, count, "");
    return um_fail(log, UM_ERROR_NO_DEVICE, "No device matches \"%.*s\"; there are: %s.",
                   um_utf8_fit(wanted, 100), wanted, *text ? text : "none");
}

/* By part of a name. Several matches are fine if they are the same model: the first is taken. */
static um_status pick_by_name(const char *wanted, const struct um_device_slot *slots, size_t count,
                              size_t *chosen, const struct um_log *log) {
    size_t first = count;
    for (size_t i = 0; i < count; i++) {
        const char *name = slots[i].info.name;
        if (equal(name, wanted)) {
            *chosen = i;
            return UM_OK;
        }
        if (contains(name, wanted) && first == count)
            first = i;
    }
    if (first == count)
        return no_match(wanted, slots, count, log);
    for (size_t i = first + 1; i < count; i++) {
        const char *name = slots[i].info.name;
        if (contains(name, wanted) && !equal(name, slots[first].info.name)) {
            char text[LIST_TEXT];
            describe(text, slots, count, wanted);
            return um_fail(log, UM_ERROR_NO_DEVICE, "Several devices match \"%.*s\": %s.",
                           um_utf8_fit(wanted, 100), wanted, text);
        }
    }
    *chosen = first;
    return UM_OK;
}

/* "gpu": the first real one. A Vulkan driver that computes on the CPU is none. */
static um_status pick_gpu(const struct um_device_slot *slots, size_t count, size_t *chosen,
                          const struct um_log *log) {
    if (count && rank(slots[0].info.kind) < rank(UM_DEVICE_CPU_BACKEND)) {
        *chosen = 0;
        return UM_OK;
    }
    char text[LIST_TEXT];
    describe(text, slots, count, "");
    return um_fail(log, UM_ERROR_NO_DEVICE, "There is no GPU; there are: %s.",
                   *text ? text : "none");
}

static um_status choose(const char *wanted, const struct um_device_slot *slots, size_t count,
                        size_t *chosen, const struct um_log *log) {
    size_t index;
    if (equal(wanted, "gpu"))
        return pick_gpu(slots, count, chosen, log);
    for (size_t i = 0; i < count; i++) {
        if (equal(slots[i].backend->name, wanted) || equal_uuid(slots[i].info.uuid, wanted) ||
            equal(wanted, "auto")) {
            *chosen = i;
            return UM_OK;
        }
    }
    if (parse_index(wanted, &index)) {
        if (index < count) {
            *chosen = index;
            return UM_OK;
        }
        // "4090" may be part of a name, but a stale "2" must not find the 2 in it.
        if (strlen(wanted) <= INDEX_DIGITS)
            return no_match(wanted, slots, count, log);
    }
    return pick_by_name(wanted, slots, count, chosen, log);
}

um_status um_device_pick(const char *wanted, struct um_device_slot *slot,
                         const struct um_log *log) {
    if (!wanted || !*wanted)
        wanted = "auto";
    struct um_device_slot *slots = um_alloc(MAX_DEVICES, sizeof *slots);
    if (!slots)
        return um_fail(log, UM_ERROR_MEMORY, "Memory ran out while listing devices.");
    // Asking for the CPU must not start a Vulkan driver: it costs time, and drivers crash.
    const char *only = equal(wanted, "cpu") ? "cpu" : NULL;
    size_t count = 0, chosen = 0;
    um_status status = all_slots(slots, only, &count, log);
    if (status == UM_OK)
        status = choose(wanted, slots, count, &chosen, log);
    if (status == UM_OK)
        *slot = slots[chosen];
    um_free(slots);
    return status;
}
