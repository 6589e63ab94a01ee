/* Copies of what the library knows, for the window's thread: the model and its classes, and the
 * devices. (The library's objects belong to the worker thread.) */
#ifndef VIEWER_CATALOG_H
#define VIEWER_CATALOG_H

#include <unmask/unmask.h>

struct catalog {
    char name[128], license[128], description[512], weight_type[16], sha256[65], path[1024];
    uint32_t image_width, image_height, grid_width, grid_height, layers, dim;
    uint64_t parameters, file_bytes;
    um_sampling defaults;
    bool has_null_class;
    uint32_t class_count;
    const char **names, **symbols; /* class_count each, into `text` */
    char *text;                    /* owned */
    um_device_info device;
};

/* NULL when memory has run out. */
struct catalog *catalog_make(const um_model *model, const um_device_info *device, const char *path);
void catalog_free(struct catalog *catalog);

struct device_list {
    um_device_info *devices; /* owned */
    size_t count;
};

/* Empty when there is no memory. */
struct device_list *device_list_make(void);
void device_list_free(struct device_list *list);

#endif
