/* A file dialog of xdg-desktop-portal, from the call to the answer.
 * https://flatpak.github.io/xdg-desktop-portal/docs/doc-org.freedesktop.portal.FileChooser.html */
#include "viewer/portal.h"

#include "viewer/bus.h"

#include <stdio.h>
#include <string.h>

#define PORTAL  "org.freedesktop.portal.Desktop"
#define REQUEST "org.freedesktop.portal.Request"
#define THE_BUS "org.freedesktop.DBus"

struct request {
    struct bus bus;
    struct bus_connection *connection;
    struct bus_message *reply;  /* owns the next two */
    const char *handle, *owner; /* the path that answers, and the portal's own name on the bus */
};

/* ------------------------------------------------------------------ asking */

static void add_text(const struct bus *bus, struct bus_iter *options, const char *key,
                     const char *text) {
    struct bus_iter entry, value;
    bus->message_iter_open_container(options, BUS_ENTRY, NULL, &entry);
    bus->message_iter_append_basic(&entry, BUS_TEXT, (const void *)&key);
    bus->message_iter_open_container(&entry, BUS_VARIANT, "s", &value);
    bus->message_iter_append_basic(&value, BUS_TEXT, (const void *)&text);
    bus->message_iter_close_container(&entry, &value);
    bus->message_iter_close_container(options, &entry);
}

/* Paths are bytes of any kind, with the zero at the end. */
static void add_path(const struct bus *bus, struct bus_iter *options, const char *key,
                     const char *path) {
    struct bus_iter entry, value, bytes;
    bus->message_iter_open_container(options, BUS_ENTRY, NULL, &entry);
    bus->message_iter_append_basic(&entry, BUS_TEXT, (const void *)&key);
    bus->message_iter_open_container(&entry, BUS_VARIANT, "ay", &value);
    bus->message_iter_open_container(&value, BUS_ARRAY, "y", &bytes);
    bus->message_iter_append_fixed_array(&bytes, BUS_BYTE, (const void *)&path,
                                         (int)strlen(path) + 1);
    bus->message_iter_close_container(&value, &bytes);
    bus->message_iter_close_container(&entry, &value);
    bus->message_iter_close_container(options, &entry);
}

static struct bus_message *make_call(const struct bus *bus, bool save, const char *path) {
    const char *window = "", *title = save ? "Save as" : "Open", *slash = strrchr(path, '/');
    struct bus_iter at, options;
    char folder[4200];
    struct bus_message *call = bus->message_new_method_call(
        PORTAL, "/org/freedesktop/portal/desktop", "org.freedesktop.portal.FileChooser",
        save ? "SaveFile" : "OpenFile");
    if (call == NULL) {
        return NULL;
    }
    snprintf(folder, sizeof folder, "%.*s", slash != NULL ? (int)(slash - path) : 0, path);
    bus->message_iter_init_append(call, &at);
    bus->message_iter_append_basic(&at, BUS_TEXT, (const void *)&window);
    bus->message_iter_append_basic(&at, BUS_TEXT, (const void *)&title);
    bus->message_iter_open_container(&at, BUS_ARRAY, "{sv}", &options);
    if (folder[0] != '\0') {
        add_path(bus, &options, "current_folder", folder);
    }
    if (save && slash != NULL && bus->validate_utf8(slash + 1, NULL)) {
        add_text(bus, &options, "current_name", slash + 1);
    }
    bus->message_iter_close_container(&at, &options);
    return call;
}

/* The answer may be on its way before the reply that says where it will come from: so signals are
 * subscribed to first, of all requests, and told apart when they are read. */
static bool ask(struct request *request, bool save, const char *path) {
    enum { USUAL_TIMEOUT = -1 };
    const struct bus *bus = &request->bus;
    struct bus_iter at;
    bus->bus_add_match(
        request->connection,
        "type='signal',sender='" PORTAL "',interface='" REQUEST "',member='Response'", NULL);
    bus->bus_add_match(
        request->connection,
        "type='signal',sender='" THE_BUS "',member='NameOwnerChanged',arg0='" PORTAL "'", NULL);
    struct bus_message *call = make_call(bus, save, path);
    if (call == NULL) {
        return false;
    }
    request->reply =
        bus->connection_send_with_reply_and_block(request->connection, call, USUAL_TIMEOUT, NULL);
    bus->message_unref(call);
    if (request->reply == NULL || !bus->message_iter_init(request->reply, &at) ||
        bus->message_iter_get_arg_type(&at) != BUS_PATH) {
        return false;
    }
    bus->message_iter_get_basic(&at, (void *)&request->handle);
    request->owner = bus->message_get_sender(request->reply);
    return request->owner != NULL;
}

/* ------------------------------------------------------------------ the answer */

