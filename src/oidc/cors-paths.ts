/** The provider's endpoints that pages of registered clients may call, and how (CORS; http/cors guards the preflights). */
export const providerPaths: ReadonlyMap<string, string> = new Map([
  ['/token', 'POST'],
  ['/me', 'GET,POST'],
  ['/token/revocation', 'POST'],
  ['/token/introspection', 'POST'],
  ['/request', 'POST'],
  ['/device/auth', 'POST'],
]);
