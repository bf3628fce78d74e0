// What the page and an extension's worker say to each other.
import type { RemoteChannel } from '@remote-ui/core';
import type { CrmHostActions, UiePlatformActions } from '@hubspot/ui-extensions';

export type Location = { path: string; params: Record<string, string> };
export type Properties = Record<string, string>;
export type Actions = CrmHostActions & UiePlatformActions;

export type HostApi = {
  context: Record<string, unknown>;
  actions: Actions;
  fetch(url: string, options: object): Promise<{ status: number; text: string }>;
};

export type WorkerApi = {
  run(script: string, channel: RemoteChannel, api: HostApi, location: Location): Promise<void>;
  goTo(location: Location): void;
};
