/* Numbers of settings as text. */
#ifndef CLI_COMMON_NUMBER_H
#define CLI_COMMON_NUMBER_H

enum { NUMBER_TEXT = 64 };

/* The shortest decimal that is read back as the same float, without an exponent where it has room:
 * "0.9", "100". Returns `text`. */
const char *number_text(char text[NUMBER_TEXT], float value);

#endif
