/* A device that lies: it reports success for what it has not done, or gives back other data than it
 * has. Only the loader in fault_loader.c asks here; tests arm it, or the environment variable
 * UM_LIE does: KIND:K or, from the K-th on, KIND:K:on, with KIND the number of an enum lie. */
#ifndef UM_TESTS_LIES_H
#define UM_TESTS_LIES_H

#include <stdbool.h>
#include <stddef.h>

enum lie {
    LIE_SKIP,    /* the K-th submission is reported as done and never executed */
    LIE_STALE,   /* what the K-th submission wrote for the host is as it was before */
    LIE_ZEROS,   /* all that the host sees is zero */
    LIE_FLIP,    /* one bit that it wrote for the host is the other way round */
    LIE_NAN,     /* one word that it wrote is not a number */
    LIE_NOISE,   /* all that it wrote is noise */
    LIE_NO_COPY, /* the K-th copy is not recorded */
    LIE_NO_FILL, /* the K-th fill is not recorded */
    LIE_KINDS
};
extern const char *const lie_names[LIE_KINDS];

/* From now on the k-th submission or command lies, and those after it if asked; k = 0: none. Counts
 * begin at 0 again. */
void lie_arm(enum lie kind, unsigned k, bool later_ones_too);
void lie_arm_from_environment(void);

/* Submissions, copies and fills since then, by kind; lies that were told. */
unsigned lie_chances(enum lie kind);
unsigned lie_told(void);

/* For the loader. */
void lie_mapped(void *memory, size_t bytes);
bool lie_skips_submission(void); /* before each one */
void lie_about_memory(void);     /* after waiting for it */
bool lie_drops_copy(void);
bool lie_drops_fill(void);

#endif
