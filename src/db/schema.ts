export * from './schema/accounts.js';
export * from './schema/intake.js';
export * from './schema/policies.js';
export * from './schema/cases.js';
export * from './schema/effects.js';
export * from './schema/access.js';
export * from './schema/audit.js';
export * from './schema/webhooks.js';
