/* Shell completion, made from the table of commands and options. */
#ifndef CLI_COMPLETE_COMPLETE_H
#define CLI_COMPLETE_COMPLETE_H

#include "options.h"

#include <stdbool.h>

enum value_kind {
    VALUE_FREE, /* nothing to offer */
    VALUE_FILE, /* files that end in one of `words`, or all files if it is NULL; and folders */
    VALUE_FOLDER,
    VALUE_WORDS,  /* one of `words` */
    VALUE_CLASS,  /* a class of the model: the program is asked when it comes to that */
    VALUE_DEVICE, /* a device of this machine, or one of `words` */
};

struct value {
    enum value_kind kind;
    const char *words; /* separated by spaces; of files: ".png .jpg" */
};

/* What can follow an option that takes an argument, and what a command takes as its operand. */
struct value complete_option(const struct option_spec *option);
struct value complete_operand(const struct command_spec *command);

/* Prints every one of `words` between `before` and `after`. */
void complete_each(const char *words, const char *before, const char *after);

/* `text` on stdout, a backslash before each character of `special`; a single quote becomes
 * `quote`. */
void complete_escaped(const char *text, const char *special, const char *quote);

/* An option of unmask-viewer, whose table lies elsewhere: tests/package compares. */
struct viewer_option {
    const char *name;
    char letter; /* 0 = none */
    bool argument;
    struct value value;
    const char *help;
};
extern const struct viewer_option viewer_options[];
extern const size_t viewer_option_count;

/* Print the shell's script on stdout. */
void complete_bash(void);
void complete_fish(void);
void complete_zsh(void);

#endif
