export { delinquentAccount } from './delinquent-account.js';
export { sweep } from './sweep.js';
