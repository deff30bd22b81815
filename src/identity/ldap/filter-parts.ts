/** A part of a filter as it is sent (RFC 4511, 4.5.1.7): a tag, with parts of its own or with bytes. */
export type Part =
  | { readonly tag: number; readonly parts: readonly Part[] }
  | { readonly tag: number; readonly bytes: Buffer };

/** The tags of filters, by their signs (RFC 4511). */
export const TAGS = {
  '&': 0xa0,
  '|': 0xa1,
  '!': 0xa2,
  '=': 0xa3,
  substrings: 0xa4,
  '>=': 0xa5,
  '<=': 0xa6,
  present: 0x87,
  '~=': 0xa8,
  extensible: 0xa9,
  text: 0x04,
  sequence: 0x30,
} as const;

// The attribute ends at the first operator: a single <, > or ~ belongs to it.
const TEST = /^((?:(?!:|=|>=|<=|~=).)*)(:|=|>=|<=|~=)(.*)$/su;

/** Compiles the text between two brackets: an attribute, an operator and a value. Throws a SyntaxError. */
export function compileTest(text: string): Part {
  const [, attribute = '', operator = '', rest = ''] = TEST.exec(text) ?? [];
  switch (operator) {
    case '=':
      return equality(attribute, rest);
    case '>=':
    case '<=':
    case '~=':
      return { tag: TAGS[operator], parts: [textOf(attribute), valueOf(rest)] };
    case ':':
      return extensible(attribute, `:${rest}`);
    default:
      throw new SyntaxError('there is no operator');
  }
}

function equality(attribute: string, value: string): Part {
  if (value === '*') return { tag: TAGS.present, bytes: Buffer.from(attribute) };
  const pieces = value.split('*');
  if (pieces.length === 1) return { tag: TAGS['='], parts: [textOf(attribute), valueOf(value)] };
  const last = pieces.length - 1;
  const parts = pieces.flatMap((piece, index) => {
    const kind = index === 0 ? 0 : index === last ? 2 : 1;
    return piece === '' ? [] : [valueOf(piece, 0x80 + kind)];
  });
  return { tag: TAGS.substrings, parts: [textOf(attribute), { tag: TAGS.sequence, parts }] };
}

function extensible(attribute: string, text: string): Part {
  const ofDn = text.startsWith(':dn:');
  const rest = text.slice(ofDn ? 4 : 1);
  // A matching rule followed by :=, or only the = if there is no rule.
  const isPlain = rest.startsWith('=');
  const at = rest.indexOf(':=');
  const rule = isPlain ? '' : rest.slice(0, at === -1 ? undefined : at);
  const value = isPlain ? rest.slice(1) : at === -1 ? '' : rest.slice(at + 2);
  const named = [
    ...(rule === '' ? [] : [textOf(rule, 0x81)]),
    ...(attribute === '' ? [] : [textOf(attribute, 0x82)]),
  ];
  // Go's client writes true as 1, and directories accept that.
  const flag = ofDn ? [{ tag: 0x84, bytes: Buffer.of(1) }] : [];
  return { tag: TAGS.extensible, parts: [...named, valueOf(value, 0x83), ...flag] };
}

function textOf(text: string, tag: number = TAGS.text): Part {
  return { tag, bytes: Buffer.from(text) };
}

/** The bytes of a value, its escapes (`\2a`) decoded. */
function valueOf(text: string, tag: number = TAGS.text): Part {
  if (/\\(?![\da-f]{2})/i.test(text)) throw new SyntaxError('a backslash is no escape');
  const pieces = text.split(/\\([\da-f]{2})/i);
  const bytes = pieces.map((each, index) => Buffer.from(each, index % 2 === 0 ? 'utf8' : 'hex'));
  return { tag, bytes: Buffer.concat(bytes) };
}
