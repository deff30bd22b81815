import { createAuthorize } from '../authorization/authorize.ts';
import { deleteBlob, getBlob, pruneBlob } from '../content/blobs.ts';
import { errorReply, Refusal } from './errors.ts';
import type { Exchange } from './exchange.ts';
import type { Authorised, FrontServices } from './handling.ts';
import { listCatalog, listTags } from '../content/lists.ts';
import type { Log } from '../telemetry/log.ts';
import { deleteManifest, getManifest, putManifest } from '../content/manifests.ts';
import { emptyReply, jsonReply, textReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { routeOf } from './routes.ts';
import type { Route } from './routes.ts';
import { createTokenRoute } from '../authorization/token-route.ts';
import { getSignatures, putSignature } from '../content/signatures.ts';
import { upload } from '../content/uploads.ts';

type Handle = (services: FrontServices, exchange: Authorised) => Promise<Reply>;
type Methods = Readonly<Record<string, Handle>>;

/** The app: every answer has the API version header, and dispatched ones the signature header too. */
export function createDispatch(services: FrontServices, log: Log) {
  const authorize = createAuthorize(services);
  const token = createTokenRoute({ ...services, log });

  const dispatched = async (exchange: Exchange, route: Route): Promise<Reply> => {
    const named = { ...exchange, log: exchange.log.with(varsOf(route)) };
    const authorization = await authorize(named, route);
    if (!authorization.granted) {
      return authorization.reply;
    }
    const methods = methodsOf(route);
    const allowed = services.faults.current.readOnly === true ? readOnly(methods) : methods;
    const handle = allowed['*'] ?? allowed[exchange.method];
    if (handle === undefined) {
      const allow = Object.keys(allowed).sort().join(', ');
      return textReply(405, 'Method not allowed', { Allow: allow });
    }
    const reply = await guarded(handle, services, { ...named, ...authorization });
    return { ...reply, completed: authorization.caller };
  };

  return async (exchange: Exchange): Promise<Reply> => {
    const route = routeOf(exchange.path);
    switch (route.kind) {
      case 'none':
        return stamped(textReply(404, '404 page not found'));
      case 'slash':
        return stamped(moved(route.location, exchange.method));
      case 'token':
        return stamped(await token(exchange));
      case 'metrics':
      case 'admin-blob':
        return exchange.method === (route.kind === 'metrics' ? 'GET' : 'DELETE')
          ? signed(await dispatched(exchange, route))
          : stamped(emptyReply(405));
      default:
        return signed(await dispatched(exchange, route));
    }
  };
}

async function guarded(
  handle: Handle,
  services: FrontServices,
  exchange: Authorised,
): Promise<Reply> {
  try {
    return await handle(services, exchange);
  } catch (error) {
    if (error instanceof Refusal) {
      return error.reply;
    }
    exchange.signal.throwIfAborted();
    return errorReply('UNKNOWN', { detail: {}, printed: String(error) });
  }
}

function methodsOf(route: Route): Methods {
  switch (route.kind) {
    case 'base':
      return { '*': async () => jsonAsIs('{}') };
    case 'metrics':
      return { GET: async ({ metrics }) => metricsReply(metrics.text()) };
    case 'catalog':
      return { GET: listCatalog };
    case 'tags':
      return { GET: (services, exchange) => listTags(services, exchange, route.name) };
    case 'manifest':
      return {
        GET: (services, exchange) => getManifest(services, exchange, route),
        HEAD: (services, exchange) => getManifest(services, exchange, route),
        PUT: (services, exchange) => putManifest(services, exchange, route),
        DELETE: (services, exchange) => deleteManifest(services, exchange, route),
      };
    case 'blob':
      return {
        GET: (services, exchange) => getBlob(services, exchange, route),
        HEAD: (services, exchange) => getBlob(services, exchange, route),
        DELETE: (services, exchange) => deleteBlob(services, exchange, route),
      };
    case 'uploads':
    case 'upload':
      return {
        GET: upload,
        HEAD: upload,
        POST: upload,
        PATCH: upload,
        PUT: upload,
        DELETE: upload,
      };
    default:
      return openshiftMethodsOf(route);
  }
}

/** What OpenShift adds to distribution's routes. */
function openshiftMethodsOf(route: Route): Methods {
  switch (route.kind) {
    case 'signatures':
      return {
        GET: (services, exchange) => getSignatures(services, exchange, route),
        PUT: (services, exchange) => putSignature(services, exchange, route),
      };
    case 'admin-blob':
      return { '*': (services) => pruneBlob(services, route.digest) };
    default:
      return {};
  }
}

/** Go's http.Redirect: only a GET has a body that names the target. */
function moved(location: string, method: string): Reply {
  return {
    status: 301,
    headers: {
      Location: location,
      ...(method === 'GET' || method === 'HEAD'
        ? { 'Content-Type': 'text/html; charset=utf-8' }
        : {}),
    },
    ...(method === 'GET' ? { body: `<a href="${location}">Moved Permanently</a>.\n\n` } : {}),
  };
}

/** Without the write methods; they are refused only after authorization (facts 1.9). */
function readOnly(methods: Methods): Methods {
  return Object.fromEntries(
    Object.entries(methods).filter(([method]) => ['*', 'GET', 'HEAD'].includes(method)),
  );
}

function jsonAsIs(body: string): Reply {
  return { ...jsonReply({}), body };
}

function metricsReply(text: string): Reply {
  return {
    status: 200,
    headers: { 'Content-Type': 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores' },
    body: text,
  };
}

function varsOf(route: Route): Readonly<Record<string, string>> {
  return {
    ...('name' in route ? { 'vars.name': route.name } : {}),
    ...('reference' in route ? { 'vars.reference': route.reference } : {}),
    ...('digest' in route ? { 'vars.digest': route.digest } : {}),
    ...('uuid' in route ? { 'vars.uuid': route.uuid } : {}),
  };
}

function stamped(reply: Reply): Reply {
  return {
    ...reply,
    headers: { 'Docker-Distribution-API-Version': 'registry/2.0', ...reply.headers },
  };
}

function signed(reply: Reply): Reply {
  const { headers, ...rest } = stamped(reply);
  return { ...rest, headers: { 'X-Registry-Supports-Signatures': '1', ...headers } };
}
