/*
 * Keys of the server: "waybill:arrival:" and the id; while it is written, "waybill:unfinished:", a
 * random name of this process and a number. Each expires by itself.
 */
#include "io/spool_store.h"

#include "io/clock.h"

#include <errno.h>
#include <hiredis/hiredis.h>
#include <openssl/rand.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>

enum {
    /* For each answer: who waits longer for a copy does better without it. */
    WAIT_SECONDS = 2,
    /* Until then all fails at once, for each arrival would wait as long as the first that did. */
    PAUSE_MS = 5000,
    /* Of what is never finished; no MTA takes as long for a message. */
    UNFINISHED_SECONDS = 3600,
    KEY_OCTETS = 96,
    WORDS_MOST = 5,
};

struct spool_server {
    struct spool_store store;
    struct config_socket at;
    char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)]; /* of a Unix socket */
    struct slice password;
    int64_t age_most;
    uint64_t process, next; /* process is random */
    redisContext *context;  /* NULL: not connected */
    int64_t again_ms;       /* not tried before */
    char away[TEXT_WHY_OCTETS];
};

static struct spool_server *server_of(struct spool_store *store)
{
    return (struct spool_server *)store;
}

/* --- the connection ----------------------------------------------------------------------------
 */

static void disconnect(struct spool_server *s)
{
    if (s->context)
        redisFree(s->context);
    s->context = NULL;
}

static const char *what_failed(const redisContext *context)
{
    if (!context)
        return "out of memory";
    if (context->err == REDIS_ERR_IO && (errno == EAGAIN || errno == EWOULDBLOCK))
        return "no answer";
    return context->errstr;
}

/* Nothing is tried for a while. */
static void pause_after(struct spool_server *s, const char *why)
{
    text_refusal(s->away, "%s", why);
    disconnect(s);
    s->again_ms = clock_monotonic_ms() + PAUSE_MS;
}

static void lose(struct spool_server *s, char why[TEXT_WHY_OCTETS])
{
    text_refusal(why, "spool-server: %s", what_failed(s->context));
    pause_after(s, why);
}

/* The reply to a command on a connection that is there; NULL fills why. */
static redisReply *ask(struct spool_server *s, const struct slice *command, size_t n,
                       char why[TEXT_WHY_OCTETS])
{
    const char *words[WORDS_MOST];
    size_t sizes[WORDS_MOST];
    for (size_t i = 0; i < n; i++) {
        words[i] = (const char *)command[i].p;
        sizes[i] = command[i].n;
    }
    redisReply *reply = redisCommandArgv(s->context, (int)n, words, sizes);
    if (!reply) {
        lose(s, why);
    } else if (reply->type == REDIS_REPLY_ERROR) {
        text_refusal(why, "spool-server: %.*s", (int)reply->len, reply->str);
        freeReplyObject(reply);
        reply = NULL;
    }
    return reply;
}

static bool tell(struct spool_server *s, const struct slice *command, size_t n,
                 char why[TEXT_WHY_OCTETS])
{
    redisReply *reply = ask(s, command, n, why);
    if (reply)
        freeReplyObject(reply);
    return reply;
}

/* A server that refuses this refuses all. */
static bool greet(struct spool_server *s, char why[TEXT_WHY_OCTETS])
{
    const struct slice ping[] = {SLICE_INIT("PING")};
    const struct slice auth[] = {SLICE_INIT("AUTH"), s->password};
    if (s->password.n ? tell(s, auth, 2, why) : tell(s, ping, 1, why))
        return true;
    if (s->context)
        pause_after(s, why);
    return false;
}

static bool connect_to(struct spool_server *s, char why[TEXT_WHY_OCTETS])
{
    const struct timeval wait = {.tv_sec = WAIT_SECONDS};
    char address[IP_TEXT_OCTETS];
    if (s->at.kind == CONFIG_SOCKET_UNIX) {
        s->context = redisConnectUnixWithTimeout(s->path, wait);
    } else {
        ip_format(s->at.address, address);
        s->context = redisConnectWithTimeout(address, s->at.port, wait);
    }
    if (s->context && !s->context->err && redisSetTimeout(s->context, wait) == REDIS_OK)
        return greet(s, why);
    lose(s, why);
    return false;
}

/* What can be read while nothing was asked is the end of the connection. */
static bool has_ended(const struct spool_server *s)
{
    struct pollfd fd = {.fd = s->context->fd, .events = POLLIN};
    return poll(&fd, 1, 0) != 0;
}

static bool reach(struct spool_server *s, char why[TEXT_WHY_OCTETS])
{
    if (s->context && has_ended(s))
        disconnect(s);
    if (s->context)
        return true;
    if (clock_monotonic_ms() >= s->again_ms)
        return connect_to(s, why);
    text_refusal(why, "%s", s->away);
    return false;
}

/* --- arrivals ----------------------------------------------------------------------------------
 */

struct key {
    char text[KEY_OCTETS];
};

