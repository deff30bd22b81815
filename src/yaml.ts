import { LineCounter, parseDocument, visit } from 'yaml';
import type { Document } from 'yaml';
import { PurserError } from './domain/errors.ts';

/**
 * What a YAML text says. Throws `NotConfigured` that says what is wrong and in which line, never what
 * stands there: it may be a secret, and the parser's own words (alias, tag, escape) repeat it.
 */
export function readYaml(text: string, file: string): unknown {
  const lineCounter = new LineCounter();
  // Merge keys (<<:) are of YAML 1.1, which most tools for Kubernetes read. The log level keeps the
  // library from printing a line as a warning of the process.
  const document = parseDocument(text, {
    merge: true,
    logLevel: 'error',
    prettyErrors: false,
    lineCounter,
  });
  const wrong = (at: number | undefined, reason: string) => {
    const { line } = lineCounter.linePos(at ?? 0);
    const where = at === undefined ? '' : `line ${line}: `;
    return new PurserError('NotConfigured', `${file} cannot be read: ${where}${reason}`);
  };
  const [error] = document.errors;
  if (error !== undefined) {
    throw wrong(error.pos[0], `it is not YAML (${error.code}); a text with signs needs quotes`);
  }
  const [unknown] = document.warnings;
  if (unknown !== undefined) {
    throw wrong(unknown.pos[0], `a tag that means nothing here; ${quotesFor('!')}`);
  }
  const alias = firstWrongAlias(document);
  if (alias !== undefined) throw wrong(alias.at, alias.reason);
  try {
    return document.toJS();
  } catch {
    throw wrong(undefined, 'its aliases or merge keys (<<) cannot be followed');
  }
}

function quotesFor(sign: string): string {
  return `a text that begins with ${sign} needs quotes`;
}

interface WrongAlias {
  readonly at: number;
  readonly reason: string;
}

/** The first alias of nothing, or of something that it stands in, and where it stands. */
function firstWrongAlias(document: Document): WrongAlias | undefined {
  let found: WrongAlias | undefined;
  visit(document, {
    Alias: (_key, node, path) => {
      const target = node.resolve(document);
      if (target !== undefined && !path.some((each) => each === target)) return undefined;
      const reason =
        target === undefined
          ? `an alias without an anchor before it; ${quotesFor('*')}`
          : 'an alias of something that it stands in';
      found = { at: node.range?.[0] ?? 0, reason };
      return visit.BREAK;
    },
  });
  return found;
}
