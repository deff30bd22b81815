import { LineCounter, parseDocument, visit } from 'yaml';
import type { Document } from 'yaml';
import { PurserError } from './domain/errors.ts';

/**
 * The value of a YAML text. Throws `NotConfigured` with the reason and the line, but never with the line's
 * text. It may be a secret, and the parser's own messages (alias, tag, escape) repeat it.
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
    const position = at === undefined ? '' : `line ${line}: `;
    return new PurserError('NotConfigured', `${file} cannot be read: ${position}${reason}`);
  };
  const [error] = document.errors;
  if (error !== undefined) {
    throw wrong(
      error.pos[0],
      `it is not YAML (${error.code}); a text with special characters needs quotes`,
    );
  }
  const [warning] = document.warnings;
  if (warning !== undefined) {
    throw wrong(warning.pos[0], `a tag that is not known here; ${quotesFor('!')}`);
  }
  const alias = firstWrongAlias(document);
  if (alias !== undefined) throw wrong(alias.at, alias.reason);
  try {
    return document.toJS();
  } catch {
    throw wrong(undefined, 'its aliases or merge keys (<<) cannot be resolved');
  }
}

function quotesFor(sign: string): string {
  return `a text that begins with ${sign} needs quotes`;
}

interface WrongAlias {
  readonly at: number;
  readonly reason: string;
}

/** The first alias without an anchor, or of a node that contains it, and its offset. */
function firstWrongAlias(document: Document): WrongAlias | undefined {
  let wrongAlias: WrongAlias | undefined;
  visit(document, {
    Alias: (_key, node, path) => {
      const target = node.resolve(document);
      if (target !== undefined && !path.some((each) => each === target)) return undefined;
      const reason =
        target === undefined
          ? `an alias without an anchor before it; ${quotesFor('*')}`
          : 'an alias of something that contains it';
      wrongAlias = { at: node.range?.[0] ?? 0, reason };
      return visit.BREAK;
    },
  });
  return wrongAlias;
}
