/* The desktop's dialogs: what they are asked, and what is done with their answers. */
#include "viewer/app.h"
#include "viewer/places.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static void drop_job(struct app *app) {
    job_free(app->dialog_job);
    app->dialog_job = NULL;
}

void app_ask_open(struct app *app) {
    char folder[sizeof app->output + 2];
    snprintf(folder, sizeof folder, "%s/", app->output);
    if (app->dialog.kind == DIALOG_NONE) {
        dialog_open(&app->dialog, DIALOG_OPEN, folder);
    }
}

/* The name is offered for the picture that is shown now; another one may be when it is chosen. */
void app_ask_save(struct app *app) {
    char path[sizeof app->output + 300];
    if (app->dialog.kind != DIALOG_NONE) {
        return; /* one is open */
    }
    app->dialog_job = app_picture_job(app);
    if (app->dialog_job == NULL || !app_free_name(app, ".png", path, sizeof path)) {
        drop_job(app);
        return;
    }
    dialog_open(&app->dialog, DIALOG_SAVE, path);
}

static bool ends(const char *path, const char *end) {
    size_t length = strlen(path), wanted = strlen(end);
    return length > wanted && strcasecmp(path + length - wanted, end) == 0;
}

/* The dialog has asked about a file of the very name only. A sandbox lets out no other, so there a
 * name without an ending stays without. */
static void save_as(struct app *app, const char *path) {
    char full[4300];
    bool png = ends(path, ".png") || path_is_document(path);
    if (ends(path, ".jpg") || ends(path, ".jpeg") || ends(path, ".webp")) {
        app_say(app, true, "Pictures are saved as PNG: choose a name that ends in .png.");
        return;
    }
    snprintf(full, sizeof full, "%s%s", path, png ? "" : ".png");
    if (!png && access(full, F_OK) == 0) {
        char text[500];
        snprintf(text, sizeof text, "%.400s is there already; nothing was saved.", full);
        app_say(app, true, text);
        return;
    }
    app_save_job(app, app->dialog_job, full);
    app->dialog_job = NULL;
}

static void say_unavailable(struct app *app, enum dialog_kind kind) {
    char text[200];
    snprintf(text, sizeof text, "File dialogs need zenity, kdialog or xdg-desktop-portal: %s",
             kind == DIALOG_OPEN ? "drop the file on the window instead."
                                 : "Ctrl+S saves without one.");
    app_say(app, true, text);
}

void app_dialogs(struct app *app) {
    enum dialog_kind kind = app->dialog.kind;
    enum dialog_answer answer = kind != DIALOG_NONE ? dialog_poll(&app->dialog) : DIALOG_STAYS;
    if (answer == DIALOG_STAYS) {
        return;
    }
    if (answer == DIALOG_UNAVAILABLE) {
        say_unavailable(app, kind);
    } else if (answer == DIALOG_CHOSEN && kind == DIALOG_OPEN) {
        app_read(app, app->dialog.path);
    } else if (answer == DIALOG_CHOSEN) {
        save_as(app, app->dialog.path);
    }
    drop_job(app);
    app->dirty = true;
}
