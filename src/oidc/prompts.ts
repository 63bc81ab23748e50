/**
 * What a client asks to be shown (OpenID Connect Core §3.1.2.1), read off the request wherever it came from: query,
 * request object or pushed.
 *
 * `select_account` is a new sign-in: a citizen has one account, and whoever else holds the phone chooses theirs at Zalo.
 *
 * `offline_access` without `prompt=consent`: §11 wants the scope ignored then, unless other conditions permit it; many
 * clients never send the prompt and would go without a refresh token, unaware. The condition here is the citizen's own
 * yes: the consent page is shown as if the client had asked for it.
 */
type Asked = {
  params?: Record<string, unknown> | undefined;
  client?: { grantTypeAllowed: (type: string) => boolean } | undefined;
};

export function promptsOf({ params, client }: Asked): Set<string> {
  const words = String(params?.prompt ?? '')
    .split(' ')
    .filter(Boolean);
  const prompts = new Set(words.map((word) => (word === 'select_account' ? 'login' : word)));
  const offline = String(params?.scope ?? '')
    .split(' ')
    .includes('offline_access');
  if (offline && !prompts.has('none') && client?.grantTypeAllowed('refresh_token')) prompts.add('consent');
  return prompts;
}
