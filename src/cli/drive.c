#include "cli/drive.h"

#include "base/limits.h"
#include "io/clock.h"
#include "io/resolver.h"
#include "waybill/answers.h"

#include <stdlib.h>

/* The last second a record can name: the year 9999 (RFC 3339). */
#define LAST_SECOND INT64_C(253402300799)

const struct option drive_options[DRIVE_OPTIONS] = {
    {"dns", "FILE", "take the answers from a zone or JSON file,\nask nobody", OPTION_TEXT,
     offsetof(struct drive_settings, dns), 0, 0, NULL},
    {"save-dns", "FILE", "write the answers that came, as JSON for --dns", OPTION_TEXT,
     offsetof(struct drive_settings, save_dns), 0, 0, NULL},
    {"resolver", "ADDRESS",
     "ask this DNS server, ADDRESS or ADDRESS@PORT;\n"
     "without it those of /etc/resolv.conf",
     OPTION_TEXT, offsetof(struct drive_settings, resolver), 0, 0, NULL},
    {"timeout", "SECONDS", "time for all questions together (default 10)", OPTION_NUMBER,
     offsetof(struct drive_settings, timeout), 0, 3600, NULL},
    {"now", "EPOCH", "the time, in seconds since 1970 UTC", OPTION_NUMBER,
     offsetof(struct drive_settings, now), 0, LAST_SECOND, NULL},
};

struct drive {
    const struct drive_settings *settings;
    struct waybill_answers *given; /* of --dns; NULL: the resolver is asked */
    struct waybill_answers *kept;  /* for --save-dns; NULL: not wanted */
    struct resolver *resolver;     /* where there is no --dns */
    int64_t deadline_ms;           /* on the monotonic clock; 0: nothing was asked yet */
};

int64_t drive_now(const struct drive_settings *settings)
{
    return settings->now >= 0 ? settings->now : clock_now();
}

/* --- what is opened before the message -------------------------------------------------------- */

static enum outcome parse_answers(const char *path, struct slice text,
                                  struct waybill_answers *answers)
{
    struct waybill_text_error error = {0};
    enum waybill_status status = waybill_answers_read(answers, text.p, text.n, &error);
    if (status == WAYBILL_SYNTAX || status == WAYBILL_LIMIT)
        return report(OUTCOME_CONFIG, (struct place){path, error.line}, "%s", error.what);
    return status == WAYBILL_OK ? OUTCOME_DONE : report_status(status, path);
}

static enum outcome read_answers(const char *path, struct waybill_answers *answers)
{
    struct buffer text = buffer_new(LIMIT_ANSWER_FILE_OCTETS);
    enum file_problem problem = file_read(path, &text);
    enum outcome outcome = problem == FILE_FINE ? parse_answers(path, buffer_slice(&text), answers)
                                                : report_file(problem, path, OUTCOME_CONFIG);
    buffer_free(&text);
    return outcome;
}

static enum outcome open_resolver(struct drive *drive)
{
    const struct resolver_settings settings = {.forwarder = drive->settings->resolver};
    enum waybill_status status = resolver_new(&settings, NULL, &drive->resolver);
    if (status == WAYBILL_SYNTAX)
        return report(OUTCOME_USAGE, (struct place){0},
                      "--resolver %s: not an address: write 192.0.2.1 or 192.0.2.1@53",
                      drive->settings->resolver);
    if (status == WAYBILL_REFUSED)
        return report(OUTCOME_OURS, (struct place){0}, "libunbound could not be set up");
    return status == WAYBILL_OK ? OUTCOME_DONE : report_status(status, "resolver");
}

static enum outcome open_settings(struct drive *drive)
{
    const struct drive_settings *s = drive->settings;
    if (s->dns && s->resolver)
        return report(OUTCOME_USAGE, (struct place){0},
                      "--dns and --resolver exclude each other: leave one out");
    if ((s->dns && !(drive->given = waybill_answers_new(WAYBILL_NXDOMAIN))) ||
        (s->save_dns && !(drive->kept = waybill_answers_new(WAYBILL_TIMEOUT))))
        return report_status(WAYBILL_NOMEM, "answers");
    return s->dns ? read_answers(s->dns, drive->given) : open_resolver(drive);
}

