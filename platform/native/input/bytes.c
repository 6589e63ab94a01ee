/* Inputs through the system, because stdio cannot wait with a limit. */
#include "input/bytes.h"

#include "common/buffer.h"
#include "common/interrupt.h"
#include "common/report.h"
#include "system/system.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PATIENCE_MS = 1000 };

/* A signal that comes while an input is waited for ends the program. */
static int cannot_read(const struct input *input, int reason) {
    return interrupt_signal() != 0
               ? fail_status(UM_CANCELLED)
               : fail(UM_ERROR_IO, "cannot read %s: %s", input->name, strerror(reason));
}

/* Until there is something to read, or the end. A pipe that was opened without blocking has neither
 * before somebody writes. False: errno says why. */
static bool wait_for(struct input *input) {
    while (!input->regular) {
        int ready = system_wait(input->file, PATIENCE_MS);
        if (ready > 0) {
            break;
        }
        if (ready < 0 || interrupt_signal() != 0) {
            return false;
        }
        if (!input->told) {
            note("waiting for %s, from which nothing has come yet", input->name);
            input->told = true;
        }
    }
    return true;
}

/* Like system_read(), but waits. */
static int64_t read_some(struct input *input, void *bytes, size_t size) {
    for (;;) {
        if (!wait_for(input)) {
            return -1;
        }
        int64_t got = system_read(input->file, bytes, size);
        if (got >= 0 || errno != EAGAIN) {
            return got;
        }
    }
}

static bool read_head(struct input *input) {
    while (input->head_size < INPUT_HEAD) {
        int64_t got =
            read_some(input, input->head + input->head_size, INPUT_HEAD - input->head_size);
        if (got <= 0) {
            return got == 0;
        }
        input->head_size += (size_t)got;
    }
    return true;
}

int input_open(struct input *input, const char *path) {
    struct system_status status;
    bool piped = strcmp(path, "-") == 0;
    *input = (struct input){.name = piped ? "stdin" : path};
    /* without blocking, because opening a pipe would wait for a writer and say nothing */
    input->file = piped ? SYSTEM_STDIN : system_open(path);
    if (input->file < 0) {
        return cannot_read(input, errno);
    }
    input->regular = system_status_of(input->file, &status) && status.kind == SYSTEM_FILE;
    if (!read_head(input)) {
        int reason = errno;
        input_close(input);
        return cannot_read(input, reason);
    }
    return 0;
}

void input_close(struct input *input) {
    if (input->file > SYSTEM_STDIN) {
        system_close(input->file);
    }
    input->file = -1;
}

int input_rest(struct input *input, size_t limit, char **bytes, size_t *size) {
    struct buffer content = {0};
    unsigned char chunk[16384];
    int64_t got = 1;
    int reason = 0;
    buffer_append(&content, input->head, input->head_size);
    while (content.size <= limit && !content.failed && got > 0) {
        got = read_some(input, chunk, sizeof chunk);
        reason = got < 0 ? errno : 0;
        buffer_append(&content, chunk, got > 0 ? (size_t)got : 0);
    }
    input_close(input);
    buffer_append(&content, "", 1);
    if (got < 0 || content.failed || content.size - 1 > limit) {
        int code =
            content.failed ? fail(UM_ERROR_MEMORY, "not enough memory to read %s", input->name)
            : got < 0
                ? cannot_read(input, reason)
                : fail(UM_ERROR_IO, "cannot read %s: larger than %zu bytes", input->name, limit);
        buffer_free(&content);
        return code;
    }
    *bytes = (char *)content.bytes;
    *size = content.size - 1;
    return 0;
}

int input_read(const char *path, size_t limit, char **bytes, size_t *size) {
    struct input input;
    int code = input_open(&input, path);
    return code != 0 ? code : input_rest(&input, limit, bytes, size);
}

int input_text(const char *path, size_t limit, char **text) {
    static const char MARK[] = "\xef\xbb\xbf";
    char *bytes;
    size_t size, mark = sizeof MARK - 1;
    int code = input_read(path, limit, &bytes, &size);
    if (code != 0) {
        return code;
    }
    if (size >= 2 && (memcmp(bytes, "\xff\xfe", 2) == 0 || memcmp(bytes, "\xfe\xff", 2) == 0)) {
        code = fail(EXIT_USAGE, "%s: it is UTF-16 text; save it as UTF-8", path);
    } else if (strlen(bytes) != size) {
        code = fail(EXIT_USAGE, "%s: not a text file (it holds a NUL byte)", path);
    }
    if (code != 0) {
        free(bytes);
        return code;
    }
    if (strncmp(bytes, MARK, mark) == 0) {
        memmove(bytes, bytes + mark, size - mark + 1);
    }
    *text = bytes;
    return 0;
}
