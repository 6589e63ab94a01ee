/* The only file that names backends. A build without one links its stub, which lists no device. */
#include "backend/backend.h"

extern const struct um_backend_fns um_backend_cpu;
extern const struct um_backend_fns um_backend_vulkan;

const struct um_backend_fns *const um_backends[] = {&um_backend_cpu, &um_backend_vulkan};
const uint32_t um_backend_count = sizeof um_backends / sizeof um_backends[0];
