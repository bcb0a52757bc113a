#include "mail.h"

#include "world.h"

/* Real mail does not repeat itself every few lines, and the processor would learn it if it did. */
enum { TEXT_OCTETS = 1 << 18 };

static const char *const words[] = {
    "the",    "message", "of",      "list",     "and",   "to",       "a",          "chain",
    "in",     "which",   "reader",  "archive",  "is",    "that",     "forwarded",  "bread",
    "for",    "oven",    "we",      "with",     "as",    "it",       "subscriber", "on",
    "flour",  "be",      "recipes", "tomorrow", "salt",  "was",      "at",         "this",
    "not",    "by",      "but",     "have",     "water", "kneading", "from",       "or",
    "yeast.", "one",     "had",     "minutes.", "all",   "were",     "again.",     "their",
};
enum { WORDS = sizeof words / sizeof words[0] };

static const char *const fields[] = {
    "Return-Path: <cooks-bounces@lists.example>",
    "Delivered-To: carol@receiver.example",
    "Authentication-Results: " BENCH_AUTHSERV "; spf=pass smtp.mailfrom=lists.example",
    "From: Alice Example <alice@" BENCH_DOMAIN ">",
    "To: Cooks <cooks@lists.example>",
    "Cc: Bob Example <bob@uni.example>,\r\n\t\"Dora, of the kitchen\" <dora@kitchen.example>",
    "Subject: [cooks] Bread that rises slowly,  and what to do when it does not",
    "Date: Sun, 1 Nov 2026 09:14:07 +0100",
    "Message-ID: <20261101081407.GA2817@" BENCH_DOMAIN ">",
    "In-Reply-To: <CAF2b3kq7Jp0x@mail.uni.example>",
    "References: <20261030190201.GA991@" BENCH_DOMAIN ">\r\n <CAF2b3kq7Jp0x@mail.uni.example>",
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8; format=flowed",
    "Content-Transfer-Encoding: 8bit",
    "User-Agent: Mutt/2.2.9 (2026-01-04)",
    "List-Id: People who cook <cooks.lists.example>",
    "List-Unsubscribe: <https://lists.example/u/cooks>,\r\n <mailto:cooks-leave@lists.example>",
    "List-Archive: <https://lists.example/archives/cooks>",
    "List-Post: <mailto:cooks@lists.example>",
    "List-Help: <mailto:cooks-request@lists.example?subject=help>",
    "Precedence: list",
    "Errors-To: cooks-bounces@lists.example",
    "Sender: Cooks <cooks-bounces@lists.example>",
    "X-Mailman-Version: 3.3.8",
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

static void add_received(struct buffer *out, size_t i)
{
    buffer_printf(out,
                  "Received: from mx%zu.lists.example (mx%zu.lists.example [192.0.2.%zu])\r\n"
                  "\tby relay%zu.receiver.example (Postfix) with ESMTPS id 4Yx%zuQz1\r\n"
                  "\tfor <carol@receiver.example>; Sun, 1 Nov 2026 09:14:%02zu +0100 (CET)\r\n",
                  i, i, i + 1, i, 7 * i, i % 60);
}

static void add_filter_note(struct buffer *out, size_t i)
{
    buffer_printf(out, "X-Filter-Note-%zu: score=%zu.%zu, rule=BODY_%zu, took=%zums\r\n", i, i % 7,
                  i % 10, i * 37 % 1000, i % 13);
}

void mail_header(struct buffer *out, size_t n)
{
    for (size_t i = FIELDS; i < n; i++)
        if (i % 3 == 0)
            add_filter_note(out, i);
        else
            add_received(out, i);
    for (size_t i = 0; i < FIELDS; i++) {
        buffer_add_str(out, fields[i]);
        buffer_add_str(out, "\r\n");
    }
}

/* Any sequence will do that is the same in every run. */
static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

static void add_line(struct buffer *text, uint32_t *state)
{
    size_t end = text->n + 50 + next_random(state) % 16;
    while (text->n < end) {
        const char *word = words[next_random(state) % WORDS];
        buffer_add_str(text, word);
        bool stop = word[strlen(word) - 1] == '.';
        buffer_add_str(text, stop && next_random(state) % 2 ? "  " : " ");
    }
    text->n -= text->p[text->n - 2] == ' ' ? 2u : 1u;
    buffer_add_str(text, next_random(state) % 9 ? "\r\n" : "\r\n\r\n");
}

static const uint8_t *running_text(void)
{
    static uint8_t octets[TEXT_OCTETS + 128];
    struct buffer text = buffer_over(octets, sizeof octets);
    uint32_t state = 2026;
    while (text.n < TEXT_OCTETS)
        add_line(&text, &state);
    return octets;
}

/* What stands at an offset; the end is no blank line, and no CR is parted from its LF there. */
static uint8_t octet_at(const uint8_t *text, size_t offset, size_t total)
{
    size_t left = total - offset;
    if (left <= 2)
        return left == 2 ? '\r' : '\n';
    return left <= 5 ? 'x' : text[offset % TEXT_OCTETS];
}

void mail_body(uint8_t *out, size_t offset, size_t n, size_t total)
{
    static const uint8_t *text;
    if (!text)
        text = running_text();
    for (size_t i = 0; i < n; i++)
        out[i] = octet_at(text, offset + i, total);
}

void mail_message(struct buffer *out, size_t octets, size_t n)
{
    mail_header(out, n);
    buffer_add_str(out, "\r\n");
    must(out->n + 64 < octets && buffer_reserve(out, octets - out->n), "making a message");
    mail_body(out->p + out->n, 0, octets - out->n, octets - out->n);
    out->n = octets;
}
