/* Programs beside us, and the clipboard through them. */
#include "viewer/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

bool helper_in_path(const char *program) {
    const char *list = getenv("PATH");
    char file[4200];
    while (list != NULL && *list != '\0') {
        int length = (int)strcspn(list, ":");
        snprintf(file, sizeof file, "%.*s/%s", length, list, program);
        if (length > 0 && access(file, X_OK) == 0) {
            return true;
        }
        list += length + (list[length] == ':');
    }
    return false;
}

pid_t helper_spawn(const char *const *argv, bool to_it, int *ours) {
    int ends[2];
    pid_t process = 0;
    posix_spawn_file_actions_t actions;
    /* The other thread may start a program at this moment, which must not inherit them. */
    if (pipe2(ends, O_CLOEXEC) != 0) {
        return 0;
    }
    int theirs = ends[to_it ? 0 : 1];
    *ours = ends[to_it ? 1 : 0];
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, theirs, to_it ? 0 : 1);
    if (to_it) {
        /* It may stay to serve the clipboard, and must not hold open what we write to. */
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    }
    if (posix_spawnp(&process, argv[0], &actions, NULL, (char *const *)(void *)(size_t)argv,
                     environ) != 0) {
        close(*ours);
        process = 0;
    }
    posix_spawn_file_actions_destroy(&actions);
    close(theirs);
    return process;
}

/* ------------------------------------------------------------------ clipboard */

static bool write_all(int to, const char *bytes, size_t size) {
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGPIPE, &ignore, &before);
    while (size > 0) {
        ssize_t put = write(to, bytes, size);
        if (put < 0 && errno != EINTR) {
            break;
        }
        bytes += put > 0 ? put : 0;
        size -= put > 0 ? (size_t)put : 0;
    }
    sigaction(SIGPIPE, &before, NULL);
    return size == 0;
}

enum clipboard_answer clipboard_put_png(const void *bytes, size_t size) {
    static const char *const wayland[] = {"wl-copy", "--type", "image/png", NULL};
    static const char *const x11[] = {"xclip",     "-selection", "clipboard", "-t",
                                      "image/png", "-i",         NULL};
    const char *display = getenv("WAYLAND_DISPLAY");
    bool prefer = display != NULL && display[0] != '\0' && helper_in_path(wayland[0]);
    const char *const *argv = prefer ? wayland : x11;
    int to, status = 1;
    if (!helper_in_path(argv[0])) {
        return CLIPBOARD_NO_PROGRAM;
    }
    pid_t process = helper_spawn(argv, true, &to);
    if (process == 0) {
        return CLIPBOARD_FAILED;
    }
    bool written = write_all(to, bytes, size);
    close(to);
    /* Both leave a process behind that serves the clipboard; the one that we started ends. */
    bool ended = waitpid(process, &status, 0) == process && WIFEXITED(status);
    return ended && WEXITSTATUS(status) == 0 && written ? CLIPBOARD_HAS_IT : CLIPBOARD_FAILED;
}
