/* The one table of commands and options: parsing, --help and completion are made from it. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include <stddef.h>
#include <stdint.h>
#include <unmask/unmask.h>

enum option_id {
    OPT_MODEL,
    OPT_CLASS,
    OPT_SEED,
    OPT_COUNT,
    OPT_PER_CLASS, /* another name of OPT_COUNT, set together with it */
    OPT_FIRST_IMAGE,
    OPT_CLASSES_SAMPLE,
    OPT_ALL_CLASSES,
    OPT_SHARD,
    OPT_SETTING, /* one for each um_setting_id, in their order; those that are asked for by name: */
    OPT_STEPS = OPT_SETTING + UM_SETTING_STEPS,
    OPT_SCHEDULE = OPT_SETTING + UM_SETTING_SCHEDULE,
    OPT_SAMPLER = OPT_SETTING + UM_SETTING_SAMPLER,
    OPT_TEMPERATURE = OPT_SETTING + UM_SETTING_TEMPERATURE,
    OPT_CHOICE_TEMPERATURE = OPT_SETTING + UM_SETTING_CHOICE_TEMPERATURE,
    OPT_CFG_SCALE = OPT_SETTING + UM_SETTING_CFG_SCALE,
    OPT_CFG_SCHEDULE = OPT_SETTING + UM_SETTING_CFG_SCHEDULE,
    OPT_LOOP = OPT_SETTING + UM_SETTING_REMDM_LOOP,
    OPT_STEP_TABLE = OPT_SETTING + UM_SETTING_COUNT,
    OPT_FROM,
    OPT_IMAGE,
    OPT_MASK,
    OPT_BOX,
    OPT_LEFT,
    OPT_RIGHT,
    OPT_TOP,
    OPT_BOTTOM,
    OPT_PANORAMA,
    OPT_SHARE,
    OPT_ORDER,
    OPT_TOKENS,
    OPT_OUTPUT,
    OPT_SCALE,
    OPT_SHEET,
    OPT_SAVE_STEPS,
    OPT_SAVE_ANIM,
    OPT_TOKENS_OUT,
    OPT_NO_METADATA,
    OPT_RUNS,
    OPT_BUDGET,
    OPT_SYNTHETIC,
    OPT_WEIGHTS,
    OPT_AUTOREGRESSIVE,
    OPT_ALL_DEVICES,
    OPT_FORMAT,
    OPT_COMPARE,
    OPT_JSON,
    OPT_DEVICE,
    OPT_THREADS,
    OPT_PRECISION,
    OPT_QUIET,
    OPT_VERBOSE,
    OPT_HELP,
    OPT_VERSION,
    OPTION_COUNT
};

enum option_kind {
    KIND_FLAG,  /* no argument */
    KIND_TEXT,  /* not empty */
    KIND_WHOLE, /* an unsigned whole number in least..most */
    KIND_REAL   /* a finite number in low..high */
};

/* Bits of option_spec.commands. */
enum {
    CMD_GENERATE = 1 << 0,
    CMD_ENCODE = 1 << 1,
    CMD_DECODE = 1 << 2,
    CMD_LOGITS = 1 << 3,
    CMD_INFO = 1 << 4,
    CMD_DEVICES = 1 << 5,
    CMD_VERIFY = 1 << 6,
    CMD_BENCH = 1 << 7,
    CMD_EDIT = 1 << 8,
    CMD_OUTPAINT = 1 << 9,
    CMD_VARY = 1 << 10,
    CMD_COMPLETION = 1 << 11,
    CMD_HELP = 1 << 12,
    CMD_ALL = (1 << 13) - 1,
    CMD_CHANGE = CMD_EDIT | CMD_OUTPAINT | CMD_VARY, /* start from a picture */
    CMD_DRAW = CMD_GENERATE | CMD_CHANGE,
    CMD_MODEL = CMD_DRAW | CMD_ENCODE | CMD_DECODE | CMD_LOGITS | CMD_BENCH
};

struct option_spec {
    const char *name; /* without the dashes */
    char letter;      /* short form, 0 = none */
    enum option_kind kind;
    const char *argument; /* name of the argument in --help, NULL for flags */
    const char *help;     /* of most commands, see option_help() */
    unsigned commands;    /* which commands take it */
    uint64_t least, most;
    double low, high;
};

struct args;

struct command_spec {
    const char *name, *operands, *summary;
    const char *details; /* a paragraph for --help, or NULL */
    unsigned bit;
    int least_operands, most_operands;
    int (*run)(const struct args *args); /* returns the exit code */
};

/* All options, by enum option_id. */
const struct option_spec *option_table(void);

extern const struct command_spec command_table[];
extern const size_t command_count;

/* What --help and the completion of one command, given by its bit, say about an option. */
const char *option_help(enum option_id option, unsigned command);

int cmd_generate(const struct args *args);
int cmd_edit(const struct args *args);
int cmd_outpaint(const struct args *args);
int cmd_vary(const struct args *args);
int cmd_encode(const struct args *args);
int cmd_decode(const struct args *args);
int cmd_logits(const struct args *args);
int cmd_info(const struct args *args);
int cmd_devices(const struct args *args);
int cmd_verify(const struct args *args);
int cmd_bench(const struct args *args);
int cmd_completion(const struct args *args);
int cmd_help(const struct args *args);

#endif
