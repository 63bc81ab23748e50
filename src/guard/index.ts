/**
 * The resource-server library: what a provincial service needs to refuse tokens that do not reach its level.
 *
 * It owns introspection (RFC 7662), the decision, and the challenge that brings the citizen back stronger (RFC 6750,
 * RFC 9470). It imports nothing of the provider, so that a service can take this folder alone. It keeps no state and
 * no cache: every request asks what the token is worth now.
 */
export { buildChallenge, type Challenge, parseChallenge } from './challenge.ts';
export { GuardError, type GuardErrorCode } from './errors.ts';
export {
  type Asker,
  createGuard,
  type Decision,
  decide,
  type Guard,
  type GuardOptions,
  type Refusal,
  type Requirement,
} from './guard.ts';
export { type Inactive, type IntrospectOptions, introspect, type Principal } from './introspect.ts';
export { principalOf, requireLevel } from './koa.ts';
export { highest, isLevel, type Level, levels, lower, reaches } from './levels.ts';
