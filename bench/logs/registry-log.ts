import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';

const SAMPLES = new URL(
  '../../test/sandbox/registry-front/fixtures/registry-log-lines.txt',
  import.meta.url,
);
const PIECE = 8 * 1024 * 1024;

/** That many bytes of recorded registry lines, as the log API returns them. */
export function registryLog(bytes: number): Buffer {
  const log = Buffer.allocUnsafe(bytes);
  let filled = 0;
  for (const { time, line } of lines(Date.parse('2026-11-23T10:00:00Z'))) {
    const text = `${time} ${line}\n`;
    if (filled + text.length > bytes) break;
    filled += log.write(text, filled, 'utf8');
  }
  return log.subarray(0, filled);
}

/**
 * Adds that many bytes of such lines to a file, as a node stores them; resolves to their size in the log
 * API.
 */
export function addRegistryLog(
  file: string,
  bytes: number,
): { readonly lines: number; readonly bytes: number } {
  const target = openSync(file, 'a');
  const written = { lines: 0, bytes: 0 };
  let piece: string[] = [];
  let length = 0;
  const flush = () => {
    writeSync(target, piece.join(''));
    [piece, length] = [[], 0];
  };
  try {
    // One line a millisecond: half a day is enough for 18 GiB, and within the time window of the
    // collection.
    for (const { time, line } of lines(Date.now() - 12 * 60 * 60_000)) {
      if (written.bytes >= bytes) break;
      const text = `${time} stderr F ${line}\n`;
      piece.push(text);
      length += text.length;
      written.lines += 1;
      written.bytes += text.length - ' stderr F'.length;
      if (length >= PIECE) flush();
    }
    flush();
  } finally {
    closeSync(target);
  }
  return written;
}

// With increasing times and new ids, so that they compress like a real log.
function* lines(start: number): Generator<{ readonly time: string; readonly line: string }> {
  const samples = readFileSync(SAMPLES, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('time='));
  for (let count = 0; ; count += 1) {
    const time = `${new Date(start + count).toISOString().slice(0, -1)}${String(count % 1_000_000).padStart(6, '0')}Z`;
    const id = count.toString(16).padStart(12, '0');
    const line = (samples[count % samples.length] ?? '')
      .replace(/^time="[^"]*"/, `time="${time}"`)
      .replace(/(http\.request\.id=\S*)\S{12}/, `$1${id}`);
    yield { time, line };
  }
}
