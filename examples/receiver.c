/*
 * What a receiver does with the library: a message and its answers in, a verdict out.
 *
 *     receiver ANSWERS EPOCH CLIENT HELO MAIL-FROM < MESSAGE
 *
 * ANSWERS is a zone file or the JSON that `waybill verify --save-dns` writes. A real receiver asks
 * its resolver where this one looks into the file; nothing else changes. Whom it trusts stands in
 * the program: lists.example, uni.example and gateway.example.
 */
#include <waybill/answers.h>
#include <waybill/check.h>
#include <waybill/engine.h>
#include <waybill/message.h>
#include <waybill/policy.h>
#include <waybill/record.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char trust[] = "lists.example sealer\n"
                            "uni.example sealer\n"
                            "gateway.example sealer\n";

/* The whole of a small file; NULL where it cannot be read. */
static char *read_file(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    size_t most = (size_t)1 << 20;
    char *text = f ? malloc(most) : NULL;
    *n = text ? fread(text, 1, most, f) : 0;
    if (f)
        fclose(f);
    return text;
}

/* Answers all that is open: what a resolver would be asked, all of it at once. */
static enum waybill_status answer_all(struct waybill_check *check, struct waybill_answers *answers)
{
    const struct waybill_question *open;
    size_t n = 0;
    enum waybill_status status = waybill_check_questions(check, &open, &n);
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++) {
        struct waybill_answer answer;
        status = waybill_answers_find(answers, &open[i], &answer);
        if (status == WAYBILL_OK)
            status = waybill_check_answer(check, &open[i], &answer);
    }
    return status;
}

/* Standard input as it comes, then steps until nothing is open. */
static enum waybill_status judge(struct waybill_message *message, struct waybill_check *check,
                                 struct waybill_answers *answers)
{
    char piece[8192];
    enum waybill_progress progress = WAYBILL_MORE;
    enum waybill_status status = WAYBILL_OK;
    for (size_t n; status == WAYBILL_OK && (n = fread(piece, 1, sizeof piece, stdin)) > 0;)
        status = waybill_message_feed(message, piece, n);
    if (status == WAYBILL_OK)
        status = waybill_message_end(message);
    while (status == WAYBILL_OK && progress != WAYBILL_DONE) {
        status = answer_all(check, answers);
        if (status == WAYBILL_OK)
            status = waybill_check_step(check, &progress);
    }
    return status;
}

/* DMARC's reject is lifted where the first sealer saw the author's signature pass. */
static enum waybill_status make_policy(struct waybill_policy **policy)
{
    struct waybill_text_error error;
    char why[WAYBILL_POLICY_WHY];
    enum waybill_status status = waybill_policy_new(policy);
    if (status == WAYBILL_OK)
        status = waybill_policy_trust(*policy, trust, strlen(trust), &error);
    return status == WAYBILL_OK ? waybill_policy_override(*policy, WAYBILL_RULE_FIRST_DKIM, why)
                                : status;
}

static void print(const struct waybill_record *record)
{
    const char *reply = waybill_record_reply(record);
    char *field;
    size_t n;
    printf("%s %s\n", waybill_disposition_text(waybill_record_disposition(record)),
           reply ? reply : "");
    if (waybill_record_authres(record, "receiver.example", 0, &field, &n) == WAYBILL_OK) {
        printf("Authentication-Results: %s\n", field);
        free(field);
    }
}

int main(int argc, char **argv)
{
    struct waybill_engine *engine = NULL;
    struct waybill_message *message = NULL;
    struct waybill_check *check = NULL;
    struct waybill_policy *policy = NULL;
    struct waybill_answers *answers = waybill_answers_new(WAYBILL_NXDOMAIN);
    struct waybill_text_error error = {0, ""};
    size_t n = 0;
    char *text = argc == 6 ? read_file(argv[1], &n) : NULL;

    enum waybill_status status = text && answers ? WAYBILL_OK : WAYBILL_MISUSE;
    if (status == WAYBILL_OK)
        status = waybill_answers_read(answers, text, n, &error);
    if (status == WAYBILL_OK)
        status = waybill_engine_new(&engine);
    if (status == WAYBILL_OK)
        status = waybill_message_new(engine, WAYBILL_LINES_DETECT, &message);
    if (status == WAYBILL_OK)
        status = waybill_check_new(message, strtoll(argv[2], NULL, 10), &check);
    if (status == WAYBILL_OK)
        status = make_policy(&policy);
    if (status == WAYBILL_OK)
        status = waybill_policy_attach(policy, check);
    if (status == WAYBILL_OK) {
        const struct waybill_envelope envelope = {
            .ip = argv[3], .helo = argv[4], .mail_from = argv[5]};
        status = waybill_check_envelope(check, &envelope);
    }
    if (status == WAYBILL_OK)
        status = judge(message, check, answers);
    if (status == WAYBILL_OK)
        print(waybill_check_record(check));
    else
        fprintf(stderr, "receiver: %s %s\n", waybill_status_text(status), error.what);

    waybill_check_free(check);
    waybill_policy_free(policy);
    waybill_message_free(message);
    waybill_engine_free(engine);
    waybill_answers_free(answers);
    free(text);
    return status == WAYBILL_OK ? 0 : 1;
}
