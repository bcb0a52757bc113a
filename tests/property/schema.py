"""The records that checks write are what docs/record.schema.json says, and it says no more.

schema.py RECORDS SCHEMA: RECORDS is the program that writes records of made-up messages.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

try:
    from jsonschema import Draft202012Validator
except ImportError:
    print('1..0 # SKIP python3-jsonschema is not installed')
    sys.exit(0)

SEED = os.environ.get('SEED', '8617')
COUNT = os.environ.get('ROUNDS', '400')

# Members of sections to come, or of limits that no message of this size meets.
NEVER_WRITTEN = {'work/key-operations-other'}


def resolve(schema, root):
    while '$ref' in schema:
        schema = root['$defs'][schema['$ref'].rsplit('/', 1)[1]]
    return schema


def objects(schema, root, name, seen):
    """(name, object schema) of each object that the schema describes, once."""
    schema = resolve(schema, root)
    if id(schema) in seen:
        return
    seen.add(id(schema))
    if schema.get('type') == 'object':
        yield name, schema
        for key, member in schema.get('properties', {}).items():
            target = member.get('$ref', '').rsplit('/', 1)[-1]
            yield from objects(member, root, target or f'{name}/{key}', seen)
    elif schema.get('type') == 'array':
        target = schema['items'].get('$ref', '').rsplit('/', 1)[-1]
        yield from objects(schema['items'], root, target or name, seen)


def written(value, schema, root, found):
    """Notes which members of which object schema a record has."""
    schema = resolve(schema, root)
    if isinstance(value, dict):
        found.setdefault(id(schema), set()).update(value)
        for key, member in value.items():
            written(member, schema['properties'][key], root, found)
    elif isinstance(value, list):
        for item in value:
            written(item, schema['items'], root, found)


def valid(schema, records):
    validator = Draft202012Validator(schema)
    for n, record in enumerate(records):
        for error in validator.iter_errors(record):
            where = '/'.join(map(str, error.absolute_path))
            yield f'SEED={SEED}, record {n}: {where}: {error.message}'


def strict(schema):
    for name, part in objects(schema, schema, 'record', set()):
        if part.get('additionalProperties') is not False:
            yield f'{name} allows members that are not described'


def all_written(schema, records):
    found = {}
    for record in records:
        written(record, schema, schema, found)
    for name, part in objects(schema, schema, 'record', set()):
        for key in part['properties'].keys() - found.get(id(part), set()):
            if f'{name}/{key}' not in NEVER_WRITTEN:
                yield f'{name}/{key} is described and never written'


def unknown_members_are_refused(schema, records):
    validator = Draft202012Validator(schema)
    for path in ([], ['message'], ['dns'], ['work'], ['spf'], ['dkim'], ['arc'],
                 ['dmarc']):
        record = json.loads(json.dumps(records[0]))
        part = record
        for key in path:
            part = part[key]
        part['surprise'] = 1
        if validator.is_valid(record):
            yield f'an unknown member of {"/".join(path) or "the record"} is not refused'


def records_of(program, *how):
    output = subprocess.run([program, COUNT, SEED, *how], check=True, stdout=subprocess.PIPE).stdout
    return [json.loads(line) for line in output.splitlines()]


def shape(value):
    """A record without its texts and what a journal leaves out."""
    if isinstance(value, dict):
        return {key: shape(member) for key, member in value.items()
                if key not in ('display', 'explanation', 'reply')}
    if isinstance(value, list):
        return [shape(item) for item in value]
    return 'text' if isinstance(value, str) else value


def only_texts_change(records, journal):
    for n, (record, line) in enumerate(zip(records, journal)):
        if shape(record) != shape(line):
            yield f'SEED={SEED}, record {n}: a journal has something else'


def main():
    program, path = sys.argv[1:]
    schema = json.loads(Path(path).read_text())
    records, journal = records_of(program), records_of(program, 'journal')
    Draft202012Validator.check_schema(schema)
    cases = {
        'every record is what the schema says': list(valid(schema, records)),
        'every line of a journal is, too': list(valid(schema, journal)),
        'a journal changes texts alone': list(only_texts_change(records, journal)),
        'every object of the schema is closed': list(strict(schema)),
        'unknown members are refused': list(unknown_members_are_refused(schema, records)),
    }
    name = 'every member of the schema is written'
    # What is not described has no place to be counted at.
    cases[name] = [] if cases['every record is what the schema says'] else \
        list(all_written(schema, records))
    print(f'1..{len(cases)}')
    for n, (case, faults) in enumerate(cases.items(), 1):
        print(f'{"not " if faults else ""}ok {n} - {case}')
        print(''.join(f'# {fault}\n' for fault in faults[:20]), end='')
    return 1 if any(cases.values()) else 0


if __name__ == '__main__':
    sys.exit(main())
