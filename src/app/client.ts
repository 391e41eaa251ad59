export type { Account, AccountPage } from './accounts.js';
export { bannerAnswer, type BannerAnswer } from './banner-answer.js';
export * from './contract.js';
export { ForbearError, forbearErrorCodes, type ForbearErrorCode } from './errors.js';
export {
  createForbearClient,
  type AccountsQuery,
  type ForbearClient,
  type ForbearClientOptions,
} from './forbear-client.js';
export { createAccessReader, type AccessReader, type ReaderOptions } from './reader.js';
export type { Reading, WhenUnknown } from './reading.js';
export type { AccessChange } from './change.js';
export { followAccess, type Following, type FollowOptions } from './follow.js';
export { createReceiver, type Receiver, type ReceiverOptions } from './receiver.js';
