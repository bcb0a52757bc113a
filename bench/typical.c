#include "typical.h"

#include "waybill/answers.h"

#include <stdio.h>
#include <stdlib.h>

#define LIST "lists.example"

static const struct waybill_envelope envelope = {
    .ip = "192.0.2.17", .helo = "mx." LIST, .mail_from = "bounces@" LIST};

/* The types as waybill/question.h has them. */
static const struct {
    const char *name;
    enum waybill_dns_type type;
    const char *datum;
} rows[] = {
    {LIST, WAYBILL_DNS_TXT,
     "v=spf1 include:_spf1." LIST " include:_spf2." LIST " include:_spf3." LIST " -all"},
    {"_spf1." LIST, WAYBILL_DNS_TXT, "v=spf1 ip4:198.51.100.0/25 ip4:203.0.113.0/24 -all"},
    {"_spf2." LIST, WAYBILL_DNS_TXT, "v=spf1 ip4:198.51.100.128/25 ip6:2001:db8:1::/48 -all"},
    {"_spf3." LIST, WAYBILL_DNS_TXT, "v=spf1 ip6:2001:db8:2::/48 ip4:192.0.2.0/24 -all"},
    {"mx." LIST, WAYBILL_DNS_A, "192.0.2.17"},
    {"_dmarc." LIST, WAYBILL_DNS_TXT, "v=DMARC1; p=none"},
    {BENCH_DOMAIN, WAYBILL_DNS_A, "192.0.2.80"},
    {"_dmarc." BENCH_DOMAIN, WAYBILL_DNS_TXT, "v=DMARC1; p=reject; rua=mailto:dmarc@" BENCH_DOMAIN},
};

static const char saw[] =
    "Authentication-Results: " BENCH_AUTHSERV "; spf=pass smtp.mailfrom=" BENCH_DOMAIN
    ";\r\n dkim=pass header.d=" BENCH_DOMAIN "; dmarc=pass header.from=" BENCH_DOMAIN "\r\n";

/* --- the answers ------------------------------------------------------------------------------ */

static void publish(struct waybill_answers *answers, const char *name, enum waybill_dns_type type,
                    const char *text)
{
    struct waybill_question question = {
        .kind = WAYBILL_DNS, .name = name, .name_octets = strlen(name), .type = type, .wave = 1};
    struct waybill_answer answer = WAYBILL_ANSWER(WAYBILL_ANSWERED);
    struct waybill_datum datum = {text, strlen(text)};
    answer.data = &datum;
    answer.n = 1;
    must(waybill_answers_add(answers, &question, &answer) == WAYBILL_OK, name);
}

void typical_publish(struct waybill_answers *answers)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        publish(answers, rows[i].name, rows[i].type, rows[i].datum);
}

static void publish_key(const struct world *world, const char *domain,
                        struct waybill_answers *answers)
{
    char name[128];
    const struct world_key *key = &world->keys[BENCH_RSA];
    snprintf(name, sizeof name, "%s._domainkey.%s", key->selector, domain);
    publish(answers, name, WAYBILL_DNS_TXT, key->record);
}

/* The domain that adds a set. */
struct hop {
    char domain[32];
};

static struct hop hop_of(unsigned instance)
{
    struct hop hop;
    snprintf(hop.domain, sizeof hop.domain, "hop%u.example", instance);
    return hop;
}

/* --- the receiver ----------------------------------------------------------------------------- */

void typical_open(struct typical *typical)
{
    char why[WAYBILL_POLICY_WHY];
    struct waybill_text_error error;
    struct buffer trust = buffer_new(65536);
    for (unsigned i = 1; i <= TYPICAL_SETS_MOST; i++)
        buffer_printf(&trust, "%s sealer\n", hop_of(i).domain);
    must(waybill_policy_new(&typical->policy) == WAYBILL_OK &&
             waybill_policy_trust(typical->policy, trust.p, trust.n, &error) == WAYBILL_OK &&
             waybill_policy_override(typical->policy, WAYBILL_RULE_FIRST_DKIM, why) == WAYBILL_OK,
         "setting up a policy");
    buffer_free(&trust);
    typical->how =
        (struct judging){.methods = 1u << WAYBILL_METHOD_SPF | 1u << WAYBILL_METHOD_DKIM |
                                    1u << WAYBILL_METHOD_ARC | 1u << WAYBILL_METHOD_DMARC,
                         .envelope = &envelope,
                         .policy = typical->policy};
}

void typical_close(struct typical *typical)
{
    waybill_policy_free(typical->policy);
}

