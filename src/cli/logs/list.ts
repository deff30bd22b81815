import { Command } from 'commander';
import type { BundleManifest } from '../../logs/manifest.ts';
import { formatDuration } from '../../domain/duration.ts';
import { outputOption, targetOption } from '../options.ts';
import { formatBytes } from '../../logs/model/size.ts';
import { formatCount, formatTime } from '../display/amount.ts';
import { formatJson } from '../display/json.ts';
import { formatTable } from '../display/table.ts';
import { findBundleReader } from './bundle-reader.ts';
import type { BundleReaderOptions } from './bundle-reader.ts';

interface Options extends BundleReaderOptions {
  readonly output: 'text' | 'json';
}

export function bundleListCommand(): Command {
  return new Command('list')
    .summary('list the log bundles')
    .description(
      'Lists the log bundles of a target, the newest last: what each covers, and what is missing in it.',
    )
    .addOption(targetOption())
    .addOption(outputOption())
    .addHelpText('after', '\nExamples:\n  $ purser logs list\n  $ purser logs list --output json')
    .action(async (_options: unknown, command: Command) => {
      await list(command.optsWithGlobals<Options>());
    });
}

async function list(options: Options): Promise<void> {
  const { reader, target } = await findBundleReader(options);
  const summaries: Summary[] = [];
  for await (const manifest of reader.bundles()) summaries.push(summaryOf(manifest));
  if (options.output === 'json') {
    process.stdout.write(`${formatJson(summaries)}\n`);
    return;
  }
  if (summaries.length === 0) {
    process.stdout.write(
      `no log bundle of ${target} in ${reader.place} yet; \`purser logs collect\` makes one\n`,
    );
    return;
  }
  const head = [
    'BUNDLE',
    'UNTIL',
    'COVERS',
    'LINES',
    'SIZE',
    'KEPT',
    'GAPS',
    'CUT',
    'REDACTED',
    'UNREAD',
  ];
  process.stdout.write(`${formatTable(head, summaries.map(cellsOf))}\n`);
}

/** A summary of a bundle. `keptBytes` is compressed, `bytes` is not. */
function summaryOf({ bundle, window, sealedAt, sources, redactions, reason }: BundleManifest) {
  const sum = (value: (source: BundleManifest['sources'][number]) => number) =>
    sources.reduce((total, source) => total + value(source), 0);
  return {
    bundle,
    window,
    sealedAt,
    ...(reason === undefined ? {} : { reason }),
    lines: sum(({ lines }) => lines),
    bytes: sum(({ bytes }) => bytes),
    keptBytes: sum(({ kept }) => kept?.fileBytes ?? 0),
    gaps: sum(({ gaps }) => gaps.length),
    caps: sum(({ caps }) => caps.length),
    redactions,
    unread: sum(({ failure }) => (failure === undefined ? 0 : 1)),
  };
}

type Summary = ReturnType<typeof summaryOf>;

function cellsOf(summary: Summary): readonly string[] {
  const { bundle, window, lines, bytes, keptBytes, gaps, caps, redactions, unread } = summary;
  const redacted = Object.values(redactions).reduce((total, count) => total + count, 0);
  return [
    bundle,
    formatTime(window.until),
    formatDuration(Date.parse(window.until) - Date.parse(window.since)),
    formatCount(lines),
    formatBytes(bytes),
    formatBytes(keptBytes),
    ...[gaps, caps, redacted, unread].map((count) => (count === 0 ? '-' : formatCount(count))),
  ];
}
