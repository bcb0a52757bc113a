#include "support/support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void must(bool is_so, const char *format, ...)
{
    va_list args;
    if (is_so)
        return;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    abort();
}

/* --- chance ----------------------------------------------------------------------------------- */

/* SplitMix64: every seed is as good as any other. */
uint64_t prng_next(struct prng *p)
{
    uint64_t z = p->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

size_t prng_below(struct prng *p, size_t n)
{
    return (size_t)(prng_next(p) % n);
}

static uint64_t number_of(const char *variable, uint64_t usual)
{
    uint64_t number = usual;
    const char *text = getenv(variable);
    must(!text || slice_number(slice_str(text), 19, &number), "%s is no number", variable);
    return number;
}

uint64_t seed_of_run(uint64_t usual)
{
    return number_of("SEED", usual);
}

unsigned rounds_of_run(unsigned usual)
{
    return (unsigned)number_of("ROUNDS", usual);
}

/* --- keys and answers ------------------------------------------------------------------------- */

struct lab lab_new(void)
{
    struct lab lab = {0};
    char why[160] = "";
    must(waybill_engine_new(&lab.engine) == WAYBILL_OK, "no engine");
    for (size_t k = 0; k < LAB_KEYS; k++) {
        const char *text = lab_key_texts[k].text;
        size_t n;
        must(waybill_key_read(lab.engine, text, strlen(text), &lab.keys[k], why) == WAYBILL_OK,
             "key %zu: %s", k, why);
        must(waybill_key_record(lab.keys[k], &lab.records[k], &n) == WAYBILL_OK,
             "key %zu has no record", k);
    }
    return lab;
}

void lab_free(struct lab *lab)
{
    for (size_t k = 0; k < LAB_KEYS; k++) {
        free(lab->records[k]);
        waybill_key_free(lab->keys[k]);
    }
    waybill_engine_free(lab->engine);
}

static struct waybill_answer answer_of(const struct dns_row *row, struct waybill_datum *room)
{
    struct waybill_answer answer = WAYBILL_ANSWER(row->status);
    for (; answer.n < DNS_ROW_TEXTS && row->texts[answer.n]; answer.n++)
        room[answer.n] = (struct waybill_datum){row->texts[answer.n], strlen(row->texts[answer.n])};
    answer.data = answer.n ? room : NULL;
    return answer;
}

static bool is_selector_of(struct slice name, const char *selector)
{
    struct slice label = slice_str(selector);
    return slice_starts(name, label) &&
           slice_starts(slice_from(name, label.n), SLICE("._domainkey."));
}

struct row_name {
    struct slice type, name;
};

static struct row_name row_name(const struct dns_row *row)
{
    struct slice text = slice_str(row->name);
    size_t space = slice_find(text, ' ', 0);
    if (space == text.n)
        return (struct row_name){SLICE("TXT"), text};
    return (struct row_name){slice_sub(text, 0, space), slice_from(text, space + 1)};
}

/* Of another kind of question its kind stands where a type would. */
static const char *type_text(const struct waybill_question *question)
{
    return question->kind == WAYBILL_DNS ? waybill_dns_type_text(question->type)
                                         : waybill_question_kind_text(question->kind);
}

/* Records are of one type; that a name is not there, or nobody says so, holds for all. */
static bool holds_for(const struct dns_row *row, struct slice type,
                      const struct waybill_question *question)
{
    return row->status != WAYBILL_ANSWERED || slice_eq(type, slice_str(type_text(question)));
}

struct waybill_answer lab_answer(const struct lab *lab, const struct dns_row *rows, size_t n,
                                 const struct waybill_question *question,
                                 struct waybill_datum room[DNS_ROW_TEXTS])
{
    struct dns_row row = {NULL, WAYBILL_NXDOMAIN, {NULL}};
    for (size_t i = 0; i < n; i++) {
        struct row_name named = row_name(&rows[i]);
        if (!slice_eq(named.name, slice_of(question->name, question->name_octets)))
            continue;
        if (holds_for(&rows[i], named.type, question))
            return answer_of(&rows[i], room);
        row.status = WAYBILL_NODATA; /* the name is there, with other records */
    }
    for (size_t k = 0; k < LAB_KEYS; k++)
        if (is_selector_of(slice_of(question->name, question->name_octets),
                           lab_key_texts[k].selector))
            row = (struct dns_row){NULL, WAYBILL_ANSWERED, {lab->records[k]}};
    return answer_of(&row, room);
}

/* --- trials ----------------------------------------------------------------------------------- */

static enum waybill_progress step(struct waybill_check *check)
{
    enum waybill_progress progress;
    must(waybill_check_step(check, &progress) == WAYBILL_OK, "a step failed");
    return progress;
}

void trial_finish(struct trial *trial, const struct lab *lab, const struct trial_input *in)
{
    while (step(trial->check) == WAYBILL_ASK) {
        const struct waybill_question *open;
        size_t n;
        must(waybill_check_questions(trial->check, &open, &n) == WAYBILL_OK && n > 0,
             "ASK, and nothing is open");
        for (size_t i = 0; i < n; i++) {
            struct waybill_datum room[DNS_ROW_TEXTS];
            struct waybill_answer answer = lab_answer(lab, in->rows, in->n_rows, &open[i], room);
            must(waybill_check_answer(trial->check, &open[i], &answer) == WAYBILL_OK,
                 "an answer was refused");
        }
    }
    trial->record = waybill_check_record(trial->check);
    must(trial->record != NULL, "no record");
}

struct trial trial_run(const struct lab *lab, const struct trial_input *in)
{
    struct trial t = {0};
    must(waybill_message_new(lab->engine, in->lines, &t.message) == WAYBILL_OK, "no message");
    must(waybill_check_new(t.message, in->now ? in->now : LAB_NOW, &t.check) == WAYBILL_OK,
         "no check");
    if (in->policy)
        must(waybill_policy_attach(in->policy, t.check) == WAYBILL_OK, "no judge");
    if (in->envelope)
        must(waybill_check_envelope(t.check, in->envelope) == WAYBILL_OK, "no envelope");
    must(waybill_message_feed(t.message, in->message.p, in->message.n) == WAYBILL_OK &&
             waybill_message_end(t.message) == WAYBILL_OK,
         "the message was refused");
    trial_finish(&t, lab, in);
    return t;
}

void trial_free(struct trial *trial)
{
    waybill_check_free(trial->check);
    waybill_message_free(trial->message);
}

char *record_text(const struct waybill_record *record)
{
    char *text;
    size_t n;
    must(waybill_record_json(record, 0, &text, &n) == WAYBILL_OK, "no JSON");
    return text;
}

/* --- making messages -------------------------------------------------------------------------- */

struct buffer message_of(const char *text)
{
    struct buffer b = buffer_new(LAB_MESSAGE_OCTETS);
    buffer_add_str(&b, text);
    must(b.status == WAYBILL_OK, "out of memory");
    return b;
}

struct buffer with_lf(struct slice text)
{
    struct buffer b = buffer_new(LAB_MESSAGE_OCTETS);
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] != '\r' || i + 1 == text.n || text.p[i + 1] != '\n')
            buffer_add_octet(&b, text.p[i]);
    must(b.status == WAYBILL_OK, "out of memory");
    return b;
}

