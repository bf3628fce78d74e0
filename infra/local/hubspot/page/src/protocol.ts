// What the page and an extension's worker say to each other.
import type { RemoteChannel } from '@remote-ui/core';
import type { CrmHostActions, UiePlatformActions } from '@hubspot/ui-extensions';

export type Location = { path: string; params: Record<string, string> };
export type Properties = Record<string, string>;
export type Actions = CrmHostActions & UiePlatformActions;

export type AssociationsRequest = { toObjectType: string; properties?: string[]; pageLength?: number; offset?: number };

export type HostApi = {
  context: Record<string, unknown>;
  actions: Actions;
  fetch(url: string, options: object): Promise<{ status: number; text: string }>;
  /** The records that belong to the one that a card is on. */
  associations(request: AssociationsRequest): Promise<object>;
  /** The extension has broken, and shows nothing any more. */
  stopped(message: string): void;
};

export type WorkerApi = {
  run(script: string, channel: RemoteChannel, api: HostApi, location: Location): Promise<void>;
  goTo(location: Location): void;
};
