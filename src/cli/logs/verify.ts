import { Command } from 'commander';
import { visible } from '../../domain/inputs/shown.ts';
import { gapText } from '../../logs/model/gap.ts';
import type { BundleManifest } from '../../logs/manifest.ts';
import { outputOption, targetOption } from '../options.ts';
import { counted, formatTime } from '../display/amount.ts';
import { formatJson } from '../display/json.ts';
import { styled } from '../display/style.ts';
import { findBundleReader } from './bundle-reader.ts';
import type { BundleReaderOptions } from './bundle-reader.ts';

interface Options extends BundleReaderOptions {
  readonly output: 'text' | 'json';
  readonly all?: boolean;
  readonly strict?: boolean;
}

export function verifyCommand(): Command {
  return new Command('verify')
    .summary('check that a log bundle is complete and unchanged')
    .description(
      'Reads a whole log bundle and compares it with its manifest: every file is there, with its size, its ' +
        'SHA-256 and its number of lines. It also shows what was already missing when the bundle was sealed.',
    )
    .argument('[bundle]', 'a name from `purser logs list`, or the beginning of one', 'latest')
    .option('--all', 'all bundles')
    .option('--strict', 'also treat gaps, cuts and unread sources as failures')
    .addOption(targetOption())
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Exit codes: 0 whole, 1 not whole, 2 bad usage.

Examples:
  $ purser logs verify
  $ purser logs verify 20261123T1 --strict
  $ purser logs verify --all --output json`,
    )
    .action(async (bundle: string, _options: unknown, command: Command) => {
      await verify(bundle, command.optsWithGlobals<Options>());
    });
}

async function verify(wanted: string, options: Options): Promise<void> {
  const { reader } = await findBundleReader(options);
  const manifests = options.all === true ? reader.bundles() : [await reader.find(wanted)];
  const results: Result[] = [];
  for await (const manifest of manifests) {
    const files: Result['files'][number][] = [];
    for await (const file of reader.verify(manifest)) files.push(file);
    const missing = missingOf(manifest);
    const isWhole =
      files.every(({ problems }) => problems.length === 0) &&
      (options.strict !== true || missing.length === 0);
    const result = { bundle: manifest.bundle, whole: isWhole, files, missing };
    results.push(result);
    if (options.output === 'text') show(result, manifest);
  }
  if (options.output === 'json') process.stdout.write(`${formatJson(results)}\n`);
  if (results.some(({ whole }) => !whole)) process.exitCode = 1;
}

interface Result {
  readonly bundle: string;
  readonly whole: boolean;
  readonly files: readonly { readonly file: string; readonly problems: readonly string[] }[];
  readonly missing: readonly string[];
}

/** What was already missing when the bundle was sealed, according to its manifest. */
function missingOf({ sources }: BundleManifest): readonly string[] {
  return sources.flatMap(({ kind, namespace, pod, container, gaps, caps, failure }) => {
    const name = kind === 'events' ? `events of ${namespace}` : `${pod}/${container}`;
    return [
      ...gaps.map(
        ({ from, to, reason, ...runs }) =>
          `gap (${reason}) in ${name} from ${gapText({ from: formatTime(from), to: formatTime(to), ...runs })}`,
      ),
      ...caps.map(({ detail }) => `cut in ${name}: ${detail}`),
      ...(failure === undefined
        ? []
        : [`${name} could not be read: ${failure.type}: ${failure.message}`]),
    ];
  });
}

function show({ bundle, whole, files, missing }: Result, { redactions }: BundleManifest): void {
  const mark = whole ? styled('green', '✔') : styled('red', '✘');
  process.stdout.write(
    `${mark()} ${bundle}: ${whole ? 'whole' : 'not whole'}, ${counted(files.length, 'file')}\n`,
  );
  for (const { file, problems } of files) {
    for (const problem of problems)
      process.stdout.write(`    ${styled('red', '✘')()} ${visible(`${file}: ${problem}`)}\n`);
  }
  for (const each of missing)
    process.stdout.write(`    ${styled('yellow', '!')()} ${visible(each)}\n`);
  const kinds = Object.entries(redactions).map(([kind, count]) => `${count} ${kind}`);
  if (kinds.length > 0) process.stdout.write(`    redacted: ${kinds.join(', ')}\n`);
}
