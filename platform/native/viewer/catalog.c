/* Copies of the model's description and of the device list. */
#include "viewer/catalog.h"

#include "common/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void copy_info(struct catalog *catalog, const um_model_info *info) {
    utf8_copy(catalog->name, sizeof catalog->name, info->name);
    utf8_copy(catalog->license, sizeof catalog->license, info->license);
    utf8_copy(catalog->description, sizeof catalog->description, info->description);
    snprintf(catalog->weight_type, sizeof catalog->weight_type, "%s", info->weight_type);
    snprintf(catalog->sha256, sizeof catalog->sha256, "%s", info->sha256);
    catalog->image_width = info->image_width;
    catalog->image_height = info->image_height;
    catalog->grid_width = info->grid_width;
    catalog->grid_height = info->grid_height;
    catalog->layers = info->transformer_layers;
    catalog->dim = info->transformer_dim;
    catalog->parameters = info->parameters;
    catalog->file_bytes = info->file_bytes;
    catalog->defaults = info->defaults;
    catalog->has_null_class = info->has_null_class;
    catalog->class_count = info->class_count;
}

static bool copy_names(struct catalog *catalog, const um_model *model) {
    size_t size = 1, count = catalog->class_count;
    for (size_t i = 0; i < count; i++) {
        size += strlen(um_model_class_name(model, (int32_t)i)) + 1;
        size += strlen(um_model_class_symbol(model, (int32_t)i)) + 1;
    }
    catalog->names = malloc((count + 1) * sizeof *catalog->names);
    catalog->symbols = malloc((count + 1) * sizeof *catalog->symbols);
    catalog->text = malloc(size);
    if (catalog->names == NULL || catalog->symbols == NULL || catalog->text == NULL) {
        return false;
    }
    char *at = catalog->text;
    for (size_t i = 0; i < 2 * count; i++) {
        int32_t index = (int32_t)(i / 2);
        const char *from =
            i % 2 == 0 ? um_model_class_name(model, index) : um_model_class_symbol(model, index);
        size_t length = strlen(from) + 1;
        memcpy(at, from, length);
        (i % 2 == 0 ? catalog->names : catalog->symbols)[i / 2] = at;
        at += length;
    }
    return true;
}

struct catalog *catalog_make(const um_model *model, const um_device_info *device,
                             const char *path) {
    struct catalog *catalog = calloc(1, sizeof *catalog);
    if (catalog == NULL) {
        return NULL;
    }
    copy_info(catalog, um_model_get_info(model));
    catalog->device = *device;
    snprintf(catalog->path, sizeof catalog->path, "%s", path);
    if (!copy_names(catalog, model)) {
        catalog_free(catalog);
        return NULL;
    }
    return catalog;
}

void catalog_free(struct catalog *catalog) {
    if (catalog != NULL) {
        free(catalog->names);
        free(catalog->symbols);
        free(catalog->text);
        free(catalog);
    }
}

struct device_list *device_list_make(void) {
    struct device_list *list = calloc(1, sizeof *list);
    size_t count = 0;
    if (list == NULL || um_devices(NULL, 0, &count, NULL, NULL) != UM_OK) {
        return list;
    }
    list->devices = calloc(count + 1, sizeof *list->devices);
    if (list->devices != NULL &&
        um_devices(list->devices, count, &list->count, NULL, NULL) == UM_OK) {
        list->count = list->count < count ? list->count : count;
    } else {
        list->count = 0;
    }
    return list;
}

void device_list_free(struct device_list *list) {
    if (list != NULL) {
        free(list->devices);
        free(list);
    }
}
