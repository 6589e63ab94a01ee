/* What a result says about the machine. */
#include "bench/print.h"

#include <stdio.h>

void cpu_text(char *text, size_t size) {
    um_device_info list[64];
    size_t count = 0;
    snprintf(text, size, "%s", "");
    if (um_devices(list, 64, &count, NULL, NULL) != UM_OK) {
        return;
    }
    for (size_t i = 0; i < count && i < 64; i++) {
        if (list[i].kind == UM_DEVICE_CPU_BACKEND) {
            snprintf(text, size, "%s", list[i].name);
        }
    }
}