/* The first text of the list "uris" among the results; NULL if there is none. */
static const char *first_address(const struct bus *bus, struct bus_iter *answer) {
    struct bus_iter results, entry, value, list;
    const char *text = "";
    if (bus->message_iter_get_arg_type(answer) != BUS_ARRAY) {
        return NULL;
    }
    bus->message_iter_recurse(answer, &results);
    for (; bus->message_iter_get_arg_type(&results) == BUS_ENTRY;
         bus->message_iter_next(&results)) {
        bus->message_iter_recurse(&results, &entry);
        if (bus->message_iter_get_arg_type(&entry) != BUS_TEXT) {
            return NULL;
        }
        bus->message_iter_get_basic(&entry, (void *)&text);
        bus->message_iter_next(&entry);
        if (strcmp(text, "uris") != 0 || bus->message_iter_get_arg_type(&entry) != BUS_VARIANT) {
            continue;
        }
        bus->message_iter_recurse(&entry, &value);
        if (bus->message_iter_get_arg_type(&value) == BUS_ARRAY) {
            bus->message_iter_recurse(&value, &list);
            if (bus->message_iter_get_arg_type(&list) == BUS_TEXT) {
                bus->message_iter_get_basic(&list, (void *)&text);
                return text;
            }
        }
    }
    return NULL;
}

/* 1 is "cancelled", and 2 what some dialogs say when their window is closed. */
static int take_answer(const struct bus *bus, struct bus_message *answer) {
    struct bus_iter at;
    uint32_t code = 0;
    if (!bus->message_iter_init(answer, &at) || bus->message_iter_get_arg_type(&at) != BUS_UINT32) {
        return PORTAL_UNAVAILABLE;
    }
    bus->message_iter_get_basic(&at, &code);
    bus->message_iter_next(&at);
    if (code != 0) {
        return PORTAL_CANCELLED;
    }
    const char *address = first_address(bus, &at);
    if (address == NULL || strncmp(address, "file:/", 6) != 0) {
        return PORTAL_UNAVAILABLE;
    }
    return puts(address) >= 0 && fflush(stdout) == 0 ? PORTAL_CHOSEN : PORTAL_UNAVAILABLE;
}

/* True if the portal that has the request is not on the bus any more. */
static bool portal_left(const struct request *request, struct bus_message *message) {
    const struct bus *bus = &request->bus;
    struct bus_iter at;
    const char *name = "", *before = "";
    if (!bus->message_is_signal(message, THE_BUS, "NameOwnerChanged") ||
        !bus->message_has_sender(message, THE_BUS) || !bus->message_iter_init(message, &at) ||
        bus->message_iter_get_arg_type(&at) != BUS_TEXT) {
        return false;
    }
    bus->message_iter_get_basic(&at, (void *)&name);
    bus->message_iter_next(&at);
    if (bus->message_iter_get_arg_type(&at) == BUS_TEXT) {
        bus->message_iter_get_basic(&at, (void *)&before);
    }
    return strcmp(name, PORTAL) == 0 && strcmp(before, request->owner) == 0;
}

/* What the process ends with if this message ends the dialog, else -1. */
static int heed(const struct request *request, struct bus_message *message) {
    const struct bus *bus = &request->bus;
    if (bus->message_is_signal(message, REQUEST, "Response") &&
        bus->message_has_path(message, request->handle) &&
        bus->message_has_sender(message, request->owner)) {
        return take_answer(bus, message);
    }
    return portal_left(request, message) ? PORTAL_UNAVAILABLE : -1;
}

static int wait_for_answer(const struct request *request) {
    const struct bus *bus = &request->bus;
    int code = -1;
    do { /* some may have come with the reply */
        struct bus_message *message;
        while (code < 0 && (message = bus->connection_pop_message(request->connection)) != NULL) {
            code = heed(request, message);
            bus->message_unref(message);
        }
    } while (code < 0 && bus->connection_read_write(request->connection, -1));
    return code < 0 ? PORTAL_UNAVAILABLE : code;
}

int portal_main(int argc, char **argv) {
    bool save = argc == 3 && strcmp(argv[1], PORTAL_SAVE) == 0;
    if (!save && (argc != 3 || strcmp(argv[1], PORTAL_OPEN) != 0)) {
        return -1;
    }
    struct request request = {0};
    if (!bus_load(&request.bus) || (request.connection = bus_connect(&request.bus)) == NULL) {
        return PORTAL_UNAVAILABLE;
    }
    int code = ask(&request, save, argv[2]) ? wait_for_answer(&request) : PORTAL_UNAVAILABLE;
    if (request.reply != NULL) {
        request.bus.message_unref(request.reply);
    }
    bus_leave(&request.bus, request.connection);
    return code;
}
