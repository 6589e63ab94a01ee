/* The shortest text of a float. */
#include "common/number.h"

#include <stdio.h>
#include <stdlib.h>

const char *number_text(char text[NUMBER_TEXT], float value) {
    for (int digits = 0; digits < 46; digits++) {
        int length = snprintf(text, NUMBER_TEXT, "%.*f", digits, (double)value);
        if (length >= NUMBER_TEXT) {
            break;
        }
        if (strtof(text, NULL) == value) {
            return text;
        }
    }
    snprintf(text, NUMBER_TEXT, "%.9g", (double)value);
    return text;
}
