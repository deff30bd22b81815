import { Command } from 'commander';
import type { IdentityCheck, ProviderFinding } from '../../identity/model/provider-check.ts';
import { identityCheckRequestSchema } from '../../identity/model/request.ts';
import { parseRequest } from '../../domain/request.ts';
import { runCheckIdentity } from '../../temporal/starts.ts';
import { findTarget, withClient } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { EXIT } from '../exit.ts';
import { outputOption, targetOption } from '../options.ts';
import { formatJson } from '../display/json.ts';
import { formatIdentityCheck } from './display.ts';

interface Options extends GlobalOptions {
  readonly target?: string;
  readonly provider?: string;
  readonly user?: string;
  readonly output: 'text' | 'json';
}

export function identityCommand(): Command {
  return new Command('identity').description('check whether users can log in').addCommand(
    new Command('check')
      .summary('check the identity providers')
      .description(
        'Checks the identity providers of a cluster in full, as seen from its worker: required ' +
          'fields, Secrets and ConfigMaps, certificates, and whether each answers as OpenShift needs it. ' +
          'It tries no password, sends no client secret and changes nothing.',
      )
      .option('-p, --provider <name>', 'only this provider (default: all)')
      .option('-u, --user <name>', 'also look up this user, if that needs no password')
      .addOption(targetOption())
      .addOption(outputOption())
      .addHelpText(
        'after',
        `
Examples:
  $ purser identity check
  $ purser identity check --provider corp-ldap --user alice
  $ purser identity check --target prod --output json

Exit codes: 0 nothing is broken, 1 something is,
            2 bad usage (such as an unknown provider).`,
      )
      .action(async (_options: unknown, command: Command) => {
        process.exitCode = await check(command.optsWithGlobals<Options>());
      }),
  );
}

async function check(options: Options): Promise<number> {
  const { loaded, target } = findTarget(options);
  const { provider, user } = options;
  const request = parseRequest(identityCheckRequestSchema, {
    target,
    ...(provider === undefined ? {} : { provider }),
    ...(user === undefined ? {} : { user }),
  });
  const found = await withClient(loaded, (client) => runCheckIdentity(client, request));
  const text =
    options.output === 'json'
      ? formatJson(found)
      : formatIdentityCheck(found, process.stdout.columns);
  process.stdout.write(`${text}\n`);
  return isBroken(found) ? EXIT.failed : EXIT.proven;
}

function isBroken({ kind, providers, findings }: IdentityCheck): boolean {
  const broken = ({ severity }: ProviderFinding): boolean => severity === 'error';
  const hasNoLogin = kind === 'none' || (kind !== 'absent' && providers.length === 0);
  return (
    hasNoLogin || providers.some((each) => each.findings.some(broken)) || findings.some(broken)
  );
}
