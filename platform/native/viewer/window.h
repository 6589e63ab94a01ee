/* The window and its renderer. */
#ifndef VIEWER_WINDOW_H
#define VIEWER_WINDOW_H

#include "viewer/app.h"

struct window_options {
    int width, height;
    bool sized;       /* they are meant as they are: the desktop's scale is not applied */
    const char *font; /* NULL = search */
    bool scripted;    /* a script runs: no vertical sync */
};

/* False, with one line on stderr, if there is no display or no font. */
bool window_open(struct app *app, const struct window_options *options);
void window_close(struct app *app);

#endif
