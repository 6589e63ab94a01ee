/* Settings from one run to the next. */
#include "viewer/remember.h"

#include "viewer/places.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool settings_file(char *path, size_t size) {
    const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    int length = 0;
    if (config != NULL && config[0] == '/') {
        length = snprintf(path, size, "%s/unmask/viewer.conf", config);
    } else if (home != NULL && home[0] == '/') {
        length = snprintf(path, size, "%s/.config/unmask/viewer.conf", home);
    }
    return length > 0 && (size_t)length < size;
}

static void take_line(struct remembered *r, const char *name, const char *value) {
    int width, height;
    if (strcmp(name, "theme") == 0) {
        r->light = strcmp(value, "light") == 0;
    } else if (strcmp(name, "scale") == 0) {
        float scale = strtof(value, NULL);
        r->scale = scale >= 0.6F && scale <= 3 ? scale : 0;
    } else if (strcmp(name, "size") == 0 && sscanf(value, "%dx%d", &width, &height) == 2 &&
               width >= 320 && height >= 240 && width <= 16384 && height <= 16384) {
        r->width = width;
        r->height = height;
    } else if (strcmp(name, "device") == 0 && strlen(value) < sizeof r->device) {
        strcpy(r->device, value);
    } else if (strcmp(name, "class") == 0 && strlen(value) < sizeof r->class_name) {
        strcpy(r->class_name, value);
    }
}

void remember_parse(struct remembered *remembered, const char *text) {
    char line[600];
    while (*text != '\0') {
        size_t length = strcspn(text, "\n");
        if (length < sizeof line) {
            memcpy(line, text, length);
            line[length] = '\0';
            char *value = strchr(line, '=');
            if (value != NULL) {
                *value = '\0';
                take_line(remembered, line, value + 1);
            }
        }
        text += length + (text[length] == '\n');
    }
}

void remember_load(struct remembered *remembered) {
    char path[4200], text[4096];
    *remembered = (struct remembered){0};
    FILE *file = settings_file(path, sizeof path) ? fopen(path, "r") : NULL;
    if (file != NULL) {
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
        remember_parse(remembered, text);
    }
}

void remember_save(const struct remembered *r) {
    char path[4200], text[1024];
    int length =
        snprintf(text, sizeof text, "theme=%s\nscale=%.3g\nsize=%dx%d\ndevice=%s\nclass=%s\n",
                 r->light ? "light" : "dark", (double)r->scale, r->width, r->height, r->device,
                 r->class_name);
    if (!settings_file(path, sizeof path) || length < 0 || (size_t)length >= sizeof text) {
        return;
    }
    make_folders(path);
    FILE *file = fopen(path, "w"); /* small, and worth nothing: half of it is read as well */
    if (file != NULL) {
        fwrite(text, 1, (size_t)length, file);
        fclose(file);
    }
}

float desktop_scale(const char *resources) {
    static const char key[] = "Xft.dpi:";
    const char *gdk = getenv("GDK_SCALE");
    const char *dpi = resources != NULL ? strstr(resources, key) : NULL;
    float scale = 1;
    if (gdk != NULL && gdk[0] != '\0') {
        scale = strtof(gdk, NULL);
    } else if (dpi != NULL) {
        scale = strtof(dpi + sizeof key - 1, NULL) / 96;
    }
    return scale >= 1 && scale <= 4 ? scale : 1;
}
