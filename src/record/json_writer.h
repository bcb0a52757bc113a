/*
 * record/json_writer.h: values of a record put into JSON, for the files that write its sections.
 *
 * A member whose value could not be made is noticed once, at the end: jansson refuses NULL as a
 * value, and the writer remembers that it did.
 */
#ifndef RECORD_JSON_WRITER_H
#define RECORD_JSON_WRITER_H

#include "record/record.h"

#include <jansson.h>

struct record_writer {
    bool failed;
};

void record_put(struct record_writer *w, json_t *object, const char *key, json_t *value);
void record_append(struct record_writer *w, json_t *array, json_t *value);
void record_put_number(struct record_writer *w, json_t *object, const char *key, uint64_t number);
/* Nothing is put for a NULL, or a slice without p. */
void record_put_str(struct record_writer *w, json_t *object, const char *key, const char *text);
void record_put_slice(struct record_writer *w, json_t *object, const char *key, struct slice s);
/* "result" and "why". */
void record_put_verdict(struct record_writer *w, json_t *object, struct verdict v);
/* Octets as text: what is no UTF-8 becomes \xHH, a backslash is doubled (design 2). */
json_t *record_octets(struct slice s);

/* The sections. */
json_t *record_json_spf(struct record_writer *w, const struct waybill_record *r);
json_t *record_json_dkim(struct record_writer *w, const struct waybill_record *r);
json_t *record_json_dkim2(struct record_writer *w, const struct waybill_record *r);
json_t *record_json_arc(struct record_writer *w, const struct waybill_record *r);
json_t *record_json_dmarc(struct record_writer *w, const struct waybill_record *r);
json_t *record_json_decision(struct record_writer *w, const struct waybill_record *r);

#endif
