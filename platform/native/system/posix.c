/* Linux and other systems with POSIX. */
#include "system/system.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { LINKS = 40 };

/* ---------------------------------------------------------------- the program */

void system_start(int *argc, char ***argv) {
    (void)argc;
    (void)argv;
}

void system_interrupts(void (*handler)(int number)) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        struct sigaction old, action = {.sa_handler = handler};
        action.sa_flags = (int)SA_RESETHAND; // no SA_RESTART: a read that waits must end
        sigemptyset(&action.sa_mask);
        if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN) {
            sigaction(signals[i], &action, NULL);
        }
    }
}

bool system_is_screen(int file) {
    return isatty(file) != 0;
}

bool system_is_terminal(int file) {
    const char *term = getenv("TERM");
    return isatty(file) && term != NULL && strcmp(term, "dumb") != 0;
}

const char *system_environment(const char *name) {
    return getenv(name);
}

void system_name(char *text, size_t size) {
    struct utsname names;
    if (uname(&names) != 0) {
        snprintf(text, size, "%s", "");
        return;
    }
    snprintf(text, size, "%s %s %s", names.sysname, names.release, names.machine);
}

double system_seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

uint32_t system_random(void) {
    uint32_t number = 0;
    int file = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? read(file, &number, sizeof number) : 0;
    if (file >= 0) {
        close(file);
    }
    if (got != (ssize_t)sizeof number) {
        struct timespec now;
        clock_gettime(CLOCK_REALTIME, &now);
        number = (uint32_t)now.tv_nsec ^ (uint32_t)now.tv_sec ^ (uint32_t)getpid() << 16;
    }
    return number;
}

uint64_t system_peak_memory(void) {
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0;
}

unsigned long system_process(void) {
    return (unsigned long)getpid();
}

/* ---------------------------------------------------------------- folders */

const char *system_name_in(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

bool system_make_folder(const char *path) {
    return mkdir(path, 0777) == 0;
}

bool system_remove_folder(const char *path) {
    return rmdir(path) == 0;
}

int system_list(const char *folder, int (*each)(void *user, const char *name), void *user) {
    DIR *directory = opendir(folder);
    int code = 0;
    for (struct dirent *entry = directory != NULL ? readdir(directory) : NULL;
         code == 0 && entry != NULL; entry = readdir(directory)) {
        code = each(user, entry->d_name);
    }
    if (directory != NULL) {
        closedir(directory);
    }
    return code;
}

/* ---------------------------------------------------------------- files */

static bool take_status(const struct stat *from, struct system_status *status) {
    *status = (struct system_status){
        .kind = S_ISREG(from->st_mode)   ? SYSTEM_FILE
                : S_ISDIR(from->st_mode) ? SYSTEM_FOLDER
                : S_ISCHR(from->st_mode) ? SYSTEM_CHARACTER
                                         : SYSTEM_OTHER,
        .device = (uint64_t)from->st_dev,
        .number = (uint64_t)from->st_ino,
        .bytes = (uint64_t)from->st_size,
        .names = (uint64_t)from->st_nlink,
        .owner = from->st_uid,
        .group = from->st_gid,
        .mode = from->st_mode,
    };
    return true;
}

bool system_status(const char *path, struct system_status *status) {
    struct stat found;
    return stat(path, &found) == 0 && take_status(&found, status);
}

bool system_status_of(int file, struct system_status *status) {
    struct stat found;
    return fstat(file, &found) == 0 && take_status(&found, status);
}

/* Puts a link's text in the place of the last part, or of all. */
static bool put_link(char path[SYSTEM_PATH], const char *link) {
    size_t folder = link[0] == '/' ? 0 : (size_t)(system_name_in(path) - path);
    if (folder + strlen(link) >= SYSTEM_PATH) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(path + folder, link, strlen(link) + 1);
    return true;
}

bool system_follow(char path[SYSTEM_PATH]) {
    char link[SYSTEM_PATH];
    struct stat status;
    for (int hops = 0; hops < LINKS; hops++) {
        if (lstat(path, &status) != 0) {
            return errno == ENOENT;
        }
        if (!S_ISLNK(status.st_mode)) {
            return true;
        }
        ssize_t length = readlink(path, link, sizeof link - 1);
        if (length < 0) {
            return false;
        }
        link[length] = '\0';
        if (!put_link(path, link)) {
            return false;
        }
    }
    errno = ELOOP;
    return false;
}

bool system_readable(const char *path) {
    return access(path, R_OK) == 0;
}

bool system_writable(const char *path) {
    return access(path, W_OK) == 0;
}

/* Turns the octal escapes of /proc/self/mountinfo back. */
static void unescape(char *text) {
    char *to = text;
    for (; *text != '\0'; to++) {
        unsigned code;
        bool escaped = text[0] == '\\' && sscanf(text + 1, "%3o", &code) == 1;
        *to = escaped ? (char)code : *text;
        text += escaped ? 4 : 1;
    }
    *to = '\0';
}

static bool is_mount_point(const char *path) {
    char real[PATH_MAX], *line = NULL;
    size_t room = 0;
    bool found = false;
    FILE *file = fopen("/proc/self/mountinfo", "r");
    if (file == NULL || realpath(path, real) == NULL) {
        real[0] = '\0';
    }
    while (file != NULL && !found && getline(&line, &room, file) >= 0) {
        char *save, *word = strtok_r(line, " ", &save);
        for (int i = 0; i < 4 && word != NULL; i++) {
            word = strtok_r(NULL, " ", &save);
        }
        if (word != NULL) {
            unescape(word);
            found = strcmp(word, real) == 0;
        }
    }
    free(line);
    if (file != NULL) {
        fclose(file);
    }
    return found;
}

bool system_replaceable(const char *path, const struct system_status *old) {
    char folder[SYSTEM_PATH];
    struct stat status;
    size_t length = (size_t)(system_name_in(path) - path);
    snprintf(folder, sizeof folder, "%.*s", length > 0 ? (int)length : 1, length > 0 ? path : ".");
    if (stat(folder, &status) != 0) {
        return false;
    }
    bool kept = (status.st_mode & S_ISVTX) != 0 && geteuid() != 0 && geteuid() != status.st_uid &&
                geteuid() != old->owner;
    return !kept && access(folder, W_OK | X_OK) == 0 && !is_mount_point(path);
}

int system_open(const char *path) {
    return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
}

int system_open_to_write(const char *path) {
    return open(path, O_WRONLY | O_CLOEXEC);
}

int system_create(const char *path, bool owner_only) {
    return open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, owner_only ? 0600 : 0666);
}

