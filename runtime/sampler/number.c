/* Numbers in text: strtod() follows the program's locale. */
#include "sampler/number.h"

bool um_parse_number(const char **text, double *number) {
    const char *p = *text;
    double value = 0.0, unit = 1.0;
    int digits = 0;
    for (; *p >= '0' && *p <= '9'; p++, digits++)
        value = value * 10.0 + (*p - '0');
    if (*p == '.') {
        p++;
        for (; *p >= '0' && *p <= '9'; p++, digits++) {
            value = value * 10.0 + (*p - '0');
            unit *= 10.0;
        }
    }
    if (digits == 0 || digits > 100)
        return false;
    *text = p;
    *number = value / unit;
    return true;
}
