import type { IncomingMessage } from 'node:http';

const BODY = `<html>
  <head>
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Application is not available</title>
  </head>
  <body>
    <h1>Application is not available</h1>
    <p>The application is currently not serving requests at this endpoint. It may not have been started or is still starting.</p>
    <p>Possible reasons you are seeing this page:</p>
    <ul>
      <li><strong>The host doesn't exist.</strong> Make sure the hostname was typed correctly and that a route matching this hostname exists.</li>
      <li><strong>The host exists, but doesn't have a matching path.</strong> Check if the URL path was typed correctly and that the route was created using the desired path.</li>
      <li><strong>Route and path matches, but all pods are down.</strong> Make sure that the resources exposed by this route (pods, services, deployment configs, etc) have at least one pod running.</li>
    </ul>
  </body>
</html>
`;

/**
 * The answer of OpenShift's router itself if a route has no ready endpoint: HAProxy's error file, an
 * HTTP/1.0 answer, byte for byte (openshift/router's error-page-503.http; headers as on a cluster, the
 * page shortened).
 */
export const NOT_AVAILABLE = [
  'HTTP/1.0 503 Service Unavailable',
  'Pragma: no-cache',
  'Cache-Control: private, max-age=0, no-cache, no-store',
  'Connection: close',
  'Content-Type: text/html',
  '',
  BODY,
].join('\r\n');

/** HAProxy's own answer after a server has broken the connection. */
export const BAD_GATEWAY = [
  'HTTP/1.0 502 Bad Gateway',
  'Cache-Control: no-cache',
  'Connection: close',
  'Content-Type: text/html',
  '',
  '<html><body><h1>502 Bad Gateway</h1>\nThe server returned an invalid or incomplete response.\n</body></html>\n',
].join('\r\n');

/**
 * Written to the socket: Node's own answers are HTTP/1.1; the router's error pages are HTTP/1.0 and close
 * the connection.
 */
export function answerRaw(request: IncomingMessage, page: string): void {
  request.resume();
  request.socket.end(page);
}
