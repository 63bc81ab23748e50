import type { Configuration, KoaContextWithOIDC } from 'oidc-provider';

/** What the provider shows to people; app.ts brings the pages. */
export type ProviderPages = {
  renderError: NonNullable<Configuration['renderError']>;
  logoutSource: (ctx: KoaContextWithOIDC, form: string) => void;
  postLogoutSuccessSource: (ctx: KoaContextWithOIDC) => void;
  device: Pick<DeviceFlow, 'userCodeInputSource' | 'userCodeConfirmSource' | 'successSource'>;
};

type DeviceFlow = NonNullable<NonNullable<Configuration['features']>['deviceFlow']>;
