/* Every embedded shader passes spirv-val for Vulkan 1.1. Those for matrix units need one that knows
 * SPV_KHR_cooperative_matrix, of 2024 or later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "backend/vulkan/pipeline.h"

static void test_modules(void **state) {
    (void)state;
    const char *path = "test_spirv.spv";
    const bool knows_matrices =
        system("spirv-val --version | grep -Eq 'SPIRV-Tools v20(2[4-9]|[3-9])'") == 0;
    if (!knows_matrices)
        printf("skip the shaders for matrix units: this spirv-val is too old for them\n");
    for (int shader = 0; shader < UM_VK_SHADER_COUNT; shader++) {
        const struct um_vk_module *module = um_vk_module((enum um_vk_shader)shader);
        if ((module->needs & UM_VK_COOPMAT) && !knows_matrices)
            continue;
        FILE *file = fopen(path, "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(module->code, 1, module->bytes, file), module->bytes);
        assert_int_equal(fclose(file), 0);
        if (system("spirv-val --target-env vulkan1.1 test_spirv.spv") != 0)
            fail_msg("spirv-val rejects %s", module->name);
    }
    remove(path);
}

int main(void) {
    if (system("spirv-val --version >/dev/null 2>&1") != 0) {
        printf("skip: spirv-val is not installed (Debian package spirv-tools)\n");
        return 77;
    }
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_modules)};
    return cmocka_run_group_tests_name("spirv-val", tests, NULL, NULL);
}
