/*
 * tests/property/alloc.h: the scenarios in which allocations are made to fail.
 */
#ifndef PROPERTY_ALLOC_H
#define PROPERTY_ALLOC_H

#include "support/support.h"

/* What a scenario made, in memory that no failure touches. */
struct result {
    enum waybill_status status;
    char text[1 << 15];
    size_t n;
};

void alloc_note(struct result *result, struct slice s);

/* Keys, made where nothing fails. */
extern struct lab alloc_lab;

/* Octets taken from the arena of alloc_dmarc before it is used: a multiple of ARENA_STEP, under
 * ARENA_CHUNK. What is allocated when a chunk is full moves with it. */
enum { ARENA_STEP = 16, ARENA_CHUNK = 4096 };
extern size_t alloc_arena_taken;

/* DMARC alone; a policy and a key file that are set up and asked; a configuration that is read. */
enum waybill_status alloc_dmarc(struct result *out);
enum waybill_status alloc_policy(struct result *out);
enum waybill_status alloc_keys(struct result *out);
enum waybill_status alloc_config(struct result *out);

/* A list that passes a message on by DKIM2; what it needs is made where nothing fails. */
enum waybill_status alloc_list(struct result *out);
void alloc_list_set_up(void);
void alloc_list_tear_down(void);

/* A connection from an MTA: two messages. */
enum waybill_status alloc_milter(struct result *out);

/* DKIM2 alone: a list and a forwarder, two keys a hop, by both drafts. */
enum waybill_status alloc_dkim2(struct waybill_engine *engine, struct result *out);
void alloc_dkim2_make(void);
void alloc_dkim2_free(void);

/* A recipe that is made; a message that is undone. */
enum waybill_status alloc_revise(struct waybill_engine *engine, struct result *out);
enum waybill_status alloc_undo(struct waybill_engine *engine, struct result *out);

#endif
