/*
 * waybill/engine.h: what all checks and signers of one thread share.
 *
 * How a message is judged:
 *
 *     waybill_engine_new(&engine);
 *     waybill_message_new(engine, WAYBILL_LINES_CRLF, &message);
 *     waybill_check_new(message, now, &check);
 *     waybill_message_feed(message, octets, n);  as often as octets come
 *     waybill_message_end(message);
 *     while (waybill_check_step(check, &progress) == WAYBILL_OK && progress == WAYBILL_ASK)
 *         waybill_check_questions(…), find the answers, waybill_check_answer(…);
 *     record = waybill_check_record(check);
 *
 * An engine and everything made from it belong to one thread at a time; a program has one engine
 * a worker. Objects are freed in the reverse order: record and signers with their check and
 * message, these before the engine.
 */
#ifndef WAYBILL_ENGINE_H
#define WAYBILL_ENGINE_H

#include "waybill/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct waybill_engine;

/* Fetches the algorithms of libcrypto once and keeps parsed keys: 4,096, oldest out. */
enum waybill_status waybill_engine_new(struct waybill_engine **out);
/* NULL is fine. */
void waybill_engine_free(struct waybill_engine *engine);

/* The library's version, "0.1.0"; static. */
const char *waybill_version(void);

#ifdef __cplusplus
}
#endif

#endif
