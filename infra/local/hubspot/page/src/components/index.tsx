// HubSpot's components by name. One that is not here shows its name: it is missing here, not in HubSpot.
import type { ComponentType } from 'react';
import type { Controller } from '@remote-ui/react/host';
import { createController } from '@remote-ui/react/host';
import * as pages from './app-pages';
import * as charts from './charts';
import * as clickable from './clickable';
import * as inputs from './inputs';
import * as layout from './layout';
import * as table from './table';
import * as text from './text';

// Each has properties of its own.
type Any = ComponentType<any>;

const components: Record<string, Any> = {
  ...text, ...layout, ...inputs, ...table, ...charts,
  Button: clickable.Button, LoadingButton: clickable.LoadingButton, Link: clickable.Link, Tag: clickable.Tag, Image: clickable.Image,
  Dropdown: clickable.Dropdown, DropdownButtonItem: clickable.DropdownButtonItem,
  Modal: clickable.Modal, ModalBody: clickable.OverlayBody, ModalFooter: clickable.OverlayFooter,
  Panel: clickable.Panel, PanelBody: clickable.OverlayBody, PanelFooter: clickable.OverlayFooter, PanelSection: clickable.PanelSection,
  Textarea: inputs.TextArea,
  PageBreadcrumbs: pages.PageBreadcrumbs, PageBreadcrumbsPageLink: pages.PageLink, PageBreadcrumbsCurrent: pages.BreadcrumbsCurrent,
  PageHeader: pages.PageHeader, PageHeaderPrimaryAction: pages.PrimaryAction, PageHeaderSecondaryActions: pages.SecondaryActions,
  PageHeaderLink: pages.PageHeaderLink, PageHeaderPageLink: pages.PageLink, PageLink: pages.PageLink, PageTitle: pages.PageTitle,
  HeaderActions: pages.SecondaryActions, PrimaryHeaderActionButton: pages.PrimaryHeaderButton,
  SecondaryHeaderActionButton: pages.SecondaryHeaderButton,
};

function unknown(name: string): Any {
  const Unknown: Any = ({ children }) => (
    <div className="unknown-component" role="alert">
      This page cannot show the component <code>{name}</code>.{children}
    </div>
  );
  components[name] = Unknown;
  return Unknown;
}

const known = createController({});
export const controller: Controller = { ...known, get: (name) => components[String(name)] ?? unknown(String(name)) };
