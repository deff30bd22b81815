import { Command, Option } from 'commander';
import type { AuditResult } from '../../logs/audit/query-run.ts';
import type { Action } from '../../logs/audit/query.ts';
import type { WhoAnswer } from '../../logs/read/run-query.ts';
import { formatDuration } from '../../domain/duration.ts';
import { visible } from '../../domain/inputs/shown.ts';
import { parseSince } from '../since.ts';
import { counted, formatCount, formatTime } from '../display/amount.ts';
import { formatCsv } from './display/csv.ts';
import { formatJson } from '../display/json.ts';
import { formatTable } from '../display/table.ts';
import { targetOption } from '../options.ts';
import { findBundleReader } from './bundle-reader.ts';
import type { BundleReaderOptions } from './bundle-reader.ts';

const KNOWN_ACTIONS = [
  'pull',
  'push',
  'delete',
  'login',
  'refused',
] as const satisfies readonly Action[];

interface Options extends BundleReaderOptions {
  readonly user?: string;
  readonly repository?: string;
  readonly action?: Action;
  readonly since?: Date;
  readonly each?: boolean;
  readonly probes?: boolean;
  readonly output: 'table' | 'json' | 'csv';
}

export function whoCommand(): Command {
  return new Command('who')
    .summary('show who pulled, pushed, deleted, logged in or was refused')
    .description(
      'Shows who did what in the registry: how often, when first and last, and from which address. The answer comes from ' +
        "an index of the registry's own log lines, which each collection writes. Times without a bundle are not covered.",
    )
    .option(
      '-u, --user <name>',
      'only this user, such as alice or ServiceAccount/team-a:ci; * stands for anything',
    )
    .option('-r, --repository <name>', 'only this NAMESPACE/NAME; * stands for anything')
    .addOption(new Option('-a, --action <action>', 'only this action').choices(KNOWN_ACTIONS))
    .option(
      '--since <time>',
      'from then on: 30m, 2h, 7d ago, or 2026-11-23T08:00:00Z; exact to the hour',
      parseSince,
    )
    .option('--each', 'a row for each tag or digest, and for each address')
    .option('--probes', "also Purser's own proofs and probes")
    .addOption(
      new Option('-o, --output <format>', 'how to print')
        .choices(['table', 'json', 'csv'])
        .default('table'),
    )
    .addOption(targetOption())
    .addHelpText(
      'after',
      `
A pull or a push counts once, however many requests it takes. With --each,
"a part" marks a digest that was pulled only as part of something else: one
platform of an image list, or the image of a requested tag.

A name marked (claimed) is the client's own claim: the registry logs no user
when it issues or rejects a token. Requests that claim to be Purser's are left
out if one of Purser's reports has that proof, subject and time. All others are
marked (claims to be Purser).

Examples:
  $ purser logs who --action refused --since 1h
  $ purser logs who --repository 'team-a/*' --action push --since 7d
  $ purser logs who --user ServiceAccount/team-a:ci --each
  $ purser logs who --since 30d --output csv > access.csv`,
    )
    .action(async (_options: unknown, command: Command) => {
      await who(command.optsWithGlobals<Options>());
    });
}

