#!/usr/bin/python3
"""test_delivery.py BUILD: Postfix and Sendmail deliver what they were sent, octet for octet, below
the trace that each puts on top. Prints TAP."""

import re
import sys
from functools import partial

from harness import MESSAGES, MTAS, Client, Sink, Site, Tests, equal, require

BUILD = sys.argv[1]
TRACE = re.compile(rb'Received: [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)+')


def deliver(mta, sink, message):
    with Client(mta.site, mta.ports['in']) as client:
        code, reply = client.submit(message.sender, message.recipients, message.octets,
                                    *message.options)
    equal(code, 250, f'reply ({reply})')
    [delivery] = sink.take()
    equal((delivery.sender, sorted(delivery.recipients)), (message.sender, message.recipients),
          'the envelope')
    trace = TRACE.match(delivery.octets)
    assert trace, f'no trace on top of {delivery.octets[:200]!r}'
    below = delivery.octets[trace.end():]
    assert below == message.octets, f'{below[:400]!r} is not {message.octets[:400]!r}'


def main():
    require(BUILD, *MTAS)
    tests = Tests()
    with Site(BUILD) as site, Sink(site) as sink:
        for kind, server in MTAS.items():
            mta = server(site, sink, {'in': None}).start()
            for name, message in MESSAGES.items():
                if kind in message.mtas:
                    tests.add(f'{kind}: {name}', partial(deliver, mta, sink, message))
        return tests.run(site.tell)


if __name__ == '__main__':
    sys.exit(main())
