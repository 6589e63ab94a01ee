/* Addresses, names, and the folder for pictures. */
#include "viewer/places.h"

#include "common/utf8.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int hex(char c) {
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

char *path_of_uri(const char *text) {
    char *path = malloc(strlen(text) + 1), *out = path;
    if (path == NULL) {
        return NULL;
    }
    if (strncmp(text, "file:/", 6) != 0) {
        return strcpy(path, text);
    }
    text += 5;
    if (text[1] == '/') { /* behind two slashes comes the machine, mostly nothing */
        text += 2 + strcspn(text + 2, "/");
    }
    while (*text != '\0') {
        int high = text[0] == '%' ? hex(text[1]) : -1, low = high >= 0 ? hex(text[2]) : -1;
        bool coded = low >= 0 && (high | low) != 0; /* %00 ends no path */
        *out++ = coded ? (char)(high * 16 + low) : *text;
        text += coded ? 3 : 1;
    }
    *out = '\0';
    return path;
}

void path_stem(char *stem, size_t size, const char *path) {
    char name[300];
    const char *slash = strrchr(path, '/');
    snprintf(name, sizeof name, "%s", slash != NULL ? slash + 1 : path);
    char *dot = strrchr(name, '.');
    if (dot != NULL && dot != name) {
        *dot = '\0';
    }
    utf8_copy(stem, size, name);
}

bool path_is_document(const char *path) {
    static const char flatpak[] = "/run/flatpak/doc/", user[] = "/run/user/", documents[] = "/doc/";
    if (strncmp(path, flatpak, sizeof flatpak - 1) == 0) {
        return true;
    }
    if (strncmp(path, user, sizeof user - 1) != 0) {
        return false;
    }
    path += sizeof user - 1;
    return strncmp(path + strcspn(path, "/"), documents, sizeof documents - 1) == 0;
}

/* "XDG_PICTURES_DIR="$HOME/Bilder"" */
static bool read_line(char *folder, size_t size, const char *line, size_t length,
                      const char *home) {
    static const char key[] = "XDG_PICTURES_DIR=\"", of_home[] = "$HOME";
    size_t skip = sizeof key - 1, start = 0;
    if (length < skip || memcmp(line, key, skip) != 0) {
        return false;
    }
    line += skip;
    const char *end = memchr(line, '"', length - skip);
    if (end == NULL) {
        return false;
    }
    length = (size_t)(end - line);
    if (length >= sizeof of_home - 1 && memcmp(line, of_home, sizeof of_home - 1) == 0) {
        line += sizeof of_home - 1;
        length -= sizeof of_home - 1;
        start = strlen(home);
    } else if (line[0] != '/') {
        return false;
    }
    if (start + length >= size) {
        return false;
    }
    memcpy(folder, home, start);
    memcpy(folder + start, line, length);
    folder[start + length] = '\0';
    return true;
}

bool pictures_in_user_dirs(char *folder, size_t size, const char *text, const char *home) {
    bool found = false;
    while (*text != '\0') {
        text += strspn(text, " \t\r\n");
        size_t length = strcspn(text, "\n");
        found = read_line(folder, size, text, length, home) || found; /* the last one counts */
        text += length;
    }
    return found;
}

static bool from_user_dirs(char *folder, size_t size, const char *home) {
    const char *config = getenv("XDG_CONFIG_HOME");
    char path[1100], text[8192];
    int length = config != NULL && config[0] == '/'
                     ? snprintf(path, sizeof path, "%s/user-dirs.dirs", config)
                     : snprintf(path, sizeof path, "%s/.config/user-dirs.dirs", home);
    FILE *file = length > 0 && (size_t)length < sizeof path ? fopen(path, "r") : NULL;
    if (file == NULL) {
        return false;
    }
    size_t bytes = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[bytes] = '\0';
    return pictures_in_user_dirs(folder, size, text, home);
}

bool pictures_folder(char *folder, size_t size) {
    const char *home = getenv("HOME"), *named = getenv("XDG_PICTURES_DIR");
    int length;
    if (named != NULL && named[0] == '/') {
        length = snprintf(folder, size, "%s", named);
    } else if (home == NULL || home[0] != '/') {
        length = snprintf(folder, size, ".");
    } else if (from_user_dirs(folder, size, home)) {
        return true;
    } else {
        length = snprintf(folder, size, "%s/Pictures", home);
    }
    return length > 0 && (size_t)length < size;
}

bool path_make_absolute(char *path, size_t size) {
    char here[4096];
    if (path[0] == '/') {
        return true;
    }
    if (getcwd(here, sizeof here) == NULL) {
        return false;
    }
    size_t length = strlen(path), start = strlen(here) + 1;
    if (strcmp(path, ".") == 0) {
        length = start = 0;
    }
    if (start == 0) {
        return snprintf(path, size, "%s", here) < (int)size;
    }
    if (start + length >= size) {
        return false;
    }
    memmove(path + start, path, length + 1);
    memcpy(path, here, start - 1);
    path[start - 1] = '/';
    return true;
}

void make_folders(const char *path) {
    char *copy = malloc(strlen(path) + 1);
    if (copy == NULL) {
        return;
    }
    strcpy(copy, path);
    for (char *at = strchr(copy + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        mkdir(copy, 0777); /* whether it is there shows when the file is written */
        *at = '/';
    }
    free(copy);
}