async function who(options: Options): Promise<void> {
  const { reader, target } = await findBundleReader(options);
  const { repository, action, since, probes = false, each = false } = options;
  const user = options.user
    ?.replace(/^ServiceAccount\//, 'system:serviceaccount:')
    .replace(/^User\//, '');
  const answer = await reader.who({
    user,
    repository,
    action,
    since: since?.getTime(),
    probes,
    each,
  });
  if (answer.bundles === 0 && answer.unread.length === 0) {
    process.stderr.write(
      `purser: no log bundle of ${target} in ${reader.place}${since === undefined ? '' : ' covers that time'}; \`purser logs collect\` makes one\n`,
    );
  }
  process.stdout.write(PRINT[options.output](answer, each));
  for (const { bundle, reason } of answer.unread) {
    process.stderr.write(`${visible(`purser: ${bundle} is not in the answer: ${reason}`)}\n`);
  }
  if (answer.unread.length > 0) process.exitCode = 1;
}

const PRINT: Readonly<Record<Options['output'], (answer: WhoAnswer, each: boolean) => string>> = {
  table: printTable,
  json: (answer) => `${formatJson(answer)}\n`,
  csv: ({ answers }) => formatCsv(CSV_HEAD, answers.map(csvRow)),
};

const CSV_HEAD = [
  'user',
  'claimed',
  'action',
  'refused',
  'repository',
  'references',
  'count',
  'first',
  'last',
  'addresses',
  'claims purser',
  'requests',
  'layers only',
];

function csvRow(answer: AuditResult): readonly (string | number)[] {
  const {
    user,
    claimed,
    action,
    refused = '',
    repository,
    references,
    count,
    first,
    last,
    addresses,
    claimsPurser,
    requests,
    layersOnly = false,
  } = answer;
  return [
    user,
    String(claimed),
    action,
    refused,
    repository,
    references.join(' '),
    count,
    first,
    last,
    addresses.join(' '),
    String(claimsPurser),
    requests,
    String(layersOnly),
  ];
}

function printTable(answer: WhoAnswer): string {
  const { answers, bundles } = answer;
  if (bundles === 0) return '';
  const head = ['USER', 'DID', 'REPOSITORY', 'TAGS', 'TIMES', 'FIRST', 'LAST', 'FROM'];
  const cells = answers.map((each) => [
    userOf(each),
    actionText(each),
    each.repository,
    short(each.references.map(shortReference)),
    timesOf(each),
    formatTime(each.first),
    formatTime(each.last),
    short(each.addresses),
  ]);
  const table = answers.length === 0 ? 'no matching events' : formatTable(head, cells);
  return [table, '', ...notes(answer), ''].join('\n');
}

function actionText({ action, refused, layersOnly }: AuditResult): string {
  if (layersOnly === true) return `${action} (layers only)`;
  return refused === undefined ? action : `refused ${refused}`;
}

// The number of requests matters for refusals, not for pulls: a pull takes several requests.
function timesOf({ action, count, requests, layersOnly }: AuditResult): string {
  if (count === 0) return 'a part';
  const showsRequests = (action === 'refused' || layersOnly === true) && requests > count;
  return showsRequests
    ? `${formatCount(count)} (${formatCount(requests)} requests)`
    : formatCount(count);
}

function userOf({ user, claimed, claimsPurser }: AuditResult): string {
  const marks = [
    ...(claimed && user !== '' ? ['claimed'] : []),
    ...(claimsPurser ? ['claims to be Purser'] : []),
  ];
  const name = user === '' ? '(unknown)' : user;
  return marks.length === 0 ? name : `${name} (${marks.join('; ')})`;
}

// The first digits of a digest are enough to recognise it.
function shortReference(reference: string): string {
  return reference.replace(/^(sha256:[0-9a-f]{12})[0-9a-f]+$/, '$1');
}

function short(names: readonly string[]): string {
  const [first = '', ...more] = names;
  return more.length === 0 ? first : `${first} (+${more.length})`;
}

/** What limits the answer: gaps, and Purser's own requests that were left out. */
function notes({ bundles, from, to, gaps, probesLeftOut }: WhoAnswer): readonly string[] {
  const missing = gaps.reduce((sum, gap) => sum + Date.parse(gap.to) - Date.parse(gap.from), 0);
  return [
    `from ${counted(bundles, 'log bundle')}, ${formatTime(from ?? '')} to ${formatTime(to ?? '')}`,
    ...(gaps.length === 0
      ? []
      : [
          `${counted(gaps.length, 'gap')} in it, ${formatDuration(missing)} in all, without any log lines: \`purser logs verify --all\` lists them`,
        ]),
    ...(probesLeftOut === 0
      ? []
      : [
          `${formatCount(probesLeftOut)} by Purser's own proofs and probes left out (--probes shows them)`,
        ]),
  ];
}
