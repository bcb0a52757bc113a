/*
 * io/config_scan.h: the form of a configuration file, judged before libconfuse reads it.
 *
 * libconfuse drops a '*' and a '+' that are not quoted, puts the environment in for "${NAME}", and
 * takes in silence a second value for a first, a brace that is never closed, "\q" for "q" and a
 * comment without an end. What passes here has none of that: keys that config_keys knows, each once
 * in its section, and values it reads as they stand.
 */
#ifndef IO_CONFIG_SCAN_H
#define IO_CONFIG_SCAN_H

#include "base/limits.h"
#include "base/text_error.h"

/* A section rule: its title as it stands, without the quotes, and where it begins. */
struct config_section {
    struct slice title;
    size_t line;
};

/* In the order of the file. */
struct config_sections {
    struct config_section all[LIMIT_RULES];
    size_t n;
};

/*
 * WAYBILL_SYNTAX or WAYBILL_LIMIT fill *error. Comments become spaces, for libconfuse miscounts the
 * lines behind them; the titles lie in the text.
 */
enum waybill_status config_scan(uint8_t *text, size_t n, struct config_sections *sections,
                                struct waybill_text_error *error);

#endif
