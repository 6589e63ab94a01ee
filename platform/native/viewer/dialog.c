/* File dialogs: which programs show them, and what they answer. */
#include "viewer/dialog.h"

#include "viewer/helper.h"
#include "viewer/places.h"
#include "viewer/portal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BY_PORTAL, BY_ZENITY, BY_KDIALOG, PROGRAMS };

static bool in_sandbox(void) {
    return access("/.flatpak-info", F_OK) == 0 || getenv("SNAP") != NULL;
}

/* In a sandbox the programs would show the sandbox's own files. Outside, they open at once; the
 * portal may have to be started first, and some desktops let it wait in vain. */
static void put_in_order(int programs[PROGRAMS]) {
    const char *wish = getenv("GTK_USE_PORTAL"), *desktop = getenv("XDG_CURRENT_DESKTOP");
    bool first = in_sandbox() || (wish != NULL && strcmp(wish, "1") == 0);
    bool kde = desktop != NULL && strstr(desktop, "KDE") != NULL;
    programs[first ? 0 : 2] = BY_PORTAL;
    programs[first ? 1 : 0] = kde ? BY_KDIALOG : BY_ZENITY;
    programs[first ? 2 : 1] = kde ? BY_ZENITY : BY_KDIALOG;
}

static bool start(struct dialog *dialog, int program) {
    bool open = dialog->kind == DIALOG_OPEN;
    char from[sizeof dialog->start + 12];
    snprintf(from, sizeof from, "--filename=%s", dialog->start);
    const char *const portal[] = {"/proc/self/exe", open ? PORTAL_OPEN : PORTAL_SAVE, dialog->start,
                                  NULL};
    const char *const zenity_open[] = {"zenity", "--file-selection", "--title=Open", from, NULL};
    const char *const zenity_save[] = {
        "zenity", "--file-selection", "--save", "--confirm-overwrite", "--title=Save as", from,
        NULL};
    const char *const kdialog[] = {"kdialog", open ? "--getopenfilename" : "--getsavefilename",
                                   dialog->start, NULL};
    const char *const *argv = program == BY_PORTAL    ? portal
                              : program == BY_KDIALOG ? kdialog
                              : open                  ? zenity_open
                                                      : zenity_save;
    if (program != BY_PORTAL && !helper_in_path(argv[0])) {
        return false;
    }
    dialog->process = helper_spawn(argv, false, &dialog->output);
    if (dialog->process != 0) {
        fcntl(dialog->output, F_SETFL, O_NONBLOCK);
    }
    return dialog->process != 0;
}

static bool start_next(struct dialog *dialog) {
    int programs[PROGRAMS];
    bool started = false;
    put_in_order(programs);
    dialog->length = 0;
    dialog->process = 0;
    while (!started && dialog->tried < PROGRAMS) {
        dialog->program = programs[dialog->tried++];
        started = start(dialog, dialog->program);
    }
    return started;
}

void dialog_open(struct dialog *dialog, enum dialog_kind kind, const char *path) {
    *dialog = (struct dialog){.kind = kind};
    snprintf(dialog->start, sizeof dialog->start, "%s", path);
    start_next(dialog); /* dialog_poll() says it if there is none */
}

/* Takes in what the process prints; true once that has ended. */
static bool read_output(struct dialog *dialog) {
    size_t room = sizeof dialog->path - 1 - dialog->length;
    char spare[256]; /* what is too long is read, too: who writes it must come to an end */
    ssize_t got = room > 0 ? read(dialog->output, dialog->path + dialog->length, room)
                           : read(dialog->output, spare, sizeof spare);
    dialog->length += got > 0 && room > 0 ? (size_t)got : 0;
    return got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
}

/* The path in what was printed; the portal prints an address. False: it is none, or too long. */
static bool take_path(struct dialog *dialog) {
    bool whole = dialog->length < sizeof dialog->path - 1;
    dialog->path[dialog->length] = '\0';
    dialog->path[strcspn(dialog->path, "\r\n")] = '\0';
    char *path = dialog->program == BY_PORTAL ? path_of_uri(dialog->path) : NULL;
    if (path != NULL) {
        snprintf(dialog->path, sizeof dialog->path, "%s", path);
        free(path);
    }
    return whole && dialog->path[0] != '\0';
}

/* 0 and 1 mean the same for all of them; else there was no dialog, or it broke. */
static enum dialog_answer answer_of(struct dialog *dialog, int status) {
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (code == PORTAL_CHOSEN) {
        return take_path(dialog) ? DIALOG_CHOSEN : DIALOG_CANCELLED;
    }
    if (code == PORTAL_CANCELLED) {
        return DIALOG_CANCELLED;
    }
    return start_next(dialog) ? DIALOG_STAYS : DIALOG_UNAVAILABLE;
}

enum dialog_answer dialog_poll(struct dialog *dialog) {
    int status = 1;
    enum dialog_answer answer = DIALOG_UNAVAILABLE;
    if (dialog->process != 0) {
        if (!read_output(dialog) || waitpid(dialog->process, &status, WNOHANG) == 0) {
            return DIALOG_STAYS; /* the output may end before the process does */
        }
        close(dialog->output);
        answer = answer_of(dialog, status);
    }
    if (answer != DIALOG_STAYS) {
        dialog->kind = DIALOG_NONE;
    }
    return answer;
}

void dialog_end(struct dialog *dialog) {
    if (dialog->kind != DIALOG_NONE && dialog->process != 0) {
        kill(dialog->process, SIGTERM);
        close(dialog->output);
        waitpid(dialog->process, NULL, 0);
    }
    dialog->kind = DIALOG_NONE;
}
