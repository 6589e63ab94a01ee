/* Inputs by option. */
#include "call_files.h"

#include <string.h>

static const struct input {
    enum option_id option;
    enum claim_kind kind;
    const char *role;
} inputs[] = {
    {OPT_IMAGE, CLAIM_SOURCE, "the picture of --init-img"},
    {OPT_MASK, CLAIM_READ, "the mask"},
    {OPT_FROM, CLAIM_READ, "the picture of --from"},
    {OPT_STEP_TABLE, CLAIM_READ, "the step table"},
    {OPT_TOKENS, CLAIM_READ, "the tokens"},
    {OPT_COMPARE, CLAIM_READ, "the earlier result"},
};

enum { INPUT_COUNT = sizeof inputs / sizeof inputs[0] };

bool call_reads(enum option_id id) {
    bool found = id == OPT_MODEL;
    for (size_t i = 0; i < INPUT_COUNT; i++) {
        found = found || inputs[i].option == id;
    }
    return found;
}

void call_inputs(struct claims *claims, const struct args *args, const char *model) {
    for (size_t i = 0; i < INPUT_COUNT; i++) {
        const char *path = args->text[inputs[i].option];
        if (path != NULL && !(inputs[i].option == OPT_STEP_TABLE && strcmp(path, "none") == 0)) {
            claims_read(claims, inputs[i].kind, path, inputs[i].role);
        }
    }
    if (model != NULL) {
        claims_read(claims, CLAIM_READ, model, "the model");
    }
    for (int i = 0; i < args->operand_count; i++) {
        claims_read(claims, CLAIM_READ, args->operands[i],
                    args->command->bit == CMD_DECODE ? "the tokens" : "the picture");
    }
}

int call_check_output(const struct args *args, const char *model, const char *output) {
    struct claims claims = {0};
    call_inputs(&claims, args, model);
    claims_write(&claims, CLAIM_WRITE, output,
                 args->given[OPT_OUTPUT] > 0 ? "--output" : "without --output");
    int code = claims_check(&claims);
    claims_free(&claims);
    return code;
}
