export { delinquentAccount } from './delinquent-account.js';
