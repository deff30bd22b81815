import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { BerWriter } from 'ldapts';
import { compileFilter } from '../../src/identity/ldap/filter.ts';

// Each of these was put to go-ldap's CompileFilter (3.4.11), which OpenShift uses; it said the same.
const TAKEN = [
  '(uid=x)',
  '((uid=x))',
  '(&(a=b)(c=d))',
  '(|(a=b)(&(c=d)(e=f)))',
  '(!(a=b))',
  '(!a=b)',
  '(&)',
  '(|)',
  '(=b)',
  '(a=)',
  '(a=*)',
  '(a=**)',
  '(a=*b*)',
  '(a>=1)',
  '(a<=1)',
  '(a~=1)',
  '(a:=1)',
  '(a:dn:=1)',
  '(a:1.2=x)',
  '(:dn:2.4.8:=x)',
  '(2.5.4.3=x)',
  '(cn;lang-de=x)',
  String.raw`(a=\28x\29)`,
  '(a=(b)',
  '(a =b)',
  '(a= b )',
  '(a=jürgen)',
  '(memberOf:1.2.840.113556.1.4.1941:=cn=x,dc=y)',
  '(&(objectClass=user)(!(userAccountControl:1.2.840.113556.1.4.803:=2)))',
  // Any byte does for the bracket that ends a set, or brackets in each other.
  '(&(a=b)]',
  '((a=b)x',
  '(|;',
  '(&(&(a=b)]]',
  '(&(|é',
];
const REFUSED = [
  '',
  'uid=x',
  ' (a=b)',
  '(a=b) ',
  '(uid=x',
  '(uid=x))',
  '((uid=x)',
  '(&(a=b)(c=d)',
  '(&(a=b) (c=d))',
  '( &(a=b)(c=d))',
  '(!(a=b)(c=d))',
  '(&a=b)',
  '(&x(a=b))',
  '()',
  '(a)',
  '(a>1)',
  '(a=b(c)d)',
  '(&(objectClass=user)!(x=y))',
  '(&(a=b))(c=d)',
  String.raw`(a=\zz)`,
  '(a=\u{fffd})',
  '(a\u{fffd}=b)',
  '(|é',
  '(!((a=b)z',
  '(!(&é)',
  String.raw`(a=\2)`,
  String.raw`(a=\)`,
  String.raw`(memberOf=CN=a\, b,DC=c)`,
];

suite("a filter that Go's client", () => {
  for (const text of TAKEN) {
    test(`takes is taken: ${text}`, () => {
      assert.equal(compileFilter(text)?.toString(), text);
    });
  }
  for (const text of REFUSED) {
    test(`refuses is refused: ${JSON.stringify(text)}`, () => {
      assert.equal(compileFilter(text), undefined);
    });
  }
});

test('a filter of a million brackets is none', () => {
  assert.equal(compileFilter('('.repeat(1_000_000)), undefined);
});

// In hexadecimal, as go-ldap's CompileFilter has them.
const SENT: readonly (readonly [string, string])[] = [
  ['(uid=x)', 'a3080403756964040178'],
  ['(a=*)', '870161'],
  ['(a=b*c*d)', 'a40e0401613009800162810163820164'],
  ['(a=*b*)', 'a4080401613003810162'],
  ['(a=**)', 'a4050401613000'],
  ['(a>=1)', 'a506040161040131'],
  ['(a<=1)', 'a606040161040131'],
  ['(a~=1)', 'a806040161040131'],
  ['(&(a=b)(|(c=d)(!(e=f))))', 'a01ca306040161040162a112a306040163040164a208a306040165040166'],
  ['(!a=b)', 'a208a306040161040162'],
  ['(&(|(a=é)é', 'a00ba109a3070401610402c3a9'],
  ['((a=b)x', 'a306040161040162'],
  ['(&)', 'a000'],
  [String.raw`(a=\28\c3\bc*\ff)`, 'a40d0401613008800328c3bc8201ff'],
  [String.raw`(a=\ffü)`, 'a3080401610403ffc3bc'],
  ['(a:=1)', 'a906820161830131'],
  ['(a:dn:=1)', 'a909820161830131840101'],
  ['(a:1.2.3:=x:=y)', 'a9108105312e322e338201618304783a3d79'],
  ['(:dn:2.4.8:=x)', 'a90d8105322e342e38830178840101'],
  ['(a:1.2=x)', 'a90c8105312e323d788201618300'],
];

suite("a filter is sent as Go's client sends it:", () => {
  for (const [text, bytes] of SENT) {
    test(text, () => {
      const writer = new BerWriter();
      compileFilter(text)?.write(writer);
      assert.equal(writer.buffer.toString('hex'), bytes);
    });
  }
});
