// What can be clicked, and the modals and panels that a click opens.
import { createContext, type KeyboardEvent, type ReactNode, useContext, useEffect, useLayoutEffect, useRef, useState, type SyntheticEvent } from 'react';
import { createPortal } from 'react-dom';
import type {
  ButtonProps, DropdownButtonItemProps, DropdownProps, HrefProp, ImageProps, LinkProps, LoadingButtonProps, ModalProps,
  PanelProps, PanelSectionProps, TagProps,
} from '@hubspot/ui-extensions';
import { classes, overlays, plainEvent, reactions, size } from './shared';

const Close = createContext<() => void>(() => undefined);
type Click = { onClick?: ButtonProps['onClick']; overlay?: ReactNode };

type Fragment = { props?: { fragment?: { children: { type?: string }[] } } };
const isTooltip = (overlay: ReactNode) => Boolean((overlay as Fragment)?.props?.fragment?.children.some((one) => one.type === 'Tooltip'));

/** Return what a click does, and what draws the clickable part with its overlay: a tooltip beside it, or what a click opens. */
function useClick({ onClick, overlay }: Click, opens = true) {
  const [open, setOpen] = useState(false);
  const tooltip = isTooltip(overlay);
  const click = () => {
    void onClick?.(plainEvent('click'), reactions);
    if (overlay && opens && !tooltip) setOpen(true);
  };
  const around = (part: ReactNode) => tooltip
    ? <span className="tipped">{part}{overlay}</span>
    : <>{part}{open && createPortal(<Close.Provider value={() => setOpen(false)}>{overlay}</Close.Provider>, document.body)}</>;
  return { click, around, tooltip, show: () => setOpen(true) };
}

const RECORD_PAGES: Record<string, string> = { '0-53': 'invoice', '0-1': 'contact', '0-2': 'company', '0-3': 'deal' };

/** Return the address here of what HubSpot or QuickBooks has elsewhere, so that links lead somewhere. */
export function localAddress(url: string) {
  const record = /^https:\/\/app\.hubspot\.com\/contacts\/\d+\/record\/(0-\d+)\/(\d+)/.exec(url);
  const page = record && RECORD_PAGES[record[1]!];
  if (page) return `/${page}/${record[2]}`;
  const document = /^https:\/\/app\.(?:sandbox\.)?qbo\.intuit\.com\/app\/(\w+)\?\w+=(\d+)/.exec(url);
  return document ? `/quickbooks/${document[1]}/${document[2]}` : url;
}
function anchor(href: HrefProp) {
  const { url, external } = typeof href === 'string' ? { url: href, external: false } : href;
  const here = localAddress(url);
  return { href: here, ...(external && here === url ? { target: '_blank', rel: 'noreferrer' } : {}) };
}

export const Button = (props: ButtonProps) => {
  const { variant = 'secondary', size: given = 'md', disabled, type = 'button', truncate, href, children, testId } = props;
  const { click, around } = useClick(props);
  const names = classes('button', variant, `button-${size(given)}`, truncate && 'truncate');
  return around(href && !disabled
    ? <a className={names} onClick={click} data-testid={testId} {...anchor(href)}>{children}</a>
    : <button className={names} type={type} disabled={disabled} onClick={click} data-testid={testId}>{children}</button>);
};

export const LoadingButton = (props: LoadingButtonProps) => {
  const { variant = 'secondary', size: given = 'md', loading = false, disabled, type = 'button', overlayOptions, children, testId } = props;
  const afterwards = overlayOptions?.openBehavior === 'onLoadingFinish';
  const { click, around, show } = useClick(props, !afterwards);
  const was = useRef(loading);
  useEffect(() => {
    if (afterwards && was.current && !loading && props.overlay) show();
    was.current = loading;
  }, [loading]);
  return around(
    <button
      className={classes('button', variant, `button-${size(given)}`)} type={type} disabled={disabled || loading}
      aria-busy={loading} onClick={click} data-testid={testId}
    >
      {loading && <span className="spinner spinner-xs" aria-hidden />}{children}
    </button>,
  );
};

export const Link = (props: LinkProps) => {
  const { href, variant = 'primary', preventDefault, children, testId } = props;
  const { click, around, tooltip } = useClick(props);
  // A link that opens an overlay leads nowhere else.
  const stays = preventDefault || (props.overlay && !tooltip) || !href;
  return around(stays
    ? <button type="button" className={classes('bare link', variant)} onClick={click} data-testid={testId}>{children}</button>
    : <a className={classes('link', variant)} onClick={click} data-testid={testId} {...anchor(href)}>{children}</a>);
};

