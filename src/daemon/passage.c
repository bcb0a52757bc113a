#include "daemon/passage.h"

#include "base/limits.h"
#include "daemon/keeping.h"
#include "daemon/say.h"
#include "io/clock.h"
#include "mail/message.h"
#include "transit/token.h"

#include <openssl/rand.h>
#include <stdlib.h>

/* --- an id -------------------------------------------------------------------------------------
 */

static enum waybill_status make_id(char out[PASSAGE_ID_OCTETS + 1])
{
    static const char digits[] = "0123456789abcdef";
    uint8_t random[PASSAGE_ID_OCTETS / 2];
    if (RAND_bytes(random, sizeof random) != 1)
        return WAYBILL_CRYPTO;
    for (size_t i = 0; i < sizeof random; i++) {
        out[2 * i] = digits[random[i] >> 4];
        out[2 * i + 1] = digits[random[i] & 15];
    }
    out[PASSAGE_ID_OCTETS] = '\0';
    return WAYBILL_OK;
}

/* --- its life ----------------------------------------------------------------------------------
 */

static const char *copy_text(struct passage *p, struct slice s)
{
    struct slice copy;
    if (arena_copy(&p->arena, s, &copy))
        return (const char *)copy.p;
    p->status = WAYBILL_NOMEM;
    return "";
}

struct passage *passage_new(struct worker *worker, const struct listener *listener,
                            const struct role *role, struct milter_session *session,
                            const struct client *client, struct slice mail_from,
                            void (*answered)(void *self), void *self)
{
    struct passage *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    *p = (struct passage){.worker = worker,
                          .settings = worker->settings,
                          .listener = listener,
                          .role = role,
                          .client = client,
                          .session = session,
                          .arena = arena_new(),
                          .started_ms = clock_monotonic_ms(),
                          .answered = answered,
                          .self = self};
    p->settings->users++;
    p->last_recipient = &p->recipients;
    p->status = make_id(p->id);
    p->mail_from = copy_text(p, mail_from);
    metrics_passage(+1);
    return p;
}

void passage_free(struct passage *p)
{
    if (!p)
        return;
    metrics_passage(-1);
    asking_free(p->asking);
    keeping_free(p->keeping);
    p->role->drop(p);
    waybill_check_free(p->check);
    waybill_message_free(p->message);
    arena_free(&p->arena);
    settings_release(p->settings);
    free(p);
}

/* --- the envelope ------------------------------------------------------------------------------
 */

void passage_recipient(struct passage *p, struct slice path)
{
    struct recipient *recipient = NULL;
    p->too_many = p->too_many || p->n_recipients == LIMIT_PASSAGE_RECIPIENTS;
    if (p->status != WAYBILL_OK || p->too_many)
        return;
    recipient = arena_alloc(&p->arena, sizeof *recipient);
    if (!recipient) {
        p->status = WAYBILL_NOMEM;
        return;
    }
    *recipient = (struct recipient){NULL, copy_text(p, path)};
    *p->last_recipient = recipient;
    p->last_recipient = &recipient->next;
    p->n_recipients++;
}

static enum waybill_status list_recipients(struct passage *p)
{
    const char **list = arena_array(&p->arena, p->n_recipients, sizeof *list);
    size_t n = 0;
    if (!list)
        return WAYBILL_NOMEM;
    for (const struct recipient *r = p->recipients; r; r = r->next)
        list[n++] = r->path;
    p->rcpt_to = list;
    return WAYBILL_OK;
}

/* --- the message -------------------------------------------------------------------------------
 */

/* At its first field, or at the end of a header without one. */
static enum waybill_status begin(struct passage *p)
{
    if (p->status != WAYBILL_OK || p->message)
        return p->status;
    enum waybill_status status = list_recipients(p);
    if (status == WAYBILL_OK)
        status = waybill_message_new(p->worker->engine, WAYBILL_LINES_CRLF, &p->message);
    return status == WAYBILL_OK ? p->role->begin(p) : status;
}

static enum waybill_status feed(struct passage *p, struct slice s, bool of_body)
{
    if (p->keeping)
        keeping_take(p->keeping, s, of_body);
    if (p->role->octets)
        return p->role->octets(p, s, of_body);
    return waybill_message_feed(p->message, s.p, s.n);
}

static enum waybill_status take_field(struct passage *p, struct slice name, struct slice value)
{
    enum waybill_status status = begin(p);
    if (status == WAYBILL_OK && p->role->field)
        status = p->role->field(p, name, value);
    const struct slice parts[] = {name, SLICE(":"), value, SLICE("\r\n")};
    for (size_t i = 0; i < sizeof parts / sizeof *parts && status == WAYBILL_OK; i++)
        status = feed(p, parts[i], false);
    return status;
}

void passage_field(struct passage *p, struct slice name, struct slice value)
{
    p->results_fields += slice_ieq(name, SLICE("Authentication-Results"));
    p->tokens += slice_ieq(name, SLICE(TRANSIT_FIELD));
    p->status = take_field(p, name, value);
}

void passage_fields_end(struct passage *p)
{
    enum waybill_status status = begin(p);
    if (status == WAYBILL_OK && p->role->fields_end)
        status = p->role->fields_end(p);
    if (status == WAYBILL_OK)
        status = feed(p, SLICE("\r\n"), false);
    p->status = status;
    if (status == WAYBILL_OK && p->asking)
        asking_look(p->asking);
}

void passage_body(struct passage *p, struct slice octets)
{
    if (p->status == WAYBILL_OK)
        p->status = feed(p, octets, true);
}

void passage_end(struct passage *p)
{
    if (p->status == WAYBILL_OK)
        p->status = begin(p);
    if (p->status == WAYBILL_OK && !p->role->octets)
        p->status = waybill_message_end(p->message);
    p->role->end(p);
}

/* --- for roles --------------------------------------------------------------------------------
 */

void passage_answered(struct passage *p)
{
    metrics_duration(passage_ms(p));
    p->answered(p->self);
}

struct slice queue_id_of(const struct milter_session *session)
{
    struct slice id = milter_session_macro(session, "i");
    return id.n ? id : SLICE("NOQUEUE");
}

bool passage_is_behind(struct passage *p, void (*go_on)(void *self), void *self)
{
    return p->keeping && keeping_is_behind(p->keeping, go_on, self);
}

/* From the last to the first, so that the numbers of the others stay. */
enum waybill_status passage_remove_tokens(struct passage *p)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = p->tokens; i > 0 && status == WAYBILL_OK; i--)
        status = milter_change_header(p->session, (uint32_t)i, SLICE(TRANSIT_FIELD), SLICE(""));
    return status;
}

bool passage_may_change(const struct passage *p)
{
    return p->listener->mode != CONFIG_OBSERVE && milter_session_can(p->session, MILTER_CAN_ADD) &&
           milter_session_can(p->session, MILTER_CAN_CHANGE);
}

int64_t passage_ms(const struct passage *p)
{
    return clock_monotonic_ms() - p->started_ms;
}
