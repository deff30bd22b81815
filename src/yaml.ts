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
  const alias = firstWithoutAnchor(document);
  if (alias !== undefined) {
    throw wrong(alias, `an alias without an anchor before it; ${quotesFor('*')}`);
  }
  try {
    return document.toJS();
  } catch {
    throw wrong(undefined, 'its aliases or merge keys (<<) cannot be followed');
  }
}

function quotesFor(sign: string): string {
  return `a text that begins with ${sign} needs quotes`;
}

/** Where the first alias stands that is one of nothing. */
function firstWithoutAnchor(document: Document): number | undefined {
  let found: number | undefined;
  visit(document, {
    Alias: (_key, node) => {
      if (node.resolve(document) !== undefined) return undefined;
      found = node.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}
