/*
 * dns/zone_records.h: the records of a zone, put together to answers.
 */
#ifndef DNS_ZONE_RECORDS_H
#define DNS_ZONE_RECORDS_H

#include "dns/answer_set.h"

/* Of a type of which no data are kept: that the name is there. Sorts before all that is kept. */
enum { TYPE_OTHER = 0 };

struct zone_record {
    struct slice name; /* in lower case, absolute, without a final dot */
    int type;
    struct slice data; /* normal; empty for TYPE_OTHER */
    size_t line;       /* where it stands, for errors */
    size_t position;   /* among all that were added */
};

struct zone_records {
    struct arena *arena; /* of the reading: what the names and data point into */
    struct zone_record *all;
    size_t n, capacity;
};

/* Adds a record; sets its position. */
enum waybill_status zone_records_add(struct zone_records *records, struct zone_record record);

/*
 * Adds to the set an answer for each name and type, the records in the order of the file, one that
 * stands twice once. WAYBILL_SYNTAX: a name with an alias and anything else; WAYBILL_LIMIT: over
 * LIMIT_ANSWER_RECORDS. Both fill *error.
 */
enum waybill_status zone_records_put(struct zone_records *records, struct waybill_answers *set,
                                     struct waybill_text_error *error);

#endif
