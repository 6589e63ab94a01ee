/* What the library says of itself: texts of the statuses, its version, how it was built. */
#include <unmask/unmask.h>

#define TEXT_OF(x)            #x
#define VERSION_TEXT(a, b, c) TEXT_OF(a) "." TEXT_OF(b) "." TEXT_OF(c)

const char *um_status_text(um_status status) {
    switch (status) {
    case UM_OK:
        return "success";
    case UM_ERROR:
        return "error";
    case UM_ERROR_ARGUMENT:
        return "invalid argument";
    case UM_ERROR_MODEL:
        return "model file missing, damaged or unsupported";
    case UM_ERROR_NO_DEVICE:
        return "no usable device";
    case UM_ERROR_MEMORY:
        return "out of memory";
    case UM_ERROR_DEVICE_LOST:
        return "device lost";
    case UM_ERROR_IO:
        return "reading or writing failed";
    case UM_ERROR_CHECK:
        return "a result failed its check";
    case UM_CANCELLED:
        return "cancelled";
    }
    return "unknown status";
}

const char *um_version(void) {
    return VERSION_TEXT(UM_VERSION_MAJOR, UM_VERSION_MINOR, UM_VERSION_PATCH);
}

const char *um_build_info(void) {
    return UM_BUILD_INFO;
}
