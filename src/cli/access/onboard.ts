import { Command, Option } from 'commander';
import { extraRights, parseAccess } from '../../access/model/access.ts';
import { onboardRequestSchema, proveSchema } from '../../access/model/request.ts';
import { parseRequest } from '../../domain/request.ts';
import { formatSubject, parseTyped } from '../../domain/subject.ts';
import { targetOf } from '../../config/load.ts';
import { startOnboard } from '../../temporal/starts.ts';
import { findTarget, withClient, workflowLink } from '../context.ts';
import type { GlobalOptions } from '../context.ts';
import { collect, outputOption, callerName, targetOption } from '../options.ts';
import { watch } from '../display/watch.ts';

interface Options extends GlobalOptions {
  readonly access: readonly string[];
  readonly target?: string;
  readonly reason?: string;
  readonly requestedBy: string;
  readonly prove: string;
  readonly proveAs?: string;
  readonly image?: string;
  readonly waitForLogin?: string;
  readonly beforeLogin?: boolean;
  readonly provision?: boolean;
  readonly provider?: string;
  readonly providerUser?: string;
  readonly wait: boolean;
  readonly output: 'text' | 'json';
}

export function onboardCommand(): Command {
  return new Command('onboard')
    .summary('give a subject access, and prove it')
    .description(
      'Checks that the subject can log in, makes the role bindings, and proves each access with the ' +
        "subject's own rights: login, pull, push, and what must be refused. If it fails, it is undone.",
    )
    .argument('<subject>', 'alice, group/devs or sa/team-a:ci')
    .requiredOption(
      '-a, --access <access>',
      'pull:NAMESPACE, push:NAMESPACE, admin:NAMESPACE, pull:* or metrics (repeatable)',
      collect,
    )
    .addOption(targetOption())
    .option('-r, --reason <text>', 'why; stored in the binding and in the report')
    .option('--requested-by <name>', 'who asked; recorded as claimed', callerName())
    .addOption(
      new Option('--prove <how>', 'required: fail if it cannot be proven; review: only ask the API')
        .choices(proveSchema.options)
        .default('if-possible'),
    )
    .option('--prove-as <member>', 'for a group: prove it with the rights of this member')
    .option(
      '--image <name:tag>',
      'prove the pull with this image; NAMESPACE/NAME:TAG for one of several',
    )
    .option(
      '--wait-for-login <duration>',
      'for a person: wait so long for their first login (90m, 7d); undo if they do not log in',
    )
    .option(
      '--before-login',
      'for a person who has not logged in: grant to the name (if the target has grant: before-login)',
    )
    .option('--provider <name>', 'the identity provider that must vouch for the person')
    .option('--provision', 'make User, Identity and mapping (providers of mappingMethod lookup)')
    .option(
      '--provider-user <name>',
      'their name in the Identity, after PROVIDER: (default: the same name; LDAP: as the directory says)',
    )
    .option('--no-wait', 'start it and print its id')
    .addOption(outputOption())
    .addHelpText(
      'after',
      `
Examples:
  $ purser onboard alice --access pull:team-a --access push:team-b --reason "joins the team"
  $ purser onboard ServiceAccount/team-a:ci --access push:team-a --prove required
  $ purser onboard Group/devs --access pull:team-a --prove-as carol
  $ purser onboard dana --access pull:team-a --wait-for-login 7d
  $ purser onboard prometheus --access metrics --output json

Exit codes: 0 proven, 1 failed and undone (the report says what is left),
            2 bad usage, 3 granted but not proven.`,
    )
    .action(async (subject: string, _options: unknown, command: Command) => {
      process.exitCode = await onboard(subject, command.optsWithGlobals<Options>());
    });
}

async function onboard(subject: string, options: Options): Promise<number> {
  const { loaded, target } = findTarget(options);
  const request = parseRequest(onboardRequestSchema, {
    target,
    subject: parseTyped(subject),
    accesses: options.access,
    prove: options.prove,
    requestedBy: options.requestedBy,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.proveAs === undefined ? {} : { proveAs: options.proveAs }),
    ...(options.image === undefined ? {} : { image: options.image }),
    ...loginOf(options),
  });
  return withClient(loaded, async (client) => {
    const handle = await startOnboard(client, request);
    const link = workflowLink(loaded, handle.workflowId);
    if (!options.wait) {
      process.stdout.write(`${handle.workflowId}\n${link === undefined ? '' : `${link}\n`}`);
      return 0;
    }
    if (options.output === 'text') announce(request, targetOf(loaded.config, target).roles);
    return watch(handle, {
      output: options.output,
      link,
      onInterrupt: `${handle.workflowId} goes on without you; \`purser cancel '${handle.workflowId}'\` cancels and undoes it`,
    });
  });
}

function loginOf({ waitForLogin, beforeLogin, provision, provider, providerUser }: Options) {
  return {
    ...(beforeLogin === undefined ? {} : { beforeLogin }),
    ...(waitForLogin === undefined ? {} : { waitForLogin }),
    ...(provision === undefined ? {} : { provision }),
    ...(provider === undefined ? {} : { provider }),
    ...(providerUser === undefined ? {} : { providerUser }),
  };
}

function announce(
  request: ReturnType<typeof onboardRequestSchema.parse>,
  roles: 'product' | 'least',
): void {
  const { subject, accesses, target } = request;
  process.stdout.write(
    `Onboarding ${formatSubject(subject)}: ${accesses.join(', ')} on ${target}\n`,
  );
  for (const access of accesses) {
    const beside = extraRights(parseAccess(access), roles);
    if (beside !== undefined) process.stdout.write(`  ${beside}\n`);
  }
}
