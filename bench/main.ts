import { Command, InvalidArgumentError } from 'commander';
import { reportFailure } from '../src/cli/exit.ts';
import { outputOption } from '../src/cli/options.ts';
import { benchHealthChecks } from './health/checks.ts';
import type { HealthChecksBenchOptions } from './health/checks.ts';
import { benchHealthOutage } from './health/outage.ts';
import type { HealthOutageBenchOptions } from './health/outage.ts';
import { benchHealthSchedules } from './health/schedules.ts';
import type { HealthSchedulesBenchOptions } from './health/schedules.ts';
import { benchLogs } from './logs/logs.ts';
import type { LogsBenchOptions } from './logs/logs.ts';
import { benchLogsStream } from './logs/stream.ts';
import type { LogsStreamBenchOptions } from './logs/stream.ts';
import { benchOnboard } from './onboard/onboard.ts';
import type { OnboardBenchOptions } from './onboard/onboard.ts';
import { benchStart } from './start.ts';
import type { StartBenchOptions } from './start.ts';
import { benchWho } from './who.ts';
import type { WhoBenchOptions } from './who.ts';

const program = new Command('bench')
  .description('Measures Purser on this machine, beside what else does the same.')
  .option('--debug', 'show stack traces');

program
  .command('onboard')
  .summary('onboardings: Purser, a shell script and the floor, side by side')
  .description(
    'Onboards users on a sandbox of its own: by Purser, by a script of kubectl,\n' +
      'curl and skopeo (KUBECTL may name another kubectl), and by workflows that\n' +
      'do nothing or only make as many calls. Then by seven single commands.',
  )
  .option('--users <number>', 'onboardings a turn', parseCount, 40)
  .option('--rounds <number>', 'how often each has its turn', parseCount, 3)
  .option('--parallel <number>', 'onboardings at once (script: 8 and 1)', parseCount, 16)
  .addOption(outputOption())
  .addHelpText('after', '\nExample:\n  $ npm run bench -- onboard --users 40 --rounds 3')
  .action(async (options: OnboardBenchOptions) => {
    process.exitCode = await benchOnboard(options);
  });

program
  .command('start')
  .summary('how long a warm `npm start` takes to a proven onboarding')
  .option('--runs <number>', 'runs after the one that warms it', parseCount, 3)
  .addOption(outputOption())
  .addHelpText('after', '\nExample:\n  $ npm run bench -- start')
  .action(async (options: StartBenchOptions) => {
    process.exitCode = await benchStart(options);
  });

program
  .command('health')
  .summary('what the health checks cost by themselves: wall time, API requests, CPU and memory')
  .option('--runs <number>', 'runs of each check', parseCount, 20)
  .option('--targets <number>', 'targets that are checked within a minute', parseCount, 200)
  .addHelpText('after', '\nExample:\n  $ npm run bench -- health --targets 200')
  .action(async (options: HealthChecksBenchOptions) => {
    process.exitCode = await benchHealthChecks(options);
  });

program
  .command('health-schedules')
  .summary('many targets on schedules of a minute, one worker: CPU, memory, runs')
  .option('--targets <number>', 'targets, each with a schedule', parseCount, 200)
  .option('--minutes <number>', 'how long', parseCount, 3)
  .addHelpText('after', '\nExample:\n  $ npm run bench -- health-schedules --minutes 10')
  .action(async (options: HealthSchedulesBenchOptions) => {
    process.exitCode = await benchHealthSchedules(options);
  });

program
  .command('health-outage')
  .summary('from the start of a write outage to the alert, at the default interval')
  .option('--targets <number>', 'targets, each checked at another second', parseCount, 8)
  .option('--rounds <number>', 'outages, one after the other', parseCount, 3)
  .addHelpText('after', '\nExample:\n  $ npm run bench -- health-outage --rounds 3')
  .action(async (options: HealthOutageBenchOptions) => {
    process.exitCode = await benchHealthOutage(options);
  });

program
  .command('who')
  .summary('`purser logs who` over a month of log bundles, its start included')
  .option('--bundles <number>', 'how many, one a day', parseCount, 30)
  .option('--mb <number>', 'of log in each, before it is compressed', parseCount, 100)
  .option('--runs <number>', 'of each question', parseCount, 5)
  .addOption(outputOption())
  .addHelpText('after', '\nExample:\n  $ npm run bench -- who')
  .action((options: WhoBenchOptions) => {
    process.exitCode = benchWho(options);
  });

program
  .command('logs')
  .summary("a registry's log through the API server: Purser, kubectl and zstd, the floor")
  .description(
    'Collects a registry log on a sandbox of its own: by Purser (read, redacted,\n' +
      'compressed, indexed, sealed), by kubectl logs --timestamps | zstd -3\n' +
      '(KUBECTL may name another kubectl), and by reading it only.',
  )
  .option('--mib <number>', 'how much log', parseCount, 256)
  .option('--rounds <number>', 'how often each has its turn', parseCount, 3)
  .addOption(outputOption())
  .addHelpText('after', '\nExample:\n  $ npm run bench -- logs --mib 1024 --rounds 3')
  .action(async (options: LogsBenchOptions) => {
    process.exitCode = await benchLogs(options);
  });

program
  .command('logs-stream')
  .summary('the stream of logs alone: read, redact, compress, index')
  .option('--mib <number>', 'how much log', parseCount, 256)
  .option('--rounds <number>', 'how often', parseCount, 3)
  .addOption(outputOption())
  .addHelpText('after', '\nExample:\n  $ npm run bench -- logs-stream --mib 1024')
  .action(async (options: LogsStreamBenchOptions) => {
    process.exitCode = await benchLogsStream(options);
  });

try {
  await program.parseAsync();
} catch (error) {
  reportFailure(error, program.opts<{ debug?: boolean }>().debug === true);
}

function parseCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1) return count;
  throw new InvalidArgumentError('It must be a whole number from 1.');
}
