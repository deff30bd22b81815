// @peculiar/x509 wires itself by tsyringe, which will not load without the Reflect metadata polyfill and
// does not bring it. These four functions of it are all that the two use.
const known = new WeakMap<object, Map<unknown, unknown>>();

function define(key: unknown, value: unknown, target: object): void {
  const entries = known.get(target) ?? new Map<unknown, unknown>();
  known.set(target, entries.set(key, value));
}
function own(key: unknown, target: object): unknown {
  return known.get(target)?.get(key);
}
function inherited(key: unknown, target: object | null): unknown {
  return target === null
    ? undefined
    : (own(key, target) ?? inherited(key, Object.getPrototypeOf(target)));
}

if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, {
    defineMetadata: define,
    getOwnMetadata: own,
    getMetadata: inherited,
    metadata: (key: unknown, value: unknown) => (target: object) => define(key, value, target),
  });
}
