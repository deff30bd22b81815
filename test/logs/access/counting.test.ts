import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAccessIndex } from '../../../src/logs/access/access-index.ts';
import { readIndex } from '../../../src/logs/access/index-file.ts';
import { createInquiry } from '../../../src/logs/access/inquiry.ts';
import { digest, lineOf, LIST_TYPE, NO_REPORTS } from './lines.ts';
import type { Asked } from './lines.ts';

/** What clients do, and what of it counts: `count action reference`, in the order of time. */
const STORIES: Readonly<Record<string, readonly [readonly Asked[], readonly string[]]>> = {
  'podman and CRI-O: GET by tag, then the layers': [
    [{}, { uri: `/v2/team-a/app/blobs/${digest(7)}`, after: 1 }],
    ['1 pull v1'],
  ],
  'podman with a list of platforms: GET by tag, then GET of one': [
    [{ type: LIST_TYPE }, { reference: digest(1), after: 1 }],
    ['1 pull v1'],
  ],
  'docker: HEAD by tag, then GET by digest': [
    [{ method: 'HEAD' }, { reference: digest(1), after: 1 }],
    ['1 pull v1'],
  ],
  'containerd with a list: HEAD by tag, GET of the list and of one platform by digest': [
    [
      { method: 'HEAD' },
      { reference: digest(1), type: LIST_TYPE, after: 1 },
      { reference: digest(2), after: 2 },
    ],
    ['1 pull v1'],
  ],
  'skopeo copy --all: a list, then every platform with its layers in between': [
    [
      { type: LIST_TYPE },
      { reference: digest(1), after: 200 },
      { reference: digest(2), after: 400 },
      { reference: digest(3), after: 600 },
    ],
    ['1 pull v1'],
  ],
  'a client that looks by tag and gets by digest what it has seen': [
    [{}, { reference: digest(1), after: 1 }],
    ['1 pull v1'],
  ],
  'a HEAD alone, as of a node that has the image already': [[{ method: 'HEAD' }], []],
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
    [{ type: LIST_TYPE }, { reference: digest(1), after: 301 }],
    ['1 pull v1', `1 pull ${digest(1)}`],
  ],
  'two tags by HEAD, the second of them got': [
    [
      { method: 'HEAD' },
      { method: 'HEAD', reference: 'v2', after: 1 },
      { reference: digest(1), after: 2 },
    ],
    ['1 pull v2'],
  ],
  'a push of an image under two tags': [
    [
      { method: 'PUT', status: 201 },
      { method: 'PUT', status: 201, reference: 'latest', after: 1 },
    ],
    ['1 push v1', '1 push latest'],
  ],
  'a push of a list: its platforms by digest, then the tag': [
    [
      { method: 'PUT', status: 201, reference: digest(1) },
      { method: 'PUT', status: 201, reference: digest(2), after: 60 },
      { method: 'PUT', status: 201, after: 61 },
    ],
    ['1 push v1'],
  ],
  'a push by digest alone': [
    [{ method: 'PUT', status: 201, reference: digest(1) }],
    [`1 push ${digest(1)}`],
  ],
  'a push by digest, and one by tag much later': [
    [
      { method: 'PUT', status: 201, reference: digest(1) },
      { method: 'PUT', status: 201, after: 400 },
    ],
    [`1 push ${digest(1)}`, '1 push v1'],
  ],
  'a refused HEAD, the GET at once, and another try': [
    [
      { message: 'OpenShift access denied: x', method: 'HEAD' },
      { message: 'OpenShift access denied: x', after: 1 },
      { message: 'OpenShift access denied: x', after: 30 },
    ],
    ['2 refused v1'],
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
  const list = { type: LIST_TYPE } as const;
  const part = { reference: digest(1), after: 1 } as const;
  const others: readonly Asked[] = [
    { user: 'bob' },
    { remote: '10.0.0.8:1' },
    { repository: 'b/c' },
  ];
  for (const other of others) {
    assert.deepEqual(countsOf([list, { ...part, ...other }]), [
      '1 pull v1',
      `1 pull ${part.reference}`,
    ]);
  }
});

function countsOf(requests: readonly Asked[]): readonly string[] {
  const index = createAccessIndex();
  for (const request of requests) index.line(Buffer.from(lineOf(request)));
  const inquiry = createInquiry({ probes: false, each: true }, NO_REPORTS);
  inquiry.take(readIndex(index.finish()));
  return inquiry
    .answers()
    .map(({ count, action, references }) => `${count} ${action} ${references.join(' ')}`);
}
