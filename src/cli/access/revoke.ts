import { Command } from 'commander';
import { parseRequest } from '../../domain/request.ts';
import { revokeRequestSchema } from '../../access/model/request.ts';
import { formatSubject, parseTyped } from '../../domain/subject.ts';
import { startRevoke } from '../../temporal/starts.ts';
import { findTarget, withClient, workflowLink } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { collect, outputOption, callerName, targetOption } from '../options.ts';
import { watch } from '../display/watch.ts';

interface Options extends GlobalOptions {
  readonly access: readonly string[];
  readonly target?: string;
  readonly reason?: string;
  readonly requestedBy: string;
  readonly proveAs?: string;
  readonly withOthers?: boolean;
  readonly ignoreNotFound?: boolean;
  readonly output: 'text' | 'json';
}

export function revokeCommand(): Command {
  return new Command('revoke')
    .summary('take an access back, and prove the refusal')
    .description(
      "Deletes Purser's own bindings for these accesses, then tries to use them and expects a refusal. " +
        "It uses what the binding records, not today's configuration. First it cancels an open onboarding " +
        'of one of these accesses. You can repeat a revocation: an access that is gone already counts as ' +
        'revoked if an archived report shows that Purser granted it. If another tool or user made a binding, ' +
        'or added subjects to it, the binding is reported and stays; the other accesses are still revoked. ' +
        'A revocation is never undone.',
    )
    .argument('<subject>', 'alice, group/devs or sa/team-a:ci')
    .requiredOption(
      '-a, --access <access>',
      'which access (repeatable); see `purser access list`',
      collect,
    )
    .addOption(targetOption())
    .option('-r, --reason <text>', 'why; stored in the report')
    .option('--requested-by <name>', 'who asked; recorded as claimed', callerName())
    .option('--prove-as <member>', 'for a group: prove the refusal with the rights of this member')
    .option(
      '--with-others',
      'delete a binding although others were added to it by hand, or it was changed',
    )
    .option('--ignore-not-found', 'an access that Purser never granted is no failure')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  $ purser revoke alice --access pull:team-a
  $ purser revoke ServiceAccount/team-a:ci --access push:team-a --reason "pipeline retired"
  $ purser revoke Group/devs --access pull:team-a --prove-as carol

Exit codes: 0 revoked and refused, or nothing to revoke with --ignore-not-found,
            1 failed (the report says what was revoked), 2 bad usage,
            3 revoked, but the refusal is not proven.`,
    )
    .action(async (subject: string, _options: unknown, command: Command) => {
      process.exitCode = await revoke(subject, command.optsWithGlobals<Options>());
    });
}

async function revoke(subject: string, options: Options): Promise<number> {
  const { loaded, target } = findTarget(options);
  const request = parseRequest(revokeRequestSchema, {
    target,
    subject: parseTyped(subject),
    accesses: options.access,
    requestedBy: options.requestedBy,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.proveAs === undefined ? {} : { proveAs: options.proveAs }),
    ...(options.withOthers === undefined ? {} : { withOthers: options.withOthers }),
    ...(options.ignoreNotFound === undefined ? {} : { ignoreNotFound: options.ignoreNotFound }),
  });
  return withClient(loaded, async (client) => {
    const handle = await startRevoke(client, request);
    if (options.output === 'text') {
      const { accesses } = request;
      const who = formatSubject(request.subject);
      process.stdout.write(`Revoking ${who}: ${accesses.join(', ')} on ${target}\n`);
    }
    return watch(handle, {
      output: options.output,
      link: workflowLink(loaded, handle.workflowId),
      onInterrupt: `${handle.workflowId} goes on without you`,
    });
  });
}
