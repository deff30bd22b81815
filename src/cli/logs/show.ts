import { Command, InvalidArgumentError } from 'commander';
import { errorMessage, PurserError } from '../../domain/errors.ts';
import type { Source } from '../../logs/manifest.ts';
import { parseSince } from '../since.ts';
import { cleanerFor } from './display/clean.ts';
import { colorsOf } from './display/pod-colors.ts';
import { openPager } from './display/pager.ts';
import { addLineOptions, findBundleReader } from './bundle-reader.ts';
import type { LineOptions } from './bundle-reader.ts';

interface Options extends LineOptions {
  readonly grep?: RegExp;
  readonly user?: string;
  readonly status?: readonly string[];
  readonly since?: Date;
  readonly until?: Date;
}

export function showCommand(): Command {
  return addLineOptions(
    new Command('show')
      .summary('show the lines of a log bundle')
      .description(
        'Shows the lines of a log bundle, all pods and events in order of time. It reads the compressed files ' +
          'as streams, so the size does not matter. A terminal gets a pager (PURSER_PAGER, PAGER, less).',
      )
      .argument('[bundle]', 'a name from `purser logs list`, or the beginning of one', 'latest')
      .option(
        '-g, --grep <regexp>',
        'only lines that match (JavaScript; (?i:…) ignores case)',
        parseGrep,
      )
      .option('-u, --user <name>', 'only lines that name this user; * stands for anything')
      .option(
        '-s, --status <list>',
        'only lines with these HTTP statuses: 404, 5xx or 401,403',
        parseStatus,
      )
      .option(
        '--since <time>',
        'from then on: 30m, 2h, 7d ago, or 2026-11-23T08:00:00Z',
        parseSince,
      )
      .option('--until <time>', 'up to then, in the same form', parseSince),
  )
    .addHelpText(
      'after',
      `
Examples:
  $ purser logs show                                       the newest bundle
  $ purser logs show 20261123T1 --status 5xx
  $ purser logs show latest --user alice --since 30m
  $ purser logs show --grep 'level=(error|warning)' --pod 'image-registry-*' | less`,
    )
    .action(async (bundle: string, _options: unknown, command: Command) => {
      await show(bundle, command.optsWithGlobals<Options>());
    });
}

async function show(wanted: string, options: Options): Promise<void> {
  const { reader } = await findBundleReader(options);
  const manifest = await reader.find(wanted);
  const { grep, user, status: statuses, pod } = options;
  const [since, until] = [toStoredTime(options.since), toStoredTime(options.until)];
  const choice = { grep, user, statuses, pod, since, until };
  const sources = reader.sources(manifest, choice);
  refuseUnknownPod(pod, manifest);
  const prefixOf = options.prefix ? prefixes(sources) : () => '';
  const clean = cleanerFor(options);
  const output = openPager();
  let shown = 0;
  for await (const lines of reader.lines(manifest, choice)) {
    const texts = lines.flatMap(({ source, line }) => [
      Buffer.from(prefixOf(source)),
      clean(line),
      LINE_FEED,
    ]);
    shown += lines.length;
    if (!(await output.write(Buffer.concat(texts)))) break;
  }
  await output.close();
  if (shown === 0) process.stderr.write(`purser: no matching lines in ${manifest.bundle}\n`);
}

const LINE_FEED = Buffer.from('\n');

// A time in the form of the stored lines: with nanoseconds, so that times compare as texts.
function toStoredTime(time: Date | undefined): string | undefined {
  return time?.toISOString().replace('Z', '000000Z');
}

function refuseUnknownPod(
  pod: string | undefined,
  { bundle, sources }: { readonly bundle: string; readonly sources: readonly Source[] },
): void {
  const pods = [...new Set(sources.flatMap((source) => source.pod ?? []))];
  if (pod === undefined || pod.includes('*') || pods.includes(pod)) return;
  throw new PurserError(
    'InvalidRequest',
    `there is no pod ${JSON.stringify(pod)} in ${bundle}; it has ${pods.join(', ') || 'none'}`,
  );
}

function prefixes(sources: readonly Source[]): (source: Source) => string {
  const color = colorsOf(sources.map(nameOf));
  const known = new Map(sources.map((source) => [source, `${color(nameOf(source))} `]));
  return (source) => known.get(source) ?? '';
}

function nameOf({ kind, namespace, pod, container, previous }: Source): string {
  if (kind === 'events') return `events/${namespace}`;
  return `${pod}/${container}${previous ? '(previous)' : ''}`;
}

function parseGrep(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    const reason = errorMessage(error);
    throw new InvalidArgumentError(`${reason}.`);
  }
}

function parseStatus(text: string): readonly string[] {
  return text.split(',').map((each) => {
    if (/^[1-5](\d\d|xx)$/i.test(each)) return each;
    throw new InvalidArgumentError(
      `${JSON.stringify(each)} is not an HTTP status; write 404, 5xx or 401,403.`,
    );
  });
}
