import { replaceInvisible } from '../../domain/subject.ts';

/**
 * A value as JSON, for a program or a terminal. JSON itself escapes no more than
 * the control characters below the blank: U+009B drives a terminal as well as ESC and `[` do, and others turn the
 * direction of writing. Whatever cannot be seen is escaped; a program reads the same.
 */
export function formatJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return replaceInvisible(text, (each) => (each === '\n' ? each : escaped(each)));
}

function escaped(character: string): string {
  // Those beyond 16 bits are two units.
  return Array.from({ length: character.length }, (_, at) => {
    const unit = character.charCodeAt(at).toString(16).padStart(4, '0');
    return `\\u${unit}`;
  }).join('');
}
