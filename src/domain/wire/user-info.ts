/** Whether an URL holds a user name or a password: those that read it would show it, or never send it. */
export function hasUserInfo(url: string | undefined): boolean {
  const parsed = url === undefined ? null : URL.parse(url);
  return parsed !== null && (parsed.username !== '' || parsed.password !== '');
}
