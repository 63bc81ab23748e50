/**
 * The resource-server library: what a provincial service needs to refuse tokens that do not reach its level.
 *
 * It owns introspection (RFC 7662), verification of JWT access tokens (RFC 9068) and of proofs of possession (RFC
 * 9449, 8705), the decision, and the challenge that brings the citizen back stronger (RFC 6750, RFC 9470). It imports
 * nothing of the provider and, of npm, only jose, so that a service can take it alone.
 */
export { buildChallenge, type Challenge, parseChallenge } from './challenge.ts';
export { type Asker, type Decision, decide, type Refusal, type Requirement } from './decide.ts';
export { GuardError, type GuardErrorCode } from './errors.ts';
export { forExpress } from './express.ts';
export { forFastify } from './fastify.ts';
export { forFetch } from './fetch.ts';
export { createGuard, type Guard, type GuardOptions, type GuardRequest } from './guard.ts';
export { type Citizen, forKoa, principalOf } from './koa.ts';
export { highest, isLevel, type Level, levels, lower, reaches } from './levels.ts';
export type { Inactive, Principal } from './principal.ts';
