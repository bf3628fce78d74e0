// What only the pages of an app have: their header, and links among themselves.
import type { ReactNode } from 'react';
import type { ButtonProps, HeaderActionButtonProps } from '@hubspot/ui-extensions';
import { Button } from './clickable';

/** Return the address here of an app's page. */
export function appAddress(to: string, params: Record<string, string> = {}) {
  const path = to.startsWith('/') ? to : `/${to}`;
  const query = new URLSearchParams(params).toString();
  return `/app${path === '/' ? '' : path}${query && `?${query}`}`;
}

type Part = { children?: ReactNode; testId?: string };
type PageLinkProps = Part & { to: string; params?: Record<string, string> };

export const PageLink = ({ to, params, children, testId }: PageLinkProps) => (
  <a className="link" href={appAddress(to, params)} data-testid={testId}>{children}</a>
);
export const PageTitle = ({ children, testId }: Part) => <h1 className="page-title" data-testid={testId}>{children}</h1>;
export const PageBreadcrumbs = ({ children, testId }: Part) => (
  <nav className="breadcrumbs" aria-label="Breadcrumbs" data-testid={testId}>{children}</nav>
);
export const BreadcrumbsCurrent = ({ children, testId }: Part) => <span aria-current="page" data-testid={testId}>{children}</span>;
export const PageHeader = ({ children, testId }: Part) => <header className="page-header" data-testid={testId}>{children}</header>;
export const PrimaryAction = ({ children, testId }: Part) => <div className="primary-action" data-testid={testId}>{children}</div>;
export const SecondaryActions = ({ children, testId }: Part) => <div className="secondary-actions" data-testid={testId}>{children}</div>;
export const PageHeaderLink = (props: ButtonProps) => <Button {...props} />;
export const PrimaryHeaderButton = (props: HeaderActionButtonProps) => <Button variant="primary" {...props} />;
export const SecondaryHeaderButton = (props: HeaderActionButtonProps) => <Button variant="secondary" {...props} />;
