/** `arn:partition:service:region:account:resource`. */
export type Arn = {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  readonly resource: string;
};

/** `null` for what is no ARN. Pure. */
export function arnOf(text: string): Arn | null {
  const [prefix, partition = '', service = '', region = '', account = '', ...rest] = text.split(':');
  const resource = rest.join(':');
  return prefix === 'arn' && resource !== '' ? { partition, service, region, account, resource } : null;
}

/** What stands behind the last slash or colon: an instance's id, a service's name. */
export const lastOf = (arn: string): string => /[^/:]+$/.exec(arn)?.[0] ?? '';
