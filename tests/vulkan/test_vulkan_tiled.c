/* All op cases in the shapes that GPUs use, run on whatever device there is; and all of them cut
 * into pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ops/op_run.h"
#include "vulkan/rig.h"

static void test_ops(void **state) {
    (void)state;
    struct rig rig;
    assert_int_equal(rig_open(&rig), UM_OK);
    rig.device->direct = false;
    op_check_all(&um_backend_vulkan, rig.device);
    rig_close(&rig);
    assert_int_equal(rig.log.count, 0);
}

/* The same with every dispatch in as many pieces as it can be cut into. */
static void test_pieces(void **state) {
    (void)state;
    struct rig rig;
    assert_int_equal(rig_open(&rig), UM_OK);
    rig.device->direct = false;
    rig.device->pace.slowest = 1e4; /* operations per second */
    op_check_all(&um_backend_vulkan, rig.device);
    rig_close(&rig);
    assert_int_equal(rig.log.count, 0);
}

int main(void) {
    rig_need_device();
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ops), cmocka_unit_test(test_pieces)};
    return cmocka_run_group_tests_name("tiled ops on Vulkan", tests, NULL, NULL);
}
