/** What is told of an account, by webhook and by stream: `answer` is what `GET …/access` answers, as JSON. */
export const changeMessage = (answer: string, at: Date): string =>
  `{"type":"access.changed","timestamp":"${at.toISOString()}","data":${answer}}`;

/** Whether somebody is there; receivers answer it and do nothing. */
export const pingMessage = (at: Date): string =>
  `{"type":"endpoint.ping","timestamp":"${at.toISOString()}","data":{}}`;

/** As the receiver sees a delivery named, each time that it is tried. */
export const messageId = (delivery: string) => `msg_${delivery}`;
