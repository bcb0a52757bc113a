/*
 * cli/drive.h: a message through the library, its questions to a file of answers or to the DNS.
 */
#ifndef CLI_DRIVE_H
#define CLI_DRIVE_H

#include "cli/options.h"
#include "waybill/check.h"
#include "waybill/message.h"

/* What every verb that asks questions lets the operator say; filled by drive_options. */
struct drive_settings {
    const char *dns;      /* --dns: a file of answers instead of the DNS */
    const char *save_dns; /* --save-dns: where to write the answers that were used */
    const char *resolver; /* --resolver: the address of a DNS server */
    int64_t timeout;      /* --timeout: seconds for all questions together */
    int64_t now;          /* --now: seconds since 1970; -1: the clock's */
};

#define DRIVE_SETTINGS_DEFAULT               \
    {                                        \
        .timeout = DRIVE_TIMEOUT, .now = -1, \
    }

/* Seconds: half of what an SMTP server usually leaves a filter at the end of a message. */
enum { DRIVE_TIMEOUT = 10, DRIVE_OPTIONS = 5 };

/* The rows for a table over struct drive_settings. */
extern const struct option drive_options[DRIVE_OPTIONS];

struct drive;

/* Opens what the settings name. They outlive the drive. */
enum outcome drive_new(const struct drive_settings *settings, struct drive **out);
/* NULL is fine. */
void drive_free(struct drive *drive);

/* The time to judge and to sign at. */
int64_t drive_now(const struct drive_settings *settings);

/* Feeds a file (NULL: standard input) and ends the message; its octets are added to *kept where
 * that is not NULL. */
enum outcome drive_message(const char *path, struct waybill_message *message, struct buffer *kept);

/* Reads a whole message (NULL: standard input), up to the buffer's ceiling. */
enum outcome drive_read(const char *path, struct buffer *octets);
/* Feeds octets that the file of `path` held, and ends the message. */
enum outcome drive_feed(const char *path, struct waybill_message *message, struct slice octets);

/* Asks what the check wants to know until its record is complete. */
enum outcome drive_check(struct drive *drive, struct waybill_check *check);

/* Asks these questions; the answers last as long as the arena. */
enum outcome drive_ask(struct drive *drive, struct arena *arena,
                       const struct waybill_question *questions, size_t n,
                       struct waybill_answer *answers);

/* Writes the answers where --save-dns wants them. */
enum outcome drive_save(struct drive *drive);

#endif
