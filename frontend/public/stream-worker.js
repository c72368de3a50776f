// One event stream for all tabs of a browser. Runs as a SharedWorker; where there is none, as a plain worker per tab, of which
// one leads (Web Locks) and passes everything on (BroadcastChannel).
//
// To a tab: {state: 'live' | 'reconnecting'} and {data: '<StreamEvent as JSON>'}. From a tab: 'bye' (it closes), 'hi' (it is
// back), 'wake' (the network or the person is back).
'use strict';

const ADDRESS = '/api/v1/stream';
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 20000;

const ports = new Set();
let source = null;
let state = 'reconnecting';
let failures = 0;
let timer = 0;
let relay = null;

function tell(message) {
  for (const port of ports) port.postMessage(message);
  if (relay) relay.postMessage(message);
}

function become(next) {
  if (state !== next) {
    state = next;
    tell({ state });
  }
}

function open() {
  clearTimeout(timer);
  if (source || ports.size === 0) return;
  source = new EventSource(ADDRESS);
  source.onopen = () => {
    failures = 0;
    become('live');
  };
  source.onmessage = (event) => tell({ data: event.data });
  // Its own repeating ends at the first refused answer, so every repeat is ours.
  source.onerror = () => {
    close();
    become('reconnecting');
    const delay = Math.min(FIRST_DELAY_MS * 2 ** failures++, LONGEST_DELAY_MS);
    timer = setTimeout(open, delay * (0.75 + Math.random() / 2));
  };
}

function close() {
  clearTimeout(timer);
  if (source) source.close();
  source = null;
}

function join(port) {
  ports.add(port);
  port.postMessage({ state });
  // A tab that joins an open stream has missed what came before: it is told to read its lists.
  if (state === 'live') port.postMessage({ data: JSON.stringify({ type: 'hello', at: Date.now() }) });
  open();
}

function hear(port, message) {
  if (message === 'hi') {
    join(port);
  } else if (message === 'wake') {
    failures = 0;
    open();
  } else if (message === 'bye') {
    ports.delete(port);
    if (ports.size === 0) {
      close();
      state = 'reconnecting';
    }
  }
}

if ('SharedWorkerGlobalScope' in self) {
  self.onconnect = (event) => {
    const port = event.ports[0];
    port.onmessage = (message) => hear(port, message.data);
    port.start();
  };
} else {
  const tab = { postMessage: (message) => self.postMessage(message) };
  const lead = () => {
    self.onmessage = (message) => hear(tab, message.data);
    join(tab);
  };
  if (self.navigator.locks && self.BroadcastChannel) {
    relay = new BroadcastChannel('patchbay-stream');
    let leads = false;
    relay.onmessage = (message) => {
      if (leads && message.data === 'join') {
        relay.postMessage({ state });
        relay.postMessage({ data: JSON.stringify({ type: 'hello', at: Date.now() }) });
      } else if (!leads && message.data !== 'join') {
        self.postMessage(message.data);
      }
    };
    self.onmessage = (message) => message.data === 'hi' && relay.postMessage('join');
    self.navigator.locks.request('patchbay-stream', () => {
      leads = true;
      lead();
      return new Promise(() => {});
    });
  } else {
    lead();
  }
}
