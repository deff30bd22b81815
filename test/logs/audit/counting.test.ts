import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuditIndex } from '../../../src/logs/audit/audit-index.ts';
import { readIndex } from '../../../src/logs/audit/index-file.ts';
import { createQueryRun } from '../../../src/logs/audit/query-run.ts';
import type { AuditQuery } from '../../../src/logs/audit/query.ts';
import { digest, lineOf, LIST_BYTES, LIST_TYPE, NO_REPORTS, START } from './lines.ts';
import type { Asked } from './lines.ts';

const LIST = { type: LIST_TYPE, size: LIST_BYTES } as const;
const HEAD = { method: 'HEAD' } as const;
const PUT = { method: 'PUT', status: 201 } as const;
const DENIED = { message: 'OpenShift access denied: x' } as const;
function layer(last: number, after: number): Asked {
  return {
    uri: `/v2/team-a/app/blobs/${digest(last)}`,
    after,
  };
}

/** What clients do, and what of it counts: `count action reference`, in the order of time; 0 of a part. */
const STORIES: Readonly<Record<string, readonly [readonly Asked[], readonly string[]]>> = {
  'podman and CRI-O: GET by tag, then the layers': [[{}, layer(7, 1), layer(8, 2)], ['1 pull v1']],
  'podman with a list of platforms: GET by tag, then GET of one': [
    [LIST, { reference: digest(1), after: 1 }],
    ['1 pull v1', `0 pull ${digest(1)}`],
  ],
  'docker: HEAD by tag, then GET by digest': [
    [HEAD, { reference: digest(1), after: 1 }],
    ['1 pull v1', `0 pull ${digest(1)}`],
  ],
  'containerd with a list: HEAD by tag, GET of the list and of one platform by digest': [
    [
      { ...HEAD, ...LIST },
      { ...LIST, reference: digest(1), after: 1 },
      { reference: digest(2), after: 2 },
    ],
    ['1 pull v1', `0 pull ${digest(1)}`, `0 pull ${digest(2)}`],
  ],
  'skopeo copy --all: a list, then every platform with its layers in between': [
    [
      LIST,
      { reference: digest(1), after: 1 },
      { reference: digest(2), after: 200 },
      { reference: digest(3), after: 400 },
    ],
    ['1 pull v1', ...[1, 2, 3].map((each) => `0 pull ${digest(each)}`)],
  ],
  'a client that looks by tag and gets by digest what it has seen': [
    [{}, { reference: digest(1), after: 1 }],
    ['1 pull v1', `0 pull ${digest(1)}`],
  ],
  'a HEAD alone, as of a node that has the image already': [[HEAD], []],
  'two pulls of one tag': [[{}, { after: 5 }], ['2 pull v1']],
  'two pulls by digest': [
    [{ reference: digest(1) }, { reference: digest(2), after: 1 }],
    [`1 pull ${digest(1)}`, `1 pull ${digest(2)}`],
  ],
  'a pull by digest long after one by tag': [
    [{}, { reference: digest(1), after: 90 }],
    ['1 pull v1', `1 pull ${digest(1)}`],
  ],
  'a pull of a platform long after its list': [
    [LIST, { reference: digest(1), after: 61 }],
    ['1 pull v1', `1 pull ${digest(1)}`],
  ],
  'pulls of a platform after its list and long after the one before': [
    [LIST, { reference: digest(1), after: 1 }, { reference: digest(2), after: 302 }],
    ['1 pull v1', `0 pull ${digest(1)}`, `1 pull ${digest(2)}`],
  ],
  'more digests after a list than it can name': [
    [LIST, ...[1, 2, 3, 4].map((each) => ({ reference: digest(each), after: each }))],
    ['1 pull v1', ...[1, 2, 3].map((each) => `0 pull ${digest(each)}`), `1 pull ${digest(4)}`],
  ],
  'a platform of a list that is pulled again': [
    [LIST, { reference: digest(1), after: 1 }, { reference: digest(1), after: 20 }],
    ['1 pull v1', `1 pull ${digest(1)}`],
  ],
  'another list by digest after one by tag': [
    [LIST, { ...LIST, size: LIST_BYTES + 1, reference: digest(1), after: 1 }],
    ['1 pull v1', `1 pull ${digest(1)}`],
  ],
  'a hundred pulls of one list by digest, with its platform each': [
    Array.from({ length: 100 }, (_, index) => [
      { ...LIST, reference: digest(1), after: 4 * index },
      { reference: digest(2), after: 4 * index + 1 },
    ]).flat(),
    [`100 pull ${digest(1)}`, `0 pull ${digest(2)}`],
  ],
  'a digest of another size within a minute of a tag': [
    [{}, { size: 700, reference: digest(1), after: 1 }],
    ['1 pull v1', `1 pull ${digest(1)}`],
  ],
  'a digest of another size after a HEAD, and then the right one': [
    [HEAD, { size: 700, reference: digest(1), after: 1 }, { reference: digest(2), after: 2 }],
    [`1 pull ${digest(1)}`, '1 pull v1', `0 pull ${digest(2)}`],
  ],
  'two digests within a minute of a tag, both of its size': [
    [{}, { reference: digest(1), after: 1 }, { reference: digest(2), after: 2 }],
    ['1 pull v1', `0 pull ${digest(1)}`, `1 pull ${digest(2)}`],
  ],
  'two tags by HEAD, the second of them got': [
    [HEAD, { ...HEAD, reference: 'v2', after: 1 }, { reference: digest(1), after: 2 }],
    ['1 pull v2', `0 pull ${digest(1)}`],
  ],
  'two tags by HEAD, the first of them got': [
    [HEAD, { ...HEAD, size: 441, reference: 'v2', after: 1 }, { reference: digest(1), after: 2 }],
    ['1 pull v1', `0 pull ${digest(1)}`],
  ],
  'layers alone': [[layer(1, 0), layer(2, 90), { ...layer(3, 3599), status: 307 }], ['1 pull ']],
  'layers alone, for hours': [
    Array.from({ length: 61 }, (_, index) => layer(1, 120 * index)),
    ['2 pull '],
  ],
  'layers after a HEAD alone': [[HEAD, layer(1, 1)], ['1 pull ']],
  'layers more than an hour after their manifest': [
    [{}, layer(1, 3601)],
    ['1 pull v1', '1 pull '],
  ],
  'layers that another replica logged before their manifest': [
    [layer(1, 0), { after: 1 }],
    ['1 pull v1'],
  ],
  'layers that are asked for, as a push does': [[{ ...HEAD, ...layer(1, 0) }], []],
  'a push of an image under two tags': [
    [PUT, { ...PUT, reference: 'latest', after: 1 }],
    ['1 push v1', '1 push latest'],
  ],
  'a push of a list: its platforms by digest, then the tag': [
    [
      { ...PUT, reference: digest(1) },
      { ...PUT, reference: digest(2), after: 60 },
      { ...PUT, ...LIST, after: 61 },
    ],
    [`0 push ${digest(1)}`, `0 push ${digest(2)}`, '1 push v1'],
  ],
  'a push of a list by digest alone': [
    [
      { ...PUT, reference: digest(1) },
      { ...PUT, ...LIST, reference: digest(2), after: 1 },
    ],
    [`0 push ${digest(1)}`, `1 push ${digest(2)}`],
  ],
  'a push of what does not say its type': [
    [
      { ...PUT, reference: digest(1) },
      { ...PUT, type: '', after: 1 },
    ],
    [`0 push ${digest(1)}`, '1 push v1'],
  ],
  'a push by digest alone': [[{ ...PUT, reference: digest(1) }], [`1 push ${digest(1)}`]],
  'a push by digest, and one of another image by tag': [
    [
      { ...PUT, reference: digest(1) },
      { ...PUT, after: 1 },
    ],
    [`1 push ${digest(1)}`, '1 push v1'],
  ],
  'a push by digest, and a list much later': [
    [
      { ...PUT, reference: digest(1) },
      { ...PUT, ...LIST, after: 400 },
    ],
    [`1 push ${digest(1)}`, '1 push v1'],
  ],
  'pushes by digest, one every four minutes': [
    [0, 240, 480].map((after) => ({ ...PUT, reference: digest(after), after })),
    [0, 240, 480].map((after) => `1 push ${digest(after)}`),
  ],
  'a refused HEAD, the GET at once, and another try': [
    [
      { ...DENIED, ...HEAD },
      { ...DENIED, after: 1 },
      { ...DENIED, after: 30 },
    ],
    ['2 refused v1'],
  ],
  'refusals of two tags at once': [
    [DENIED, { ...DENIED, reference: 'v2', after: 1 }],
    ['1 refused v1', '1 refused v2'],
  ],
};