int system_duplicate_stdout(void) {
    return dup(STDOUT_FILENO);
}

bool system_close(int file) {
    return close(file) == 0;
}

bool system_take_after(int file, const struct system_status *old) {
    struct stat now;
    if (fstat(file, &now) != 0) {
        return false;
    }
    bool owned = (now.st_uid == old->owner && now.st_gid == old->group) ||
                 fchown(file, old->owner, old->group) == 0;
    bool moded = now.st_mode == old->mode || fchmod(file, old->mode & 07777) == 0;
    return owned && moded;
}

int64_t system_read(int file, void *bytes, size_t size) {
    return read(file, bytes, size);
}

int system_wait(int file, int milliseconds) {
    struct pollfd wanted = {.fd = file, .events = POLLIN};
    int ready = poll(&wanted, 1, milliseconds);
    return ready > 0 ? 1 : ready;
}

bool system_write(int file, const void *bytes, size_t size) {
    for (const unsigned char *from = bytes; size > 0;) {
        ssize_t written = write(file, from, size);
        if (written < 0 && errno == EINTR) {
            continue;
        }
        if (written <= 0) {
            return false;
        }
        from += written;
        size -= (size_t)written;
    }
    return true;
}

bool system_sync(int file) {
    return fsync(file) == 0;
}

bool system_reserve(int file, uint64_t bytes) {
    int reason = posix_fallocate(file, 0, (off_t)bytes);
    if (reason == ENOSPC || reason == EFBIG || reason == EDQUOT) {
        errno = reason;
        return false;
    }
    return true;
}

bool system_cut(int file, uint64_t bytes) {
    return ftruncate(file, (off_t)bytes) == 0;
}

bool system_rename(const char *from, const char *to) {
    return rename(from, to) == 0;
}

bool system_remove(const char *path) {
    return unlink(path) == 0;
}
