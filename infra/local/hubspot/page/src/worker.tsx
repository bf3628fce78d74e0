// What HubSpot puts into an extension's web worker: the globals of the production build, then the build itself.
import * as React from 'react';
import * as RemoteUI from '@remote-ui/react';
import { createRemoteRoot, type RemoteChannel } from '@remote-ui/core';
import { createEndpoint, release, retain } from '@remote-ui/rpc';
import type { AssociationsRequest, HostApi, Location, Properties } from './protocol';

type View = (api: Pick<HostApi, 'context' | 'actions'>) => React.ReactElement;
type Options = { method?: string; body?: unknown; timeout?: number; headers?: Headers | Record<string, string> };

declare function importScripts(...addresses: string[]): void;

let host: HostApi;
let view: View | undefined;
let page: Location = { path: '/', params: {} };
const listeners = new Set<() => void>();

const Given = React.createContext<HostApi | null>(null);
function useGiven() {
  const api = React.useContext(Given);
  if (!api) throw new Error('used outside the extension');
  return api;
}
const useLocation = () =>
  React.useSyncExternalStore((changed) => {
    listeners.add(changed);
    return () => listeners.delete(changed);
  }, () => page);

function absent(name: string) {
  return () => {
    throw new Error(`${name} is not there in an extension: use hubspot.fetch`);
  };
}
function notPlayed(name: string) {
  return () => Promise.reject(new Error(`${name}: this page does not play it`));
}

async function fetchBackend(url: string | URL, options: Options = {}) {
  const headers = options.headers instanceof Headers ? Object.fromEntries(options.headers) : options.headers;
  const { status, text } = await host.fetch(String(url), { ...options, headers });
  return new Response(text, { status, headers: { 'content-type': 'application/json' } });
}

async function fetchCrmProperties(names: string[], changed: (properties: Properties) => void) {
  retain(changed);
  host.actions.onCrmPropertiesUpdate(names, changed);
  const data = await host.actions.fetchCrmObjectProperties(names);
  // As HubSpot's hook expects it: a Response in name, whose `json` may hold a function.
  return { json: async () => ({ data, cleanup: () => release(changed) }) };
}

async function fetchAssociations(request: AssociationsRequest) {
  return Response.json({ data: await host.associations(request) });
}

/** An extension that breaks while it renders shows nothing from then on: the page says why. */
class Boundary extends React.Component<{ children: React.ReactNode }, { broken: boolean }> {
  state = { broken: false };
  static getDerivedStateFromError() {
    return { broken: true };
  }
  componentDidCatch(error: Error) {
    host.stopped(error.message);
  }
  render() {
    return this.state.broken ? null : this.props.children;
  }
}

Object.assign(self, {
  React, RemoteUI, logger: console,
  // Read while @hubspot/ui-extensions is loaded.
  __HUBSPOT_EXTENSION_WORKER__: true,
  extend_V2: (callback: View) => (view = callback),
  hsFetch: fetchBackend,
  hsWorkerAPI: {
    useExtensionApi: useGiven,
    useExtensionContext: () => useGiven().context,
    useExtensionActions: () => useGiven().actions,
    useAppPageLocation: useLocation,
    fetchCrmProperties,
    fetchCrmSearch: notPlayed('useCrmSearch'),
    fetchAssociations,
    formatCrmProperties: notPlayed('formatCrmProperties'),
    fetchHubSpotApi: notPlayed('fetchHubSpotApi'),
  },
});

createEndpoint({
  postMessage: (message, transfer) => self.postMessage(message, { transfer: transfer ?? [] }),
  addEventListener: (name, listener) => self.addEventListener(name, listener as EventListener),
  removeEventListener: (name, listener) => self.removeEventListener(name, listener as EventListener),
}).expose({
  async run(script: string, channel: RemoteChannel, api: HostApi, location: Location) {
    retain(channel);
    retain(api);
    host = api;
    page = location;
    importScripts(script);
    if (!view) throw new Error('it never calls hubspot.extend');
    Object.assign(self, { fetch: absent('fetch'), XMLHttpRequest: absent('XMLHttpRequest') });
    const root = createRemoteRoot(channel, { strict: false });
    RemoteUI.createRoot(root).render(<Boundary><Given.Provider value={api}>{view(api)}</Given.Provider></Boundary>);
    await root.mount();
  },
  goTo(location: Location) {
    page = location;
    listeners.forEach((changed) => changed());
  },
});
