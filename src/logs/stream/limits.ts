import type { Cap } from '../manifest.ts';

/** The most that one collection reads of one run, in bytes and lines, and of one line, in bytes. */
export interface Limits {
  readonly bytes: number;
  readonly lines: number;
  readonly lineBytes: number;
}

const NEWLINE = 0x0a;
const CUT = Buffer.from(' [CUT]\n');

/** Applies the limits, and notes in `caps` what they have cut. */
export function createLimits(
  limits: Limits,
  taken: { readonly lines: number; readonly bytes: number; readonly caps: Cap[] },
) {
  let isReached = false;
  const reach = (limit: 'bytes' | 'lines', count: number) => {
    isReached = true;
    const detail = `stopped after ${count} ${limit}; the next collection goes on from there`;
    taken.caps.push({ limit, count, detail });
  };
  return {
    /** Whether a limit is reached, so that no more may be read. */
    isReached: () => isReached,

    /** As many of the lines as the limits allow, at least one. */
    within: (block: Buffer): Buffer => {
      const bytesLeft = limits.bytes - taken.bytes;
      const linesLeft = limits.lines - taken.lines;
      // Each line has at least one byte, so a block has no more lines than bytes.
      if (block.length <= bytesLeft && block.length <= linesLeft) return block;
      const { end, lines } = measure(block, bytesLeft, linesLeft);
      if (end === block.length) return block;
      if (lines === linesLeft) reach('lines', limits.lines);
      else reach('bytes', limits.bytes);
      return block.subarray(0, end);
    },

    /** Cuts lines that are too long; `longest` says whether there is one. */
    shorten: (block: Buffer, longest: number, cut: number): Buffer => {
      if (cut === 0 && longest <= limits.lineBytes) return block;
      const { kept, shortened } = shortenLines(block, limits.lineBytes);
      noteShortened(taken.caps, Math.max(cut, shortened), limits.lineBytes);
      return kept;
    },
  };
}

function measure(block: Buffer, bytesLeft: number, linesLeft: number) {
  let end = 0;
  let lines = 0;
  while (end < block.length && lines < linesLeft) {
    const next = block.indexOf(NEWLINE, end) + 1 || block.length;
    if (next > bytesLeft && lines > 0) break;
    [end, lines] = [next, lines + 1];
  }
  return { end, lines };
}

function shortenLines(block: Buffer, lineBytes: number) {
  const parts: Buffer[] = [];
  let shortened = 0;
  for (let start = 0; start < block.length;) {
    const end = block.indexOf(NEWLINE, start) + 1 || block.length;
    if (end - start <= lineBytes) {
      parts.push(block.subarray(start, end));
    } else {
      parts.push(block.subarray(start, start + lineBytes - CUT.length), CUT);
      shortened += 1;
    }
    start = end;
  }
  return { kept: Buffer.concat(parts), shortened };
}

function noteShortened(caps: Cap[], more: number, lineBytes: number): void {
  if (more === 0) return;
  const before = caps.findIndex(({ limit }) => limit === 'line-bytes');
  const count = (caps[before]?.count ?? 0) + more;
  const detail = `lines of more than ${lineBytes} bytes end with [CUT]`;
  const cap = { limit: 'line-bytes', count, detail } as const;
  if (before === -1) caps.push(cap);
  else caps[before] = cap;
}