static struct slice key_unfinished(const struct spool_server *s, const struct spool_writing *w,
                                   struct key *key)
{
    snprintf(key->text, sizeof key->text, "waybill:unfinished:%016llx:%llu",
             (unsigned long long)s->process, (unsigned long long)w->number);
    return slice_str(key->text);
}

static struct slice key_of(const char *id, struct key *key)
{
    snprintf(key->text, sizeof key->text, "waybill:arrival:%s", id);
    return slice_str(key->text);
}

static struct slice seconds(int64_t n, struct key *text)
{
    snprintf(text->text, sizeof text->text, "%lld", (long long)n);
    return slice_str(text->text);
}

static void begin(struct spool_server *s, struct spool_writing *w, struct slice octets,
                  char why[TEXT_WHY_OCTETS])
{
    struct key key, age;
    w->number = s->next++;
    const struct slice set[] = {SLICE_INIT("SET"), key_unfinished(s, w, &key), octets,
                                SLICE_INIT("EX"), seconds(UNFINISHED_SECONDS, &age)};
    w->begun = tell(s, set, 5, why);
}

static void append(struct spool_server *s, const struct spool_writing *w, struct slice octets,
                   char why[TEXT_WHY_OCTETS])
{
    struct key key;
    const struct slice words[] = {SLICE_INIT("APPEND"), key_unfinished(s, w, &key), octets};
    redisReply *reply = ask(s, words, 3, why);
    if (!reply)
        return;
    if ((uint64_t)reply->integer != w->octets + octets.n) /* a new key, which would not expire */
        text_refusal(why, "spool-server: it has removed what was being written");
    freeReplyObject(reply);
}

static void write_octets(struct spool_store *store, struct spool_writing *w, struct slice octets,
                         char why[TEXT_WHY_OCTETS])
{
    struct spool_server *s = server_of(store);
    if (!reach(s, why))
        return;
    if (w->begun)
        append(s, w, octets, why);
    else
        begin(s, w, octets, why);
    w->octets += octets.n;
}

static void abandon(struct spool_store *store, struct spool_writing *w)
{
    struct spool_server *s = server_of(store);
    struct key key;
    char why[TEXT_WHY_OCTETS];
    const struct slice del[] = {SLICE_INIT("DEL"), key_unfinished(s, w, &key)};
    if (w->begun && reach(s, why))
        tell(s, del, 2, why);
}

static void commit(struct spool_store *store, struct spool_writing *w, const char *id,
                   char why[TEXT_WHY_OCTETS])
{
    struct spool_server *s = server_of(store);
    struct key from, to, age;
    struct slice name = key_unfinished(s, w, &from);
    const struct slice expire[] = {SLICE_INIT("EXPIRE"), name, seconds(s->age_most, &age)};
    const struct slice rename[] = {SLICE_INIT("RENAME"), name, key_of(id, &to)};
    if (!w->begun)
        text_refusal(why, "there is nothing to keep");
    else if (!reach(s, why) || !tell(s, expire, 3, why) || !tell(s, rename, 3, why))
        abandon(store, w);
}

static bool read_arrival(struct spool_store *store, const char *id, struct buffer *out,
                         char why[TEXT_WHY_OCTETS])
{
    struct spool_server *s = server_of(store);
    struct key key;
    const struct slice get[] = {SLICE_INIT("GET"), key_of(id, &key)};
    redisReply *reply = reach(s, why) ? ask(s, get, 2, why) : NULL;
    if (!reply)
        return false;
    bool found = reply->type == REDIS_REPLY_STRING;
    if (found)
        buffer_add(out, slice_of((const uint8_t *)reply->str, (size_t)reply->len));
    else
        text_refusal(why, "%s", SPOOL_GONE);
    if (found && out->status != WAYBILL_OK)
        text_refusal(why, "the arrival cannot be read: %s", waybill_status_text(out->status));
    freeReplyObject(reply);
    return found && out->status == WAYBILL_OK;
}

/* The server removes what is too old. */
static void sweep(struct spool_store *store)
{
    (void)store;
}

/* --- the store ---------------------------------------------------------------------------------
 */

static void close_server(struct spool_store *store)
{
    disconnect(server_of(store));
    free(store);
}

struct spool_store *spool_server_open(const struct spool_settings *settings,
                                      char why[TEXT_WHY_OCTETS])
{
    static const struct spool_store_kind kind = {write_octets, commit, abandon,
                                                 read_arrival, sweep,  close_server};
    struct spool_server *s = calloc(1, sizeof *s);
    if (!s || RAND_bytes((unsigned char *)&s->process, sizeof s->process) != 1) {
        free(s);
        return NULL;
    }
    s->store.kind = &kind;
    s->at = *settings->server;
    s->password = settings->password;
    s->age_most = settings->age_most;
    snprintf(s->path, sizeof s->path, "%.*s", SLICE_ARGS(s->at.path));
    why[0] = '\0';
    reach(s, why);
    return &s->store;
}