enum outcome drive_new(const struct drive_settings *settings, struct drive **out)
{
    struct drive *drive = calloc(1, sizeof *drive);
    if (!drive)
        return report_status(WAYBILL_NOMEM, "start");
    drive->settings = settings;
    enum outcome outcome = open_settings(drive);
    if (outcome == OUTCOME_DONE)
        *out = drive;
    else
        drive_free(drive);
    return outcome;
}

void drive_free(struct drive *drive)
{
    if (!drive)
        return;
    waybill_answers_free(drive->given);
    waybill_answers_free(drive->kept);
    resolver_free(drive->resolver);
    free(drive);
}

/* --- the message ------------------------------------------------------------------------------ */

/* What an error in the input is about. */
static struct place place_of(const char *path)
{
    return (struct place){.file = path ? path : "standard input"};
}

static enum outcome feed_piece(const char *path, struct waybill_message *message,
                               struct slice piece)
{
    enum waybill_status status = waybill_message_feed(message, piece.p, piece.n);
    if (status == WAYBILL_LIMIT)
        return report(
            OUTCOME_NO_MESSAGE, place_of(path),
            "the header has over %zu octets or %zu fields: this is not taken as a message",
            LIMIT_HEADER_OCTETS, LIMIT_HEADER_FIELDS);
    return status == WAYBILL_OK ? OUTCOME_DONE : report_status(status, place_of(path).file);
}

static enum outcome end_message(struct waybill_message *message)
{
    enum waybill_status status = waybill_message_end(message);
    return status == WAYBILL_OK ? OUTCOME_DONE : report_status(status, "end of the message");
}

static enum outcome keep_piece(const char *path, struct buffer *kept, struct slice piece)
{
    buffer_add(kept, piece);
    if (kept->status == WAYBILL_LIMIT)
        return report(OUTCOME_NO_MESSAGE, place_of(path),
                      "the message has over %zu octets: larger ones are not kept whole",
                      kept->ceiling);
    return kept->status == WAYBILL_OK ? OUTCOME_DONE : report_status(kept->status, "message");
}

/* Gives every piece to the message and to the buffer, where they are not NULL. */
static enum outcome read_all(const char *path, struct file *file, struct waybill_message *message,
                             struct buffer *kept)
{
    for (bool first = true;; first = false) {
        struct slice piece;
        enum file_problem problem = file_next(file, &piece);
        if (problem != FILE_FINE)
            return report_file(problem, path, OUTCOME_NO_MESSAGE);
        if (piece.n == 0 && first)
            return report(OUTCOME_NO_MESSAGE, place_of(path), "no message: the file is empty");
        if (piece.n == 0)
            return OUTCOME_DONE;
        enum outcome outcome = message ? feed_piece(path, message, piece) : OUTCOME_DONE;
        if (outcome == OUTCOME_DONE && kept)
            outcome = keep_piece(path, kept, piece);
        if (outcome != OUTCOME_DONE)
            return outcome;
    }
}

static enum outcome open_and_read(const char *path, struct waybill_message *message,
                                  struct buffer *kept)
{
    struct file file;
    enum file_problem problem = file_open(path, &file);
    if (problem != FILE_FINE)
        return report_file(problem, path, OUTCOME_NO_MESSAGE);
    enum outcome outcome = read_all(path, &file, message, kept);
    file_close(&file);
    return outcome;
}

enum outcome drive_message(const char *path, struct waybill_message *message, struct buffer *kept)
{
    enum outcome outcome = open_and_read(path, message, kept);
    return outcome == OUTCOME_DONE ? end_message(message) : outcome;
}

enum outcome drive_read(const char *path, struct buffer *octets)
{
    return open_and_read(path, NULL, octets);
}

