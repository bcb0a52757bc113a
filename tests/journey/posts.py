"""Posts to the list of lists.example: how one waits there, and what is claimed of it afterwards."""

from contextlib import contextmanager

from world import BODY, TOKEN, equal, hops, post, wait_until, within

DOMAIN = 'lists.example'
LIST = f'cooks@{DOMAIN}'


@contextmanager
def waiting(world):
    """A post has arrived, and leaves when the block ends."""
    host = world.hosts[DOMAIN]
    host.hold_back()
    world.submit(post(LIST), LIST)
    wait_until(lambda: world.hosts['author.example'].is_empty() and host.has_deferred(),
               'a waiting post')
    yield
    host.hand_over()


def custody_holds(world, delivery, body=BODY):
    """Gives the record."""
    record = world.judge(delivery)
    equal(hops(record), [('author.example', 'pass'), (DOMAIN, 'pass')], 'hops')
    equal(TOKEN.search(delivery.octets), None, 'a token')
    equal(world.undo(delivery), body, "the author's body")
    return record


def changes(record):
    """What the list changed, but for fields that a list adds."""
    return [change['what'] for change in record['dkim2']['instances'][1]['changes']
            if not change['what'].startswith('field ')]


def no_hop(world, delivery, why, chain=0, leaves=DOMAIN):
    """It came, with the hops that it had, and the line of the host that it left says why there are
    no more."""
    equal(delivery.octets.count(b'\r\nDKIM2-Signature:'), chain, 'hops')
    equal(TOKEN.search(delivery.octets), None, 'a token')
    line = world.line(leaves, 'list-out')
    within('dkim2=unsigned', line, 'the line')
    within(f'dkim2-why="{why}', line, 'the line')