export const Tag = (props: TagProps) => {
  const { variant = 'default', inline, onClick, overlay, children, testId } = props;
  const { click, around, tooltip } = useClick(props);
  const names = classes('tag', variant, inline && 'inline');
  return around(onClick || (overlay && !tooltip)
    ? <button type="button" className={`bare ${names}`} onClick={click} data-testid={testId}>{children}</button>
    : <span className={names} data-testid={testId}>{children}</span>);
};

export const Image = (props: ImageProps) => {
  const { src, alt = '', width, height, href, onClick, overlay, testId } = props;
  const { click, around } = useClick(props);
  const image = <img src={src} alt={alt} width={width} height={height} data-testid={testId} />;
  if (href) return around(<a onClick={click} {...anchor(href)}>{image}</a>);
  return around(onClick || overlay ? <button type="button" className="bare" onClick={click}>{image}</button> : image);
};

export const Dropdown = ({ options = [], variant = 'secondary', buttonText = 'More', buttonSize = 'md', disabled, children, testId }: DropdownProps) => {
  const [open, setOpen] = useState(false);
  const menu = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const items = [...menu.current!.querySelectorAll<HTMLElement>('[role=menuitem]')];
    if (!step || !open) return;
    event.preventDefault();
    const from = items.indexOf(document.activeElement as HTMLElement);
    items.at(from < 0 && step < 0 ? -1 : (from + step) % items.length)?.focus();
  };
  useEffect(() => {
    if (!open) return undefined;
    const away = (event: Event) => {
      if (event instanceof KeyboardEvent ? event.key === 'Escape' : !menu.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('click', away);
    document.addEventListener('keydown', away);
    return () => {
      document.removeEventListener('click', away);
      document.removeEventListener('keydown', away);
    };
  }, [open]);
  return (
    <div className="dropdown" ref={menu} onKeyDown={move} data-testid={testId}>
      <button
        type="button" className={classes('button', variant, `button-${size(buttonSize)}`)} disabled={disabled}
        aria-haspopup="menu" aria-expanded={open} onClick={() => setOpen(!open)}
      >
        {buttonText} <span aria-hidden>▾</span>
      </button>
      {/* Hidden, not gone: an item may have opened a modal. */}
      <div role="menu" hidden={!open} onClick={() => setOpen(false)}>
        {options.map((option) => <MenuItem key={option.label} onClick={option.onClick}>{option.label}</MenuItem>)}
        {children}
      </div>
    </div>
  );
};
const MenuItem = (props: { onClick?: () => void; children: ReactNode }) => (
  <button type="button" role="menuitem" className="bare" onClick={() => props.onClick?.()}>{props.children}</button>
);
export const DropdownButtonItem = (props: DropdownButtonItemProps) => {
  const { click, around } = useClick(props);
  return around(<MenuItem onClick={click}>{props.children}</MenuItem>);
};

type OverlayProps = (ModalProps | PanelProps) & { kind: string; blocks: boolean };

const Overlay = ({ kind, blocks, id, title, width = 'md', variant, onOpen, onClose, children, testId, ...more }: OverlayProps) => {
  const element = useRef<HTMLDialogElement>(null);
  const gone = useContext(Close);
  const close = () => element.current?.close();
  useLayoutEffect(() => {
    overlays.set(id, close);
    if (blocks) element.current?.showModal();
    else element.current?.show();
    onOpen?.();
    return () => void overlays.delete(id);
  }, []);
  const closed = (event: SyntheticEvent) => {
    // React lets it bubble: a modal that closes is not the panel around it.
    if (event.target !== element.current) return;
    onClose?.();
    gone();
  };
  return (
    <dialog
      ref={element} className={classes(kind, `${kind}-${size(width)}`, variant)} aria-label={more['aria-label'] ?? title}
      onClose={closed} onKeyDown={(event) => event.key === 'Escape' && !blocks && close()} data-testid={testId}
    >
      <header><h2>{title}</h2><button type="button" aria-label="Close" onClick={close}>×</button></header>
      {children}
    </dialog>
  );
};
export const Modal = (props: ModalProps) => <Overlay kind="modal" width="sm" blocks {...props} />;
export const Panel = (props: PanelProps) => <Overlay kind="panel" width="sm" blocks={props.variant === 'modal'} {...props} />;

type Part = { children?: ReactNode; testId?: string };
export const OverlayBody = ({ children, testId }: Part) => <div className="overlay-body" data-testid={testId}>{children}</div>;
export const OverlayFooter = ({ children, testId }: Part) => <footer className="overlay-footer" data-testid={testId}>{children}</footer>;
export const PanelSection = ({ flush, children, testId }: PanelSectionProps) => (
  <section className={classes('panel-section', flush && 'flush')} data-testid={testId}>{children}</section>
);