enum outcome drive_feed(const char *path, struct waybill_message *message, struct slice octets)
{
    enum outcome outcome = feed_piece(path, message, octets);
    return outcome == OUTCOME_DONE ? end_message(message) : outcome;
}

/* --- questions -------------------------------------------------------------------------------- */

static enum waybill_status answer_from_file(struct drive *drive,
                                            const struct waybill_question *questions, size_t n,
                                            struct waybill_answer *answers)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++)
        status = waybill_answers_find(drive->given, &questions[i], &answers[i]);
    return status;
}

/* The time begins with the first question and is for all of them. */
static int64_t time_left(struct drive *drive)
{
    int64_t now = clock_monotonic_ms();
    if (drive->deadline_ms == 0)
        drive->deadline_ms = now + drive->settings->timeout * 1000;
    return now < drive->deadline_ms ? drive->deadline_ms - now : 0;
}

static enum waybill_status keep_answers(struct drive *drive,
                                        const struct waybill_question *questions, size_t n,
                                        const struct waybill_answer *answers)
{
    enum waybill_status status = WAYBILL_OK;
    for (size_t i = 0; drive->kept && i < n && status == WAYBILL_OK; i++)
        status = waybill_answers_add(drive->kept, &questions[i], &answers[i]);
    return status;
}

enum outcome drive_ask(struct drive *drive, struct arena *arena,
                       const struct waybill_question *questions, size_t n,
                       struct waybill_answer *answers)
{
    enum waybill_status status = drive->given ? answer_from_file(drive, questions, n, answers)
                                              : resolver_ask(drive->resolver, arena, questions, n,
                                                             time_left(drive), answers);
    if (status == WAYBILL_OK)
        status = keep_answers(drive, questions, n, answers);
    return status == WAYBILL_OK ? OUTCOME_DONE : report_status(status, "questions");
}

/* Everything that is open now: one wave, one round trip. */
static enum outcome ask_wave(struct drive *drive, struct arena *arena, struct waybill_check *check)
{
    const struct waybill_question *open;
    size_t n;
    enum waybill_status status = waybill_check_questions(check, &open, &n);
    if (status != WAYBILL_OK || n == 0)
        return report_status(status == WAYBILL_OK ? WAYBILL_MISUSE : status, "open questions");
    struct waybill_answer *answers = arena_array(arena, n, sizeof *answers);
    if (!answers)
        return report_status(WAYBILL_NOMEM, "open questions");
    enum outcome outcome = drive_ask(drive, arena, open, n, answers);
    for (size_t i = 0; i < n && outcome == OUTCOME_DONE; i++) {
        status = waybill_check_answer(check, &open[i], &answers[i]);
        if (status != WAYBILL_OK)
            outcome = report_status(status, "answer");
    }
    return outcome;
}

enum outcome drive_check(struct drive *drive, struct waybill_check *check)
{
    struct arena arena = arena_new();
    enum waybill_progress progress = WAYBILL_ASK;
    enum outcome outcome = OUTCOME_DONE;
    while (outcome == OUTCOME_DONE) {
        enum waybill_status status = waybill_check_step(check, &progress);
        if (status != WAYBILL_OK)
            outcome = report_status(status, "check");
        else if (progress == WAYBILL_ASK)
            outcome = ask_wave(drive, &arena, check);
        else
            break;
    }
    arena_free(&arena);
    return outcome;
}

enum outcome drive_save(struct drive *drive)
{
    if (!drive->kept)
        return OUTCOME_DONE;
    char *text;
    size_t n;
    enum waybill_status status = waybill_answers_write(drive->kept, &text, &n);
    if (status != WAYBILL_OK)
        return report_status(status, drive->settings->save_dns);
    enum file_problem problem = file_write(drive->settings->save_dns, slice_of(text, n));
    free(text);
    return problem == FILE_FINE
               ? OUTCOME_DONE
               : report_file(problem, drive->settings->save_dns, OUTCOME_NOT_CREATED);
}
