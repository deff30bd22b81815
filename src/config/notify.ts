import { z } from 'zod';
import { hasUserInfo } from '../domain/wire/user-info.ts';
import { SEVERITIES } from '../alerts/model/alert.ts';
import { SECRETS } from './secrets.ts';

/** The location of a secret: never purser.yaml itself, which is shown to others. */
const secretSchema = z
  .union(
    [
      z.strictObject({
        /** The secret is its content without the white space around it. */
        file: z.string().min(1),
      }),
      z.strictObject({ env: z.string().regex(/^[A-Za-z_]\w*$/, { error: 'name a variable' }) }),
    ],
    { error: 'write {file: PATH} or {env: NAME}; the secret itself must not be in purser.yaml' },
  )
  .register(SECRETS, { secret: true });

const routing = {
  /** Its name in `purser notify test`, messages and metrics. */
  name: z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, {
    error: 'take small letters, digits and dashes, 40 at most',
  }),
  /** The targets whose alerts it gets; `*` matches anything. */
  targets: z.array(z.string().min(1)).min(1).default(['*']),
  /** The lowest severity: `warning` includes all. */
  severity: z.enum(SEVERITIES).default('warning'),
};

/** A PEM file with the CA of the server, in place of the usual authorities. */
const ca = z.string().optional();
const url = z.url({ protocol: /^https?$/, error: 'write an http or https URL' });

const alertmanagerFields = z.strictObject({
  ...routing,
  type: z.literal('alertmanager'),
  /** Of Alertmanager itself, without /api/v2/alerts. */
  url,
  /** A bearer token. */
  token: secretSchema.optional(),
  /** Basic authentication, in place of the token. */
  user: z
    .string()
    .regex(/^[^:]+$/, { error: 'has no ":" in it' })
    .optional(),
  password: secretSchema.optional(),
  ca,
  labels: z.record(z.string().regex(/^[a-zA-Z_]\w*$/), z.string()).default({}),
  /** How long an alert stays open without an update of Purser: longer than the time between checks. */
  keepForHours: z.number().positive().max(168).default(4),
});

// A check of the whole entry, so that the error does not repeat the address with its password.
const alertmanagerSchema = alertmanagerFields
  .refine(({ url: at }) => !hasUserInfo(at), {
    error:
      'its url holds a user name or a password; set user and password ({file: PATH} or {env: NAME})',
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    error: 'user and password go together',
  })
  .refine(({ token, password }) => token === undefined || password === undefined, {
    error: 'has a token and a password; keep one of them',
  });

const webhookSchema = z
  .strictObject({
    ...routing,
    type: z.literal('webhook'),
    url,
    /** The key of the signature. */
    secret: secretSchema,
    ca,
  })
  .refine(({ url: at }) => !hasUserInfo(at), {
    error:
      'its url holds a user name or a password, which is not sent: a receiver knows Purser by the signature; take it out',
  });

const slackSchema = z.strictObject({
  ...routing,
  type: z.literal('slack'),
  /** The URL is itself the secret. */
  url: secretSchema,
  ca,
});

const address = z.string().regex(/^\P{Cc}*@\P{Cc}*$/u, { error: 'write an address of mail' });

const mailSchema = z
  .strictObject({
    ...routing,
    type: z.literal('mail'),
    host: z.string().min(1),
    port: z.int().min(1).max(65_535).default(587),
    /** `starttls` (port 587), `implicit` (port 465), or `none`, which takes no password. */
    tls: z.enum(['starttls', 'implicit', 'none']).default('starttls'),
    from: address,
    to: z.array(address).min(1),
    user: z.string().optional(),
    password: secretSchema.optional(),
    ca,
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    error: 'user and password go together',
  })
  .refine(({ tls, password }) => tls !== 'none' || password === undefined, {
    error: 'a password is not sent without TLS: take tls: starttls or implicit',
  });

/** `notify:` of purser.yaml. */
export const notifySchema = z
  .array(z.discriminatedUnion('type', [alertmanagerSchema, webhookSchema, slackSchema, mailSchema]))
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, {
    error: 'each notifier needs a name of its own',
  })
  .default([]);

type NotifierConfig = Readonly<z.infer<typeof notifySchema>[number]>;

/** A path in the file means the same from every folder that Purser is started in. */
export function withAbsolutePaths(
  notifier: NotifierConfig,
  absolute: (file: string) => string,
): NotifierConfig {
  const caOf = (file: string | undefined) => (file === undefined ? {} : { ca: absolute(file) });
  const secret = (source: z.infer<typeof secretSchema>) =>
    'file' in source ? { file: absolute(source.file) } : source;
  switch (notifier.type) {
    case 'alertmanager': {
      const { token, password } = notifier;
      return {
        ...notifier,
        ...caOf(notifier.ca),
        ...(token === undefined ? {} : { token: secret(token) }),
        ...(password === undefined ? {} : { password: secret(password) }),
      };
    }
    case 'webhook':
      return { ...notifier, ...caOf(notifier.ca), secret: secret(notifier.secret) };
    case 'slack':
      return { ...notifier, ...caOf(notifier.ca), url: secret(notifier.url) };
    case 'mail': {
      const { password } = notifier;
      const kept = password === undefined ? {} : { password: secret(password) };
      return { ...notifier, ...caOf(notifier.ca), ...kept };
    }
  }
}