for (const [story, [requests, expected]] of Object.entries(STORIES)) {
  test(`counts ${story}`, () => assert.deepEqual(countsOf(requests), expected));
  // Two replicas answer one client in turns, and their logs are read one after the other.
  test(`counts ${story}, spread over two pods`, () => {
    const pods = [0, 1].flatMap((pod) => requests.filter((_, index) => index % 2 === pod));
    assert.deepEqual(countsOf(pods.toReversed()), expected);
  });
}

test('two users, two addresses and two repositories are never one pull', () => {
  const part = { reference: digest(1), after: 1 } as const;
  const others: readonly Asked[] = [
    { user: 'bob' },
    { remote: '10.0.0.8:1' },
    { repository: 'b/c' },
  ];
  for (const other of others) {
    assert.deepEqual(countsOf([LIST, { ...part, ...other }]), [
      '1 pull v1',
      `1 pull ${part.reference}`,
    ]);
  }
});

const HOUR = 3600;

test('a flood of refusals is counted in fixed windows, with its requests and its times', () => {
  const flood = Array.from({ length: 5_400 }, (_, index) => ({ ...DENIED, after: 4 * index }));
  const told = (since: number) => {
    const [answer, ...others] = answersTo(flood, {
      since: START + since * HOUR * 1000,
      each: false,
    });
    assert.deepEqual(others, []);
    return answer;
  };
  const { count, requests, first, last } = told(0) ?? {};
  assert.deepEqual([count, requests], [2_700, 5_400]);
  assert.equal(first, new Date(START).toISOString());
  assert.equal(last, new Date(START + 4 * 5_399 * 1000).toISOString());
  // An hour has 900 of the requests, and each of the windows two of them.
  assert.deepEqual([told(5)?.count, told(5)?.requests], [450, 900]);
});

test('layers show the number of requests, too, and a part names its digest', () => {
  const pulls = [LIST, { reference: digest(1), after: 1 }, layer(1, 2), layer(2, 2)];
  const [pull] = answersTo(pulls, { each: false });
  assert.deepEqual([pull?.count, pull?.references], [1, ['v1', digest(1)]]);
  const [layers] = answersTo(
    Array.from({ length: 99 }, (_, index) => layer(index, index)),
    {
      each: false,
    },
  );
  assert.deepEqual([layers?.count, layers?.requests, layers?.layersOnly], [1, 99, true]);
  assert.equal(layers?.last, new Date(START + 98_000).toISOString());
});

function countsOf(requests: readonly Asked[]): readonly string[] {
  return answersTo(requests, { each: true }).map(
    ({ count, action, references }) => `${count} ${action} ${references.join(' ')}`,
  );
}

function answersTo(requests: readonly Asked[], question: Pick<AuditQuery, 'each' | 'since'>) {
  const index = createAuditIndex();
  for (const request of requests) index.line(Buffer.from(lineOf(request)));
  const queryRun = createQueryRun({ probes: false, ...question }, NO_REPORTS);
  queryRun.take(readIndex(index.finish()));
  return queryRun.answers();
}
