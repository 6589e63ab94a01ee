/* What is remembered from one run to the next: theme, scale, size of the window, device, class. A
 * text file of lines NAME=VALUE in the folder for settings; what cannot be read counts as not said.
 */
#ifndef VIEWER_REMEMBER_H
#define VIEWER_REMEMBER_H

#include <stdbool.h>
#include <stddef.h>

struct remembered {
    bool light;
    float scale;       /* 0 = not said, as of the following */
    int width, height; /* of the window */
    char device[264], class_name[128];
};

/* Reads the text of such a file. */
void remember_parse(struct remembered *remembered, const char *text);

/* From the file, and into it. Without such a folder nothing is remembered. */
void remember_load(struct remembered *remembered);
void remember_save(const struct remembered *remembered);

/* The desktop's own scale, 1 to 4: $GDK_SCALE, else Xft.dpi / 96 in the `resources` of an X
 * display, NULL = there is none. */
float desktop_scale(const char *resources);

#endif
