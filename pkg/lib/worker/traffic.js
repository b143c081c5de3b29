// What a worker asks of the network: files by the browser's own list, and bytes by a look at whatever is handed to a way out.

import { observeRequests } from '../shared/requests.js';

/** Requests of these kinds carry nothing but their address. */
const WITHOUT_BODY = ['GET', 'HEAD'];

/** @param {(traffic: import('../shared/protocol.js').Traffic[]) => void} tell */
export function watchTraffic(tell) {
  observeRequests((requests) => tell(requests.map(({ at, file }) => ({ at, file }))));
  // A worker's global scope is the package's own: nobody else's calls go through what follows.
  const sent = (/** @type {number} */ bytes) => tell([{ at: performance.timeOrigin + performance.now(), sent: bytes }]);
  const { fetch } = self;
  self.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (WITHOUT_BODY.includes(request.method)) return fetch(input, init);
    sent((await request.clone().arrayBuffer()).byteLength);
    return fetch(request);
  };
  for (const way of [self.XMLHttpRequest, self.WebSocket]) {
    const { send } = way.prototype;
    way.prototype.send = function (/** @type {any} */ data) {
      if (data) void new Response(data).arrayBuffer().then(({ byteLength }) => sent(byteLength));
      send.call(this, data);
    };
  }
}
