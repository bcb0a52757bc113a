/*
 * dns/zone_entry.h: a master file (RFC 1035 section 5.1) cut into its entries.
 */
#ifndef DNS_ZONE_ENTRY_H
#define DNS_ZONE_ENTRY_H

#include "base/arena.h"
#include "base/cursor.h"
#include "waybill/answers.h"

struct zone_word {
    struct slice raw; /* as it stands, without its quotes, escapes not undone; never a line end */
    size_t line;
};

/* The reader, and the entry it read last. */
struct zone_entries {
    struct arena *arena;
    struct cursor cursor;
    size_t line;
    unsigned depth; /* of parentheses */
    struct waybill_text_error *error;

    struct zone_word *words;
    size_t n, capacity;
    bool indented; /* it began with white space: the owner is that of the entry before */
};

struct zone_entries zone_entries_new(struct arena *arena, struct slice text,
                                     struct waybill_text_error *error);

/* The next entry that is not empty; n is 0 at the end. WAYBILL_SYNTAX fills the error. */
enum waybill_status zone_entries_next(struct zone_entries *e);

/*
 * The octets of a word with \DDD and \X undone, at most raw.n of them, written to `out`. False: an
 * escape that is none, or, in a name, a dot within a label, which no question can name.
 */
bool zone_unescape(struct slice raw, bool is_name, uint8_t *out, size_t *n);

#endif
