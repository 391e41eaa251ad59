export { delinquentAccount } from './delinquent-account.js';
export { fireDrill } from './fire-drill.js';
export { sweep } from './sweep.js';
