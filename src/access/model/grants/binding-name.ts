// As bindingName (src/access/grants/binding-name.ts) makes them.
const BINDING = /^purser:[a-z-]{1,30}:(?:User|Group|ServiceAccount):[A-Za-z0-9@:._#-]{1,120}$/;

/** Whether a text can be the name of a binding that Purser made. Anybody may write a report's file. */
export function isBindingName(text: string): boolean {
  return BINDING.test(text);
}
