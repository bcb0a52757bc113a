#include "mta.h"

#include "io/config_socket.h"
#include "io/file.h"
#include "milter/protocol.h"
#include "world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { UNSENT_MOST = 64 << 20, READ_OCTETS = 16384 };

/* What Postfix 3.7 offers: protocol 6, all actions, every step. */
enum { ACTIONS_OFFERED = 0x1ff, STEPS_OFFERED = 0x1fffff };

/* Which step of the negotiation means that a command is not sent, which that none answers it. */
static const struct {
    uint8_t command;
    uint32_t unsent, unanswered;
} steps[] = {
    {COMMAND_MACROS, 0, UINT32_MAX},
    {COMMAND_QUIT, 0, UINT32_MAX},
    {COMMAND_CONNECT, 0x01, STEP_NO_REPLY_CONNECT},
    {COMMAND_HELO, 0x02, STEP_NO_REPLY_HELO},
    {COMMAND_MAIL, 0x04, STEP_NO_REPLY_MAIL},
    {COMMAND_RCPT, 0x08, STEP_NO_REPLY_RCPT},
    {COMMAND_BODY, STEP_NO_BODY, STEP_NO_REPLY_BODY},
    {COMMAND_HEADER, 0x20, STEP_NO_REPLY_HEADER},
    {COMMAND_HEADER_END, 0x40, STEP_NO_REPLY_HEADER_END},
    {COMMAND_DATA, 0x200, STEP_NO_REPLY_DATA},
};

/* --- the wire --------------------------------------------------------------------------------- */

static void send_unsent(struct mta *mta)
{
    must(mta->unsent.status == WAYBILL_OK && file_write_all(mta->fd, buffer_slice(&mta->unsent)),
         "writing to the filter");
    mta->unsent.n = 0;
}

static struct milter_packet receive(struct mta *mta)
{
    uint8_t octets[READ_OCTETS];
    struct milter_packet packet;
    bool whole;
    for (;;) {
        must(milter_reader_next(&mta->reader, &packet, &whole) == WAYBILL_OK, "reading a packet");
        if (whole)
            return packet;
        ssize_t n = read(mta->fd, octets, sizeof octets);
        must(n > 0, "reading from the filter");
        must(milter_reader_feed(&mta->reader, slice_of(octets, (size_t)n)) == WAYBILL_OK,
             "keeping a packet");
    }
}

static void add(struct mta *mta, uint8_t command, const struct slice parts[2])
{
    must(milter_packet_add(&mta->unsent, command, parts, 2) == WAYBILL_OK, "writing a packet");
}

/* A command, and its answer where there is one. */
static void say(struct mta *mta, uint8_t command, const struct slice parts[2])
{
    size_t i = 0;
    while (steps[i].command != command)
        i++;
    if (mta->steps & steps[i].unsent)
        return;
    add(mta, command, parts);
    if (mta->steps & steps[i].unanswered)
        return;
    send_unsent(mta);
    must(receive(mta).command == REPLY_CONTINUE, "a message that goes on");
}

static void say_text(struct mta *mta, uint8_t command, const char *text, size_t n)
{
    say(mta, command, (struct slice[2]){slice_of(text, n), {NULL, 0}});
}

/* --- a connection ----------------------------------------------------------------------------- */

static int connect_inet(const struct config_socket *where)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(where->port)};
    must(where->address.n == sizeof name.sin_addr, "an IPv4 address");
    memcpy(&name.sin_addr, where->address.octets, where->address.n);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    must(fd >= 0 && connect(fd, (const struct sockaddr *)&name, sizeof name) == 0,
         "connecting to the filter's address");
    return fd;
}

static int connect_unix(const struct config_socket *where)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    must(where->path.n < sizeof name.sun_path, "a path of a socket");
    memcpy(name.sun_path, where->path.p, where->path.n);
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    must(fd >= 0 && connect(fd, (const struct sockaddr *)&name, sizeof name) == 0,
         "connecting to the filter's path");
    return fd;
}

static void negotiate(struct mta *mta)
{
    const uint32_t offer[] = {VERSION_OURS, ACTIONS_OFFERED, STEPS_OFFERED};
    uint8_t octets[sizeof offer];
    uint32_t version, actions;
    for (size_t i = 0; i < sizeof offer / sizeof *offer; i++)
        milter_number_write(offer[i], &octets[i * MILTER_NUMBER_OCTETS]);
    add(mta, COMMAND_NEGOTIATE, (struct slice[2]){slice_of(octets, sizeof octets), {NULL, 0}});
    send_unsent(mta);
    struct milter_packet packet = receive(mta);
    struct cursor c = cursor_new(packet.data);
    must(packet.command == REPLY_NEGOTIATE && milter_take_number(&c, &version) &&
             milter_take_number(&c, &actions) && milter_take_number(&c, &mta->steps),
         "negotiating");
}

void mta_open(struct mta *mta, const char *where)
{
    static const char macros[] = "Cj\0mx.example.org\0{daemon_name}\0smtpd";
    static const char client[] = "client.example\0"
                                 "4\0\0" /* family, port */
                                 "127.0.0.1";
    struct config_socket socket;
    const char *why = where;
    must(config_socket_parse(slice_str(where), &socket, &why), why);
    *mta = (struct mta){.unsent = buffer_new(UNSENT_MOST), .reader = milter_reader_new()};
    mta->fd = socket.kind == CONFIG_SOCKET_UNIX ? connect_unix(&socket) : connect_inet(&socket);
    negotiate(mta);
    say_text(mta, COMMAND_MACROS, macros, sizeof macros);
    say_text(mta, COMMAND_CONNECT, client, sizeof client);
    say_text(mta, COMMAND_HELO, "client.example", sizeof "client.example");
}

void mta_close(struct mta *mta)
{
    say_text(mta, COMMAND_QUIT, NULL, 0);
    send_unsent(mta);
    close(mta->fd);
    milter_reader_free(&mta->reader);
    buffer_free(&mta->unsent);
}

/* --- a message -------------------------------------------------------------------------------- */

void mta_hand_over(struct mta *mta, const struct letter *letter)
{
    static const char id[] = "i\0004XyZQ1bench";
    for (size_t i = 0; i < letter->n; i++) {
        const struct told *told = &letter->all[i];
        struct slice value = told->parts[1];
        if (told->command == COMMAND_RCPT) {
            const uint8_t of = COMMAND_RCPT;
            say(mta, COMMAND_MACROS, (struct slice[2]){slice_of(&of, 1), slice_of(id, sizeof id)});
        }
        if (told->command == COMMAND_HEADER && !(mta->steps & STEP_LEADING_SPACE))
            value = slice_from(value, value.n && value.p[0] == ' ');
        say(mta, told->command, (struct slice[2]){told->parts[0], value});
        if (told->command == COMMAND_DATA)
            send_unsent(mta); /* as Postfix, whose smtpd leaves the rest to cleanup */
    }
    add(mta, COMMAND_MESSAGE_END, (struct slice[2]){{NULL, 0}, {NULL, 0}});
    send_unsent(mta);
}

void mta_wait(struct mta *mta)
{
    for (;;)
        switch (receive(mta).command) {
        case REPLY_ADD_HEADER:
        case REPLY_INSERT_HEADER:
        case REPLY_CHANGE_HEADER:
        case REPLY_PROGRESS:
            break;
        case REPLY_CONTINUE:
        case REPLY_ACCEPT:
            return;
        default:
            must(false, "a message that goes on");
        }
}
