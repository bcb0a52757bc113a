/*
 * tests/support/dmarc.h: DMARC over a table of answers, without a message.
 */
#ifndef SUPPORT_DMARC_H
#define SUPPORT_DMARC_H

#include "dmarc/dmarc.h"
#include "support/support.h"

enum { DMARC_TRIAL_IDENTIFIERS = 64 };

/* Rows of a zone; what has none does not exist. */
#define DMARC_AT(name, ...)               \
    {                                     \
        "_dmarc." name, WAYBILL_ANSWERED, \
        {                                 \
            __VA_ARGS__                   \
        }                                 \
    }
#define DMARC_FAILS(name)                 \
    {                                     \
        "_dmarc." name, WAYBILL_SERVFAIL, \
        {                                 \
            NULL                          \
        }                                 \
    }
#define DMARC_EMPTY(name)               \
    {                                   \
        "_dmarc." name, WAYBILL_NODATA, \
        {                               \
            NULL                        \
        }                               \
    }
#define NAME_IS(name, status) \
    {                         \
        name, status,         \
        {                     \
            NULL              \
        }                     \
    }

struct dmarc_trial {
    struct arena arena;
    struct questions questions;
    struct mailboxes from;
    struct dmarc_identifier identifiers[DMARC_TRIAL_IDENTIFIERS];
    size_t n;
    struct dmarc dmarc;
    const struct dns_row *zone;
    size_t n_zone; /* up to the first row without a name */
};

/*
 * Plans. `from` is the value of a From field; the identifiers are words "METHOD=STANDING:DOMAIN":
 * spf or dkim; open, pass, fail, uncertain or none, which is "not run" and has no domain. The zone
 * has at most `n` rows.
 */
void dmarc_trial_start(struct dmarc_trial *t, const char *from, const char *identifiers,
                       const struct dns_row *zone, size_t n);
/* Plans again, another From and other identifiers, beside the questions that were raised. */
void dmarc_trial_plan(struct dmarc_trial *t, const char *from, const char *identifiers);
/* Answers one question from the zone. */
void dmarc_trial_answer(struct dmarc_trial *t, const struct waybill_question *question);
/* Evaluates and answers all that is open until nothing is. */
void dmarc_trial_finish(struct dmarc_trial *t);
/* Evaluates as a step of a check does, which forgets before what was used. */
void dmarc_trial_step(struct dmarc_trial *t);
void dmarc_trial_free(struct dmarc_trial *t);

/*
 * What was found for an author in one line, in the trial's memory: "RESULT TAG=PUBLISHED>POLICY
 * @POLICY-DOMAIN org=DOMAIN by=0,1", each part where there is one, ">POLICY" where it differs.
 */
const char *dmarc_author_text(struct dmarc_trial *t, const struct dmarc_author *author);

/* The names of questions that were used, or not, in the order they were raised, joined by " ";
 * "_dmarc." is shortened to "_", and a type other than TXT follows as "/A". */
const char *dmarc_questions_text(struct dmarc_trial *t, bool used);

/* All that can be told of the trial, in lines. */
const char *dmarc_trial_text(struct dmarc_trial *t);

/* A case with one author, and what is found for it. */
enum { DMARC_CASE_ROWS = 5 };

struct dmarc_case {
    const char *name, *from, *identifiers;
    struct dns_row zone[DMARC_CASE_ROWS];
    const char *finds; /* as dmarc_author_text has it */
    const char *why;
};

/* Ends the program where a case finds something else. */
void dmarc_cases_check(const struct dmarc_case *cases, size_t n);
#define DMARC_CASES_CHECK(cases) dmarc_cases_check((cases), sizeof(cases) / sizeof((cases)[0]))

#endif
