/** Whether a URL contains a user name or a password, which clients would show, or never send. */
export function hasUserInfo(url: string | undefined): boolean {
  const parsed = url === undefined ? null : URL.parse(url);
  return parsed !== null && (parsed.username !== '' || parsed.password !== '');
}