void put_on_top(struct buffer *message, struct slice text)
{
    struct buffer b = buffer_new(LAB_MESSAGE_OCTETS);
    buffer_add(&b, text);
    buffer_add(&b, buffer_slice(message));
    must(b.status == WAYBILL_OK, "out of memory");
    buffer_free(message);
    *message = b;
}

void replace(struct buffer *message, const char *from, const char *to)
{
    struct slice all = buffer_slice(message), wanted = slice_str(from);
    struct buffer b = buffer_new(LAB_MESSAGE_OCTETS);
    size_t at = 0;
    while (at < all.n && !slice_starts(slice_from(all, at), wanted))
        at++;
    must(at < all.n, "the message has no \"%s\"", from);
    buffer_add(&b, slice_sub(all, 0, at));
    buffer_add_str(&b, to);
    buffer_add(&b, slice_from(all, at + wanted.n));
    must(b.status == WAYBILL_OK, "out of memory");
    buffer_free(message);
    *message = b;
}

static void put_fields(struct waybill_signer *signer, struct buffer *message)
{
    const struct waybill_field *fields;
    size_t n;
    struct buffer top = buffer_new(LAB_MESSAGE_OCTETS);
    must(waybill_signer_fields(signer, &fields, &n) == WAYBILL_OK, "no fields");
    for (size_t i = 0; i < n; i++) {
        buffer_add_str(&top, fields[i].name);
        buffer_add_str(&top, ": ");
        buffer_add_str(&top, fields[i].value);
        buffer_add_str(&top, "\r\n");
    }
    put_on_top(message, buffer_slice(&top));
    buffer_free(&top);
}

