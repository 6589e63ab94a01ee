/* The session bus. */
#include "viewer/bus.h"

#include <SDL.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FUNCTION(name)                                                                             \
    { "dbus_" #name, offsetof(struct bus, name) }

static const struct {
    const char *name;
    size_t at;
} functions[] = {
    FUNCTION(bus_get_private),
    FUNCTION(bus_add_match),
    FUNCTION(connection_set_exit_on_disconnect),
    FUNCTION(connection_send_with_reply_and_block),
    FUNCTION(connection_read_write),
    FUNCTION(connection_pop_message),
    FUNCTION(connection_close),
    FUNCTION(connection_unref),
    FUNCTION(message_new_method_call),
    FUNCTION(message_is_signal),
    FUNCTION(message_has_path),
    FUNCTION(message_has_sender),
    FUNCTION(message_get_sender),
    FUNCTION(message_unref),
    FUNCTION(message_iter_init_append),
    FUNCTION(message_iter_append_basic),
    FUNCTION(message_iter_append_fixed_array),
    FUNCTION(message_iter_open_container),
    FUNCTION(message_iter_close_container),
    FUNCTION(message_iter_init),
    FUNCTION(message_iter_next),
    FUNCTION(message_iter_get_arg_type),
    FUNCTION(message_iter_get_basic),
    FUNCTION(message_iter_recurse),
    FUNCTION(validate_utf8),
};

bool bus_load(struct bus *bus) {
    void *library = SDL_LoadObject("libdbus-1.so.3");
    if (library == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *found = SDL_LoadFunction(library, functions[i].name);
        if (found == NULL) {
            SDL_UnloadObject(library);
            return false;
        }
        memcpy((char *)bus + functions[i].at, &found, sizeof found);
    }
    return true;
}

/* Without an address libdbus would start a bus of its own, on which nobody is. */
static bool there_is_a_bus(void) {
    const char *address = getenv("DBUS_SESSION_BUS_ADDRESS"), *folder = getenv("XDG_RUNTIME_DIR");
    char path[4200];
    if (address != NULL && address[0] != '\0') {
        return true;
    }
    int length = folder != NULL ? snprintf(path, sizeof path, "%s/bus", folder) : 0;
    return length > 0 && (size_t)length < sizeof path && access(path, F_OK) == 0;
}

struct bus_connection *bus_connect(const struct bus *bus) {
    enum { SESSION = 0 };
    struct bus_connection *connection =
        there_is_a_bus() ? bus->bus_get_private(SESSION, NULL) : NULL;
    if (connection != NULL) {
        bus->connection_set_exit_on_disconnect(connection, false);
    }
    return connection;
}

void bus_leave(const struct bus *bus, struct bus_connection *connection) {
    bus->connection_close(connection);
    bus->connection_unref(connection);
}
