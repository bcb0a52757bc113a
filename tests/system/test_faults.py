#!/usr/bin/python3
"""test_faults.py BUILD: waybilld, an MTA or the DNS is away, comes back, or is told nonsense. No
message is lost, none comes twice, none is annotated falsely, and the log says what happened.
Prints TAP."""

import re
import sys
from functools import partial
from pathlib import Path

from harness import MESSAGES, MTAS, Client, Sink, Site, Tests, equal, require, within
from stage import CLIENT, Stage, impatient

BUILD = Path(sys.argv[1]).resolve()
MESSAGE = MESSAGES['a short message']
RESULTS = b'Authentication-Results: mx.example.org;'


def passes(stage, kind):
    """A message comes through, judged and once."""
    arrived = stage.pass_on(kind, 'in', MESSAGE, MESSAGE.octets)
    equal(arrived.count(RESULTS), 1, 'number of our results')
    within(b'spf=pass smtp.mailfrom', arrived, 'what arrived')


def comes_back(stage, kind):
    """Without waybilld mail is to come again; with it, it passes."""
    stage.daemon.kill()
    code, reply = stage.submit(kind, 'in', MESSAGE, MESSAGE.octets)
    equal(code // 100, 4, f'reply without waybilld ({code} {reply})')
    stage.daemon.start()
    passes(stage, kind)


def dies_in_mid_message(stage, kind):
    claims = {} if kind == 'sendmail' else CLIENT
    with Client(stage.site, stage.mtas[kind].ports['in'], **claims) as client:
        client.mail(MESSAGE.sender)
        client.rcpt(MESSAGE.recipients[0])
        stage.daemon.kill()
        code, _ = client.finish(MESSAGE.octets)
    equal(code // 100, 4, 'reply to a message whose filter died')
    stage.daemon.start()
    passes(stage, kind)


def mta_restarts(stage, kind):
    stage.mtas[kind].stop()
    stage.mtas[kind].start()
    passes(stage, kind)


def reload_with_a_broken_file(stage, kind):
    """The old configuration goes on, and the log says with file and line why."""
    file = stage.daemon.folder / 'waybill.conf'
    good = file.read_text()
    before = len(stage.daemon.lines())
    file.write_text(good + 'nonsense = 1\n')
    stage.daemon.reload()
    file.write_text(good)
    said = stage.daemon.lines()[before:]
    line = good.count('\n') + 1
    assert any(re.search(rf'waybill\.conf:{line}: .*nonsense', text) for text in said), \
        f'the log has nothing of it: {said}'
    passes(stage, kind)


def resolver_is_dead(stage, kind):
    """A temporary error is not a failure: delivered, annotated as what it is. When the resolver is
    back, it is asked again."""
    stage.unbound.stop()
    stage.daemon.stop()
    stage.daemon.start()  # with nothing in its cache
    with impatient(stage.daemon):
        arrived = stage.pass_on(kind, 'in', MESSAGE, MESSAGE.octets)
    within(b'spf=temperror', arrived, 'what arrived')
    within(b'dmarc=temperror', arrived, 'what arrived')
    assert b'=fail' not in arrived, arrived.decode()
    stage.unbound.start()
    passes(stage, kind)


def sequel(stage, test, kind):
    """A test, after which everything runs again."""
    try:
        test(stage, kind)
    finally:
        if not stage.unbound.running():
            stage.unbound.start()
        if stage.daemon.process.poll() is not None:
            stage.daemon.start()


FAULTS = {
    'waybilld is killed, and comes back': comes_back,
    'waybilld is killed in mid-message': dies_in_mid_message,
    'the MTA is restarted': mta_restarts,
    'a reload with a broken file': reload_with_a_broken_file,
    'the resolver is dead': resolver_is_dead,
}


def main():
    require(BUILD, *MTAS, 'unbound')
    tests = Tests()
    with Site(BUILD) as site, Sink(site) as sink:
        stage = Stage(BUILD, site, sink)
        for name, test in FAULTS.items():
            for kind in MTAS:
                tests.add(f'{kind}: {name}', partial(sequel, stage, test, kind))
        status = tests.run(stage.tell)
        stage.close()
        return status


if __name__ == '__main__':
    sys.exit(main())
