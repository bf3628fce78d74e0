import { hubspot } from '@hubspot/ui-extensions';
import { API } from './address';
import type { components } from './schema';
import { WORDS } from './words';

type Schemas = components['schemas'];
export type Answer<Name extends keyof Schemas> = Schemas[Name];

/** What the API, or the way to it, says against a request. `code` is the API's; empty if it gave none. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
  ) {
    super(detail);
  }
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

const underWay = new Map<string, Promise<unknown>>();

/** Ask the API. Throws ApiError, also when there is no answer or one that cannot be read. A double click asks once. */
export function call<T>(path: string, method: Method = 'GET', body?: Record<string, unknown>): Promise<T> {
  if (method === 'GET') return ask<T>(path, method, body);
  const request = `${method} ${path} ${JSON.stringify(body)}`;
  const same = underWay.get(request) as Promise<T> | undefined;
  if (same) return same;
  const asked = ask<T>(path, method, body).finally(() => underWay.delete(request));
  underWay.set(request, asked);
  return asked;
}

async function ask<T>(path: string, method: Method, body?: Record<string, unknown>): Promise<T> {
  let response: Response;
  try {
    response = await hubspot.fetch(`${API}${path}`, body ? { method, body } : { method });
  } catch {
    throw new ApiError(0, '', WORDS.error.noAnswer);
  }
  if (!response.ok) throw await problem(response);
  try {
    return (await response.json()) as T;
  } catch {
    throw new ApiError(response.status, '', WORDS.error.unreadable);
  }
}

async function problem(response: Response): Promise<ApiError> {
  // It is not documented that HubSpot passes the body of such an answer on.
  const body = (await response.json().catch(() => ({}))) as { code?: unknown; detail?: unknown };
  const detail = typeof body.detail === 'string' ? body.detail : WORDS.error.status(response.status);
  return new ApiError(response.status, typeof body.code === 'string' ? body.code : '', detail);
}

/** A path with a query; parameters that are empty are left out. */
export function withQuery(path: string, parameters: Record<string, string | number | boolean | undefined>): string {
  const parts = Object.entries(parameters)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`);
  return parts.length ? `${path}?${parts.join('&')}` : path;
}
