/* unmask devices: what --device can choose from. */
#include "args.h"
#include "common/atomic_file.h"
#include "common/json.h"
#include "common/report.h"
#include "system/system.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *kind_name(um_device_kind kind) {
    static const char *const names[] = {"CPU", "discrete GPU", "integrated GPU", "virtual GPU",
                                        "software"};
    return (size_t)kind < sizeof names / sizeof names[0] ? names[kind] : "unknown";
}

/* The position that $UNMASK_DEVICE names; without it the first. -1: it names none. */
static int default_position(const um_device_info *list, size_t count) {
    const char *name = system_environment("UNMASK_DEVICE");
    if (name == NULL || name[0] == '\0') {
        return 0;
    }
    um_context *context = NULL;
    um_context_params params = {.device = name, .threads = 1, .log = report_log};
    int position = -1;
    if (um_context_create(&context, &params) == UM_OK) {
        const um_device_info *opened = um_context_device(context);
        for (size_t i = 0; i < count && position < 0; i++) {
            bool same = strcmp(list[i].backend, opened->backend) == 0 &&
                        strcmp(list[i].name, opened->name) == 0 &&
                        strcmp(list[i].uuid, opened->uuid) == 0;
            position = same ? (int)i : -1;
        }
    }
    um_context_destroy(&context);
    return position;
}

static void print_list(const um_device_info *list, size_t count, int chosen) {
    for (size_t i = 0; i < count; i++) {
        put_line("%c %zu  %-6s  %s (%s, %.1f GiB%s%s)", (int)i == chosen ? '*' : ' ', i,
                 list[i].backend, list[i].name, kind_name(list[i].kind),
                 (double)list[i].memory_bytes / (1 << 30), list[i].driver[0] != '\0' ? ", " : "",
                 list[i].driver);
    }
}

static void put_device(struct json *json, const um_device_info *device, size_t position,
                       bool chosen) {
    char version[32];
    snprintf(version, sizeof version, "%u.%u.%u", device->api_version >> 22,
             device->api_version >> 12 & 0x3ff, device->api_version & 0xfff);
    json_open(json, NULL, '{');
    json_whole(json, "index", position);
    json_bool(json, "default", chosen);
    json_text(json, "name", device->name);
    json_text(json, "backend", device->backend);
    json_text(json, "kind", kind_name(device->kind));
    json_text(json, "driver", device->driver);
    json_text(json, "uuid", device->uuid);
    json_whole(json, "vendor_id", device->vendor_id);
    json_whole(json, "device_id", device->device_id);
    if (device->api_version != 0) {
        json_text(json, "api_version", version);
    } else {
        json_null(json, "api_version");
    }
    json_whole(json, "memory_bytes", device->memory_bytes);
    json_close(json, '}');
}

static int print_json(const um_device_info *list, size_t count, int chosen) {
    struct buffer out = {0};
    struct json json = {.out = &out, .pretty = true};
    json_open(&json, NULL, '{');
    json_text(&json, "program", "unmask");
    json_text(&json, "version", um_version());
    json_whole(&json, "format", 1);
    json_open(&json, "devices", '[');
    for (size_t i = 0; i < count; i++) {
        put_device(&json, &list[i], i, (int)i == chosen);
    }
    json_close(&json, ']');
    json_close(&json, '}');
    int code = buffer_text(&out, "\n") ? write_file("-", out.bytes, out.size)
                                       : fail(UM_ERROR_MEMORY, "not enough memory for the JSON");
    buffer_free(&out);
    return code;
}

int cmd_devices(const struct args *args) {
    size_t count = 0;
    um_status status = um_devices(NULL, 0, &count, report_log, NULL);
    if (status != UM_OK) {
        return fail_status(status);
    }
    size_t room = count;
    um_device_info *list = calloc(room + 1, sizeof *list);
    if (list == NULL) {
        return fail(UM_ERROR_MEMORY, "not enough memory for the list");
    }
    status = um_devices(list, room, &count, report_log, NULL);
    count = count < room ? count : room;
    int code = fail_status(status);
    if (code == 0) {
        int chosen = default_position(list, count);
        if (chosen < 0) {
            note("warning: UNMASK_DEVICE: %s", report_last_error());
        }
        if (args->given[OPT_JSON] > 0) {
            code = print_json(list, count, chosen);
        } else {
            print_list(list, count, chosen);
        }
    }
    free(list);
    return code;
}
