// Temporal takes a failure converter by its path only, and requires it; the bundle of the workflows takes it in.
const { DefaultFailureConverter } = require('@temporalio/common');

/** Puts messages and stacks of failures where the payload codec encrypts them. */
exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
