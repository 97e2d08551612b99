/**
 * Who may use the server. It listens on the loopback interface, but a browser on this machine reaches that for every web
 * page it shows: a page may open a WebSocket anywhere (its `Origin` tells), and a page whose own name was pointed at
 * 127.0.0.1 counts as that server's own (its `Host` tells). A fork has a live chain's genesis hash, so this matters.
 */

import type { IncomingMessage } from 'node:http';

/** The names of this machine; a port may follow: an SSH tunnel keeps the name and changes the port. */
const LOOPBACK = String.raw`(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?`;
const HOST = new RegExp(`^${LOOPBACK}$`, 'i');
/** A page that this machine serves itself, such as a wallet that is being developed. */
const ORIGIN = new RegExp(`^https?://${LOOPBACK}$`, 'i');

/** Why a request is refused; undefined when it is not. Programs send no `Origin`, and are known by their `Host` alone. */
export function refusalOf(request: Pick<IncomingMessage, 'rawHeaders'>): string | undefined {
  const hosts = valuesOf(request, 'host');
  if (hosts.length !== 1 || !HOST.test(hosts[0]!)) {
    return 'The Host header must name this machine: 127.0.0.1, localhost or [::1].';
  }
  const origins = valuesOf(request, 'origin');
  if (origins.length > 1 || !origins.every((origin) => ORIGIN.test(origin))) {
    return 'Web pages of other origins may not use this server.';
  }
  return undefined;
}

/** As they were sent: Node keeps the first of two and joins others. */
function valuesOf({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>, name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
}
