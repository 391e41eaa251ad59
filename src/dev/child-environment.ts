// Settings of the person's own shell that would lead a child to other servers than this stack's.
const ours = /^(STRIPE_|TEMPORAL_|SMTP_|PG[A-Z]|DATABASE_URL$|MAIL_FROM$)/;

/**
 * What every child inherits: the given environment without the settings that this stack makes itself. No proxy stands
 * between its parts (gRPC clients would ask one even for 127.0.0.1).
 */
export function childEnvironment(
  inherited: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(inherited)) {
    if (value !== undefined && !ours.test(name)) kept[name] = value;
  }
  const direct = [inherited.NO_PROXY ?? inherited.no_proxy, '127.0.0.1', 'localhost']
    .filter(Boolean)
    .join(',');
  return { ...kept, NO_PROXY: direct, no_proxy: direct };
}
