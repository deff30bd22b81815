import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { suite, test } from 'node:test';
import type { TestContext } from 'node:test';
import { assertFinds, judge, look, setupOf } from './support/judge.ts';

/** An element of BER: tag, length, content. */
function element(tag: number, ...content: readonly (Buffer | string)[]): Buffer {
  const whole = Buffer.concat(content.map((each) => Buffer.from(each)));
  const length = Buffer.from([0x84, 0, 0, 0, 0]);
  length.writeUInt32BE(whole.length, 1);
  return Buffer.concat([Buffer.from([tag]), length, whole]);
}

const answer = (id: number, tag: number, ...content: readonly Buffer[]): Buffer =>
  element(0x30, Buffer.from([2, 1, id]), element(tag, ...content));

function entry(id: number, name: string, attribute: string, value: string): Buffer {
  const values = element(0x31, element(4, value));
  const attributes = element(0x30, element(0x30, element(4, attribute), values));
  return answer(id, 0x64, element(4, name), attributes);
}

const done = (id: number) => answer(id, 0x65, element(0x0a, '\0'), element(4, ''), element(4, ''));

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
    const chunk = Buffer.concat(Array<Buffer>(8).fill(entry(id, 'cn=a', 'uid', 'x'.repeat(8_000))));
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

  test('is broken off, and it is said that it is the directory’s fault', async (t) => {
    const sent = { bytes: 0 };
    const check = await judge(await played(t, flood(sent)));
    assertFinds(check, [
      'warning',
      'configuration',
      /sent more than 4194304 bytes where two entries at most were asked for/,
      /look at the directory/,
    ]);
    assert.ok(sent.bytes < 50_000_000, `${sent.bytes} bytes were taken`);
  });

  test('says nothing of a person', async (t) => {
    const found = await look(await played(t, flood({ bytes: 0 })), 'alice');
    assert.equal(found.sighting, 'unknown');
  });
});

suite('an attribute called dn', () => {
  // It sends what it is asked for, and that attribute is in its entries.
  const obliging = (socket: Socket, id: number, asked: Buffer) => {
    const isAsked = (name: string) =>
      asked.includes(Buffer.from([4, name.length, ...Buffer.from(name)]));
    const wanted = ['dn', 'DN'].find(isAsked) ?? 'uid';
    socket.end(Buffer.concat([entry(id, 'cn=real', wanted, 'cn=other'), done(id)]));
  };
  for (const id of [['dn'], ['DN'], ['mail', 'dn']]) {
    test(`is not taken for the entry’s own name (${id.join()})`, async (t) => {
      const { called } = await look(await played(t, obliging, { id }), 'alice');
      assert.equal(called?.providerUser, Buffer.from('cn=real').toString('base64url'));
    });
  }
});
