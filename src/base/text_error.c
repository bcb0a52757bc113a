#include "base/text_error.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 0))) static void write_sentence(char *out, size_t room,
                                                                 const char *format, va_list args)
{
    if (vsnprintf(out, room, format, args) < 0)
        out[0] = '\0';
    for (char *c = out; *c; c++) {
        if (*c < ' ' || *c > '~')
            *c = '?';
    }
}

enum waybill_status text_error(struct waybill_text_error *error, size_t line, const char *format,
                               ...)
{
    va_list args;
    error->line = line;
    va_start(args, format);
    write_sentence(error->what, sizeof error->what, format, args);
    va_end(args);
    return WAYBILL_SYNTAX;
}

enum waybill_status text_refusal(char why[TEXT_WHY_OCTETS], const char *format, ...)
{
    va_list args;
    va_start(args, format);
    write_sentence(why, TEXT_WHY_OCTETS, format, args);
    va_end(args);
    return WAYBILL_REFUSED;
}
