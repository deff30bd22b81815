import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createNotes } from '../../src/identity/notes.ts';
import { parseLdapUrl } from '../../src/identity/ldap/url.ts';

function read(text: string) {
  const notes = createNotes({ name: 'corp', type: 'LDAP' });
  const url = parseLdapUrl(text, notes);
  const said = notes.findings.map(({ weight, text: what }) => `${weight}: ${what}`);
  if (url === undefined) return { said };
  const { scheme, base, attribute, scope, filter } = url;
  return { said, is: [scheme, url.url.host, base, attribute, scope, filter.toString()].join(' ') };
}

const ALL = '(objectClass=*)';

// Each was put to OpenShift's ParseURL (library-go 93ac9206, go-ldap 3.4.11, Go 1.26), which read the same.
const READ: readonly (readonly [string, string, string, RegExp?])[] = [
  ['defaults', 'ldap://h/dc=x', `ldap h:389 dc=x uid sub ${ALL}`],
  ['ldaps', 'LDAPS://h/dc=x?mail?one', `ldaps h:636 dc=x mail one ${ALL}`],
  ['a port of its own', 'ldaps://h:443/dc=x', `ldaps h dc=x uid sub ${ALL}`],
  ['no base', 'ldap://h?uid', `ldap h:389  uid sub ${ALL}`],
  ['IPv6', 'ldap://[::1]:389/dc=x', `ldap [::1]:389 dc=x uid sub ${ALL}`],
  ['a "?" at the end', 'ldap://h/dc=x?', `ldap h:389 dc=x uid sub ${ALL}`],
  ['slashes before the base', 'ldap://h//dc=x', `ldap h:389 dc=x uid sub ${ALL}`],
  ['a blank in the base', 'ldap://h/ou=a b,dc=x', `ldap h:389 ou=a b,dc=x uid sub ${ALL}`],
  ['an escape in the base', 'ldap://h/ou=%23a%20b', `ldap h:389 ou=#a b uid sub ${ALL}`],
  ['bytes in the base', 'ldap://h/dc=%FFa%C3%BC', String.raw`ldap h:389 dc=\ffaü uid sub ${ALL}`],
  ['bytes among text', 'ldap://h/dc=%61%E9%2c', String.raw`ldap h:389 dc=a\e9, uid sub ${ALL}`],
  ['an escaped + in the base', 'ldap://h/ou=a%2Bb,dc=x', `ldap h:389 ou=a+b,dc=x uid sub ${ALL}`],
  ['all signs in the base', "ldap://h/a:@&=;,!$'()*", `ldap h:389 a:@&=;,!$'()* uid sub ${ALL}`],
  ['text in the filter', 'ldap://h/?uid?sub?(a=%C3%BC)', 'ldap h:389  uid sub (a=ü)'],
  ['an escape in the scope', 'ldap://h/dc=x??s%75b', `ldap h:389 dc=x uid sub ${ALL}`],
  ['another sign for the last bracket', 'ldap://h/???(&(a=b)]', 'ldap h:389  uid sub (&(a=b)]'],
  ['a + in the base', 'ldap://h/ou=a+b,dc=x', `ldap h:389 ou=a+b,dc=x uid sub ${ALL}`],
  ['an escaped + in the filter', 'ldap://h/?uid?sub?(a=b%2Bc)', 'ldap h:389  uid sub (a=b+c)'],
  [
    'a + in the filter as a blank',
    'ldap://h/?uid?sub?(a=b+c)',
    'ldap h:389  uid sub (a=b c)',
    /^warning: .*"\+" behind its "\?", which is a blank to OpenShift: "\(a=b c\)"/,
  ],
  [
    'a # in the base as its end',
    'ldap://h/ou=#1,dc=x?mail?one',
    `ldap h:389 ou= uid sub ${ALL}`,
    /^warning: .*"#".* no further: "ldap:\/\/…\/ou="/,
  ],
  [
    'a # in the filter as its end',
    'ldap://h/dc=x?uid?sub?(a=b)#c',
    'ldap h:389 dc=x uid sub (a=b)',
    /^warning: .*"#"/,
  ],
  ['an extension', 'ldap://h/dc=x????a!b=%zz', `ldap h:389 dc=x uid sub ${ALL}`],
  [
    'a user name as nothing',
    'ldap://me@h/dc=x',
    `ldap h:389 dc=x uid sub ${ALL}`,
    /^warning: .*user name, which OpenShift leaves out/,
  ],
  [
    'an escape in a user name as nothing',
    'ldap://cn=a%20b,dc=x:p@h/dc=x',
    `ldap h:389 dc=x uid sub ${ALL}`,
    /^warning: .*user name, which OpenShift leaves out/,
  ],
  [
    'several attributes as the first',
    'ldap://h/dc=x?,mail',
    `ldap h:389 dc=x uid sub ${ALL}`,
    /^warning: .*searched by uid only/,
  ],
];

