/* The part of libdbus that a call and its signals need. The library is looked for when it is asked
 * for: nothing of it is needed to build, or to run where there is no session bus. */
#ifndef VIEWER_BUS_H
#define VIEWER_BUS_H

#include <stdbool.h>
#include <stdint.h>

struct bus_connection;
struct bus_message;

/* DBusMessageIter: at most 14 pointers wide in libdbus-1.so.3, the only version that is loaded. */
struct bus_iter {
    void *room[16];
};

/* Types of arguments, as signatures spell them. */
enum {
    BUS_NOTHING = 0,
    BUS_ARRAY = 'a',
    BUS_BYTE = 'y',
    BUS_ENTRY = 'e',
    BUS_PATH = 'o',
    BUS_TEXT = 's',
    BUS_UINT32 = 'u',
    BUS_VARIANT = 'v'
};

/* As libdbus documents dbus_...(). Where it takes a DBusError, NULL is given: why something failed
 * is of no use to us. Its dbus_bool_t is 32 bits wide. */
struct bus {
    struct bus_connection *(*bus_get_private)(int type, void *error);
    void (*bus_add_match)(struct bus_connection *connection, const char *rule, void *error);
    void (*connection_set_exit_on_disconnect)(struct bus_connection *connection, uint32_t exits);
    struct bus_message *(*connection_send_with_reply_and_block)(struct bus_connection *connection,
                                                                struct bus_message *call,
                                                                int milliseconds, void *error);
    uint32_t (*connection_read_write)(struct bus_connection *connection, int milliseconds);
    struct bus_message *(*connection_pop_message)(struct bus_connection *connection);
    void (*connection_close)(struct bus_connection *connection);
    void (*connection_unref)(struct bus_connection *connection);
    struct bus_message *(*message_new_method_call)(const char *to, const char *path,
                                                   const char *interface, const char *method);
    uint32_t (*message_is_signal)(struct bus_message *message, const char *interface,
                                  const char *name);
    uint32_t (*message_has_path)(struct bus_message *message, const char *path);
    uint32_t (*message_has_sender)(struct bus_message *message, const char *name);
    const char *(*message_get_sender)(struct bus_message *message);
    void (*message_unref)(struct bus_message *message);
    void (*message_iter_init_append)(struct bus_message *message, struct bus_iter *at);
    uint32_t (*message_iter_append_basic)(struct bus_iter *at, int type, const void *value);
    uint32_t (*message_iter_append_fixed_array)(struct bus_iter *at, int type, const void *values,
                                                int count);
    uint32_t (*message_iter_open_container)(struct bus_iter *at, int type, const char *signature,
                                            struct bus_iter *inside);
    uint32_t (*message_iter_close_container)(struct bus_iter *at, struct bus_iter *inside);
    uint32_t (*message_iter_init)(struct bus_message *message, struct bus_iter *at);
    uint32_t (*message_iter_next)(struct bus_iter *at);
    int (*message_iter_get_arg_type)(struct bus_iter *at);
    void (*message_iter_get_basic)(struct bus_iter *at, void *value);
    void (*message_iter_recurse)(struct bus_iter *at, struct bus_iter *inside);
    uint32_t (*validate_utf8)(const char *text, void *error);
};

/* False if there is no libdbus. It stays loaded. */
bool bus_load(struct bus *bus);

/* A connection to the session bus; NULL if there is none. Starts no bus. */
struct bus_connection *bus_connect(const struct bus *bus);

/* Closes and frees it. */
void bus_leave(const struct bus *bus, struct bus_connection *connection);

#endif
