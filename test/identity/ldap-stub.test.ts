import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { assertFinds, runCheck, lookUpPerson, setupOf } from './support/provider-check.ts';

/** An element of BER: tag, length, content. */
function element(tag: number, ...content: readonly (Buffer | string)[]): Buffer {
  const whole = Buffer.concat(content.map((each) => Buffer.from(each)));
  const length = Buffer.from([0x84, 0, 0, 0, 0]);
  length.writeUInt32BE(whole.length, 1);
  return Buffer.concat([Buffer.from([tag]), length, whole]);
}

function answer(id: number, tag: number, ...content: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.from([2, 1, id]), element(tag, ...content));
}

type Values = readonly (readonly [attribute: string, value: string])[];

function entry(id: number, name: string, values: Values): Buffer {
  const attributes = values.map(([attribute, value]) =>
    element(0x30, element(4, attribute), element(0x31, element(4, value))),
  );
  return answer(id, 0x64, element(4, name), element(0x30, ...attributes));
}

function done(id: number) {
  return answer(id, 0x65, element(0x0a, '\0'), element(4, ''), element(4, ''));
}

/** A directory that answers the first message it gets in its own way; resolves to a provider of it. */
async function played(
  t: TestContext,
  respond: (socket: Socket, id: number, asked: Buffer) => void,
  attributes: object = { id: ['uid'] },
) {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (asked: Buffer) => respond(socket, asked[4] ?? 0, asked));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  const ldap = { url: `ldap://127.0.0.1:${port}/dc=x?uid`, insecure: true, attributes };
  return setupOf({ name: 'corp', type: 'LDAP', ldap });
}

suite('a directory that never stops sending', () => {
  const flood = (sent: { bytes: number }) => (socket: Socket, id: number) => {
    const chunk = Buffer.concat(
      Array<Buffer>(8).fill(entry(id, 'cn=a', [['uid', 'x'.repeat(8_000)]])),
    );
    // Where nobody breaks it off, it ends by itself, or the test would never.
    const more = (): void => {
      while (!socket.destroyed && sent.bytes < 200_000_000) {
        sent.bytes += chunk.length;
        if (!socket.write(chunk)) return void socket.once('drain', more);
      }
      socket.end(done(id));
    };
    more();
  };

  test('is ended, and the finding says that the directory is at fault', async (t) => {
    const sent = { bytes: 0 };
    const check = await runCheck(await played(t, flood(sent)));
    assertFinds(check, [
      'warning',
      'configuration',
      /sent more than 4194304 bytes instead of at most two entries/,
      /look at the directory/,
    ]);
    assert.ok(sent.bytes < 50_000_000, `${sent.bytes} bytes were taken`);
  });

  test('leaves it unknown whether a person exists', async (t) => {
    const found = await lookUpPerson(await played(t, flood({ bytes: 0 })), 'alice');
    assert.equal(found.status, 'unknown');
  });
});

// What oauth-server's GetRawAttributeValue and GetAttributeValue make of the same entries (go-ldap 3.4.11).
suite('of an entry', () => {
  const NAME = 'cn=real';
  const sends = (values: Values) => (socket: Socket, id: number) =>
    void socket.end(Buffer.concat([entry(id, NAME, values), done(id)]));
  const table: readonly (readonly [what: string, id: readonly string[], Values, id: string])[] = [
    ['the name is no attribute called dn that comes unasked', ['dn'], [['dn', 'cn=other']], NAME],
    ['the name is no attribute called DN either', ['dn'], [['DN', 'cn=other']], NAME],
    ['the name is meant in other letters, too', ['Dn'], [['Dn', 'cn=other']], NAME],
    ['the name comes after an id that is missing', ['mail', 'dn'], [['dn', 'cn=other']], NAME],
    ['the name is no id where another is first', ['uid', 'dn'], [['uid', 'x']], 'x'],
    [
      'the first counts of two attributes that are called the same',
      ['a'],
      [
        ['a', '1'],
        ['a', '2'],
      ],
      '1',
    ],
    ['an attribute may be called as anything', ['__proto__'], [['__proto__', 'x']], 'x'],
  ];
  for (const [what, id, values, expected] of table) {
    test(what, async (t) => {
      const { loginNames } = await lookUpPerson(await played(t, sends(values), { id }), 'alice');
      assert.equal(loginNames?.providerUser, Buffer.from(expected).toString('base64url'));
    });
  }

  test('the names of properties that every object has are no attributes', async (t) => {
    const found = await lookUpPerson(await played(t, sends([]), { id: ['constructor'] }), 'alice');
    assertFinds(found.check, ['error', 'configuration', /cn=real has none of .* constructor/]);
  });

  test("dn as the preferred name is the entry's own name", async (t) => {
    const attributes = { id: ['uid'], preferredUsername: ['dn'] };
    const values: Values = [
      ['dn', 'cn=other'],
      ['uid', 'x'],
    ];
    const { loginNames } = await lookUpPerson(await played(t, sends(values), attributes), 'alice');
    assert.equal(loginNames?.user, NAME);
  });

  test('the search requests what the OAuth server requests to identify a person', async (t) => {
    const asked: Buffer[] = [];
    const attributes = { id: ['dn', 'objectGUID'], preferredUsername: ['mail'] };
    const keep = (socket: Socket, id: number, message: Buffer) => {
      asked.push(message);
      sends([['objectGUID', 'x']])(socket, id);
    };
    await lookUpPerson(await played(t, keep, attributes), 'alice');
    const names = ['uid', 'dn', 'objectGUID', 'mail'].map((each) =>
      Buffer.from([4, each.length, ...Buffer.from(each)]),
    );
    assert.ok(asked[0]?.includes(Buffer.concat(names)));
  });
});