suite('an LDAP URL is read as OpenShift reads it, with', () => {
  for (const [what, text, expected, finding] of READ) {
    test(what, () => {
      const { is, said } = read(text);
      assert.equal(is, expected);
      if (finding === undefined) assert.deepEqual(said, []);
      else assert.match(said.join('\n'), finding);
    });
  }
});

const REFUSED: readonly (readonly [string, string, RegExp])[] = [
  ['a scope in capitals', 'ldap://h/dc=x?uid?SUB', /has the scope "SUB"/],
  ['a scope with a blank', 'ldap://h/dc=x?uid? sub', /has the scope " sub"/],
  ['a fifth "?"', 'ldap://h/dc=x?uid?sub?(a=b)?x?', /more than four "\?"/],
  ['a filter without brackets', 'ldap://h/dc=x?uid?sub?a=b', /filter that is none: a=b/],
  ['a bracket that is missing', 'ldap://h/dc=x?uid?sub?(a=b', /filter that is none/],
  ['a bracket too many', 'ldap://h/dc=x?uid?sub?(a=b))', /filter that is none/],
  ['a filter that a # cuts', 'ldap://h/dc=x?uid?sub?(a=#b)', /filter that is none: \(a=$/m],
  ['bytes in the filter', 'ldap://h/?uid?sub?(a=%FF)', /filter that is none: \(a=\ufffd\)/],
  ['a set without its end', 'ldap://h/?uid?sub?(&(a=b)(c=d)', /filter that is none/],
  ['five "?" with nothing between', 'ldap://h/dc=x?????', /more than four "\?"/],
  ['an escaped "?" in the scope', 'ldap://h/dc=x?uid?sub%3F', /has the scope "sub\?"/],
  ['a blank behind the host', 'ldap://h /dc=x', /names no host: "h "/],
  ['a brace in the host', 'ldap://{host}/dc=x', /names no host: "\{host\}"/],
  ['a % in the filter', 'ldap://h/dc=x?uid?sub?(a=%zz)', /% that is no escape/],
  ['a % behind the #', 'ldap://h/dc=x#%zz', /% that is no escape/],
  ['a line break at its end', 'ldap://h/dc=x\n', /line break/],
  ['a blank before it', ' ldap://h/dc=x', /is no LDAP address/],
  ['a critical extension', 'ldap://h/dc=x????a,!b=c', /critical/],
  ['an escape in the host', 'ldap://h%2etest/dc=x', /names no host: "h%2etest"/],
  ['two hosts', 'ldap://a:389,b:389/dc=x', /names no host/],
  ['no host', 'ldap:dc=x', /names no host, and OpenShift's own would be asked/],
  ['a backslash in the host', String.raw`ldap://h\x/dc=x`, /names no host/],
  ['IPv6 without a port, which it dials wrongly', 'ldap://[::1]/dc=x', /without its port/],
  ['a blank in the user name', 'ldap://a b@h/dc=x', /before its host what is no user name/],
  ['a % in the user name', 'ldap://a%zz@h/dc=x', /before its host what is no user name/],
  ['a quote in the user name', 'ldap://a"b@h/dc=x', /before its host what is no user name/],
  ['a colon without a port', 'ldap://h:/dc=x', /no port behind/],
];

suite('an LDAP URL is refused for', () => {
  for (const [what, text, finding] of REFUSED) {
    test(what, () => {
      const { is, said } = read(text);
      assert.equal(is, undefined);
      assert.match(said.join('\n'), finding);
      assert.match(said.join('\n'), /^broken: /m);
    });
  }
});

suite('no password in an LDAP URL is quoted', () => {
  for (const text of [
    'ldap://cn=admin:s3cretPW@h/dc=x?uid#',
    'ldap://cn=admin:s3cret#PW@h/dc=x',
    'ldap://cn=admin:s3cret/PW@h/dc=x',
    'ldap://cn=admin:s3cret?PW@h/dc=x',
    'ldap://cn=admin:s3cret?x?PW@h/dc=x',
    'ldap://cn=admin:s3cret?x??PW@h/dc=x',
    'ldap://cn=admin:s3cret PW@h h/dc=x',
  ]) {
    test(`of ${text}`, () => {
      const { said } = read(text);
      assert.doesNotMatch(said.join('\n'), /s3cret|PW/);
      assert.ok(said.length > 0);
    });
  }
});