static enum waybill_status make_signer(const struct lab *lab, const struct signing *how,
                                       const struct trial *t, struct waybill_signer **out)
{
    struct waybill_signing_key key = {lab_key_texts[how->key].selector, lab->keys[how->key]};
    struct waybill_sign_options options = {.domain = how->domain,
                                           .keys = &key,
                                           .n_keys = 1,
                                           .now = how->now ? how->now : LAB_NOW,
                                           .expires_in = how->expires_in,
                                           .headers = how->headers};
    return how->authserv_id ? waybill_arc_signer_new(t->message, t->check, &options,
                                                     how->authserv_id, how->results, out)
                            : waybill_dkim_signer_new(t->message, &options, out);
}

enum waybill_status sign_message(const struct lab *lab, const struct signing *how,
                                 struct buffer *message, char reason[200])
{
    struct trial t = {0};
    struct trial_input in = {.rows = how->rows, .n_rows = how->n_rows};
    struct waybill_signer *signer;
    enum waybill_progress progress;
    must(waybill_message_new(lab->engine, WAYBILL_LINES_CRLF, &t.message) == WAYBILL_OK,
         "no message");
    must(waybill_check_new(t.message, how->now ? how->now : LAB_NOW, &t.check) == WAYBILL_OK,
         "no check");
    must(make_signer(lab, how, &t, &signer) == WAYBILL_OK, "no signer");
    must(waybill_message_feed(t.message, message->p, message->n) == WAYBILL_OK &&
             waybill_message_end(t.message) == WAYBILL_OK,
         "the message was refused");
    trial_finish(&t, lab, &in);
    enum waybill_status status = waybill_signer_step(signer, &progress);
    if (status == WAYBILL_OK)
        put_fields(signer, message);
    if (reason)
        snprintf(reason, 200, "%s", waybill_signer_reason(signer));
    waybill_signer_free(signer);
    trial_free(&t);
    return status;
}

void sign_well(const struct lab *lab, const struct signing *how, struct buffer *message)
{
    char reason[200];
    enum waybill_status status = sign_message(lab, how, message, reason);
    must(status == WAYBILL_OK, "not signed: %s %s", waybill_status_text(status), reason);
}

void seal_reporting(const struct lab *lab, const char *domain, const char *results,
                    struct buffer *message)
{
    char field[1024];
    int n = snprintf(field, sizeof field, "Authentication-Results: %s; %s\r\n", domain, results);
    must(n > 0 && (size_t)n < sizeof field, "results are too long");
    put_on_top(message, slice_str(field));
    struct signing how = {
        .domain = domain, .key = LAB_RSA, .authserv_id = domain, .results = domain};
    sign_well(lab, &how, message);
}