void typical_check(const struct world *world, const struct typical *typical, struct slice message)
{
    struct outcome is = {.disposition = WAYBILL_REJECT};
    enum waybill_status status = drive_check(world, source_of(&message), &typical->how, &is);
    must(status == WAYBILL_OK, waybill_status_text(status));
    must(is.results[WAYBILL_METHOD_SPF] == WAYBILL_RESULT_PASS &&
             is.results[WAYBILL_METHOD_DKIM] == WAYBILL_RESULT_PASS &&
             is.results[WAYBILL_METHOD_ARC] == WAYBILL_RESULT_PASS &&
             is.results[WAYBILL_METHOD_DMARC] == WAYBILL_RESULT_FAIL &&
             is.disposition == WAYBILL_DELIVER,
         "the verdict on the typical message");
}

/* --- the message ------------------------------------------------------------------------------ */

static void put_on_top(struct buffer *message, struct buffer *added)
{
    buffer_add(added, buffer_slice(message));
    must(added->status == WAYBILL_OK, "making a message");
    buffer_free(message);
    *message = *added;
}

static void sign(const struct world *world, const char *domain, struct buffer *message)
{
    struct buffer added = buffer_new(MAIL_OCTETS_MOST);
    struct slice octets = buffer_slice(message);
    drive_sign(world, source_of(&octets), BENCH_RSA, domain, &added);
    put_on_top(message, &added);
}

static void seal(const struct world *world, const char *domain, const char *results,
                 struct buffer *message)
{
    struct buffer added = buffer_new(MAIL_OCTETS_MOST);
    struct slice octets = buffer_slice(message);
    drive_seal(world, source_of(&octets), domain, results, &added);
    put_on_top(message, &added);
}

/* What the list does to the subject; it stays as long as it was. */
static void change_subject(struct buffer *message)
{
    static const char mark[] = "\r\nSubject: [cooks] ";
    for (size_t at = 0; at + sizeof mark < message->n; at++)
        if (memcmp(message->p + at, mark, sizeof mark - 1) == 0) {
            message->p[at + sizeof mark - 1] = 'b';
            return;
        }
    must(false, "finding the subject");
}

void typical_message(const struct world *world, unsigned sets, struct buffer *out)
{
    mail_message(out, TYPICAL_OCTETS, TYPICAL_FIELDS);
    sign(world, BENCH_DOMAIN, out);
    change_subject(out);
    struct buffer results = buffer_new(MAIL_OCTETS_MOST);
    buffer_add_str(&results, saw);
    put_on_top(out, &results);
    sign(world, LIST, out);
    for (unsigned i = 1; i <= sets; i++)
        seal(world, hop_of(i).domain, i == 1 ? BENCH_AUTHSERV : NULL, out);
}

/* --- for peers -------------------------------------------------------------------------------- */

static void write_zone(const struct world *world, const char *directory)
{
    char *text;
    size_t n;
    struct waybill_answers *zone = waybill_answers_new(WAYBILL_NXDOMAIN);
    must(zone, "waybill_answers_new");
    typical_publish(zone);
    publish_key(world, BENCH_DOMAIN, zone);
    publish_key(world, LIST, zone);
    for (unsigned i = 1; i <= TYPICAL_SETS_MOST; i++)
        publish_key(world, hop_of(i).domain, zone);
    must(waybill_answers_write(zone, &text, &n) == WAYBILL_OK, "waybill_answers_write");
    write_file(directory, "zone", "json", slice_of(text, n));
    free(text);
    waybill_answers_free(zone);
}

static void write_envelope(const char *directory)
{
    struct buffer json = buffer_new(4096);
    buffer_printf(&json, "{\"ip\": \"%s\", \"helo\": \"%s\", \"mail-from\": \"%s\"}\n", envelope.ip,
                  envelope.helo, envelope.mail_from);
    write_file(directory, "envelope", "json", buffer_slice(&json));
    buffer_free(&json);
}

void typical_write(const struct world *world, const char *directory)
{
    for (size_t i = 0; i < sizeof typical_chains / sizeof typical_chains[0]; i++) {
        char name[32];
        struct buffer message = buffer_new(MAIL_OCTETS_MOST);
        typical_message(world, typical_chains[i], &message);
        snprintf(name, sizeof name, TYPICAL_FILE, typical_chains[i]);
        write_file(directory, name, "eml", buffer_slice(&message));
        buffer_free(&message);
    }
    write_zone(world, directory);
    write_envelope(directory);
}
