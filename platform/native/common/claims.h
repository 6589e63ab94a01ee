/* Which files one call reads and which it will write, so that no output takes the place of another
 * file of the same call, whatever the names look like: files are compared, not names. */
#ifndef CLI_COMMON_CLAIMS_H
#define CLI_COMMON_CLAIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum claim_kind {
    CLAIM_READ,   /* must stay as it is */
    CLAIM_SOURCE, /* is read, and may be replaced by an output that is allowed to */
    CLAIM_WRITE,
    CLAIM_WRITE_SOURCE, /* an output that may replace the source */
};

struct claim {
    enum claim_kind kind;
    uint64_t device;
    uint64_t number;  /* of the file; of its folder, if it is not there yet */
    char *name;       /* in that folder, NULL = the file is there */
    char *path;       /* as it was given */
    const char *role; /* in messages: "the model", "--output"; the caller keeps it */
    size_t order;
};

struct claims {
    struct claim *list; /* owned */
    size_t count, capacity;
    bool failed; /* memory has run out */
};

/* "-" is stdin or stdout. What is not there, or no file, is left to whoever reads or probes it; a
 * device like /dev/null may be claimed by many. */
void claims_read(struct claims *claims, enum claim_kind kind, const char *path, const char *role);
void claims_write(struct claims *claims, enum claim_kind kind, const char *path, const char *role);

/* Exit code: 0, or UM_ERROR_ARGUMENT with one line printed if an output is an input or another
 * output. */
int claims_check(struct claims *claims);

void claims_free(struct claims *claims);

#endif
