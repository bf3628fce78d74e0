// What arranges others.
import { createContext, type KeyboardEvent, useContext, useLayoutEffect, useRef, useState } from 'react';
import type {
  AccordionProps, AutoGridProps, BoxProps, ButtonRowProps, CardProps, FlexProps, InlineProps, StackProps, TabProps,
  TabsProps, TileProps,
} from '@hubspot/ui-extensions';
import { classes, size, useDraft, useId } from './shared';

export const Flex = ({ direction = 'row', justify = 'start', align = 'stretch', alignSelf, wrap, gap = 'flush', children, testId }: FlexProps) => {
  const wraps = wrap === true || wrap === 'wrap';
  const names = classes('flex', direction, `justify-${justify}`, `align-${align}`, alignSelf && `self-${alignSelf}`, wraps && 'wraps');
  return <div className={`${names} gap-${size(gap)}`} data-testid={testId}>{children}</div>;
};
export const Inline = ({ justify = 'start', align = 'stretch', gap = 'flush', children, testId }: InlineProps) => (
  <div className={`flex row wraps justify-${justify} align-${align} gap-${size(gap)}`} data-testid={testId}>{children}</div>
);
export const Stack = ({ distance = 'flush', direction = 'column', justify = 'start', align = 'start', children, testId }: StackProps) => (
  <div className={`flex ${direction} justify-${justify} align-${align} gap-${size(distance)}`} data-testid={testId}>{children}</div>
);
export const Box = ({ flex, alignSelf, children, testId }: BoxProps) => (
  <div className={alignSelf && `self-${alignSelf}`} style={{ flex, minWidth: 0 }} data-testid={testId}>{children}</div>
);
export const AutoGrid = ({ columnWidth, flexible, gap = 'flush', children, testId }: AutoGridProps) => {
  const column = flexible ? `minmax(min(100%, ${columnWidth}px), 1fr)` : `min(100%, ${columnWidth}px)`;
  return (
    <div className={`grid gap-${size(gap)}`} style={{ gridTemplateColumns: `repeat(auto-fit, ${column})` }} data-testid={testId}>
      {children}
    </div>
  );
};

export const Card = ({ children, testId }: CardProps) => <section className="card" data-testid={testId}>{children}</section>;
export const Tile = ({ compact, flush, children, testId }: TileProps) => (
  <section className={classes('tile', compact && 'compact', flush && 'flush')} data-testid={testId}>{children}</section>
);
export const ButtonRow = ({ children, testId }: ButtonRowProps) => (
  <div className="button-row" role="group" data-testid={testId}>{children}</div>
);

export const Accordion = (props: AccordionProps) => {
  const { title, open, defaultOpen = false, disabled, size: given = 'md', onClick, children, testId } = props;
  const [opened, setOpened] = useDraft(open, defaultOpen);
  const id = useId();
  const click = () => {
    onClick?.();
    if (open === undefined) setOpened(!opened);
  };
  return (
    <div className={classes('accordion', `text-${size(given)}`)} data-testid={testId}>
      <button type="button" className="bare" aria-expanded={opened} aria-controls={id} disabled={disabled} onClick={click}>
        <span className="icon" aria-hidden>{opened ? '▾' : '▸'}</span> {title}
      </button>
      <div id={id} hidden={!opened}>{children}</div>
    </div>
  );
};

type Told = { key: string; id: string | number; panel: HTMLElement; title?: string; disabled?: boolean; tooltip?: string };
const Strip = createContext<{ chosen?: string; tell(tab: Told): () => void } | null>(null);

/** The tabs tell of themselves: their titles change without their parent hearing of it. */
export const Tabs = ({ selected, defaultSelected, onSelectedChange, variant = 'default', fill, children, testId }: TabsProps) => {
  const [tabs, setTabs] = useState<Told[]>([]);
  const [picked, setPicked] = useDraft<string | number | undefined>(selected, defaultSelected);
  const strip = useRef<HTMLDivElement>(null);
  const tell = useRef((tab: Told) => {
    const after = (other: Told) => tab.panel.compareDocumentPosition(other.panel) & Node.DOCUMENT_POSITION_FOLLOWING;
    setTabs((all) => {
      const others = all.filter((other) => other.key !== tab.key);
      const place = others.findIndex(after);
      return place < 0 ? [...others, tab] : others.toSpliced(place, 0, tab);
    });
    return () => setTabs((all) => all.filter((other) => other.key !== tab.key));
  });
  const chosen = (tabs.find((tab) => tab.id === picked) ?? tabs.find((tab) => !tab.disabled))?.key;
  const choose = ({ id }: Told) => {
    (onSelectedChange as ((id: string | number) => void) | undefined)?.(id);
    if (selected === undefined) setPicked(id);
  };
  const move = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const open = tabs.filter((tab) => !tab.disabled);
    const next = step && open.at((open.findIndex((tab) => tab.key === chosen) + step) % open.length);
    if (!next) return;
    choose(next);
    strip.current?.querySelector<HTMLElement>(`#tab-${next.key}`)?.focus();
  };
  return (
    <div className={classes('tabs', variant, fill && 'fill')} data-testid={testId}>
      <div role="tablist" ref={strip} onKeyDown={move}>
        {tabs.map((tab) => (
          <button
            key={tab.key} id={`tab-${tab.key}`} type="button" role="tab" disabled={tab.disabled} title={tab.tooltip}
            aria-selected={tab.key === chosen} aria-controls={`panel-${tab.key}`} tabIndex={tab.key === chosen ? 0 : -1}
            onClick={() => choose(tab)}
          >
            {tab.title}
          </button>
        ))}
      </div>
      <Strip.Provider value={{ chosen, tell: tell.current }}>{children}</Strip.Provider>
    </div>
  );
};
export const Tab = ({ tabId, title, disabled, tooltip, children, testId }: TabProps) => {
  const strip = useContext(Strip);
  const key = useId();
  const panel = useRef<HTMLDivElement>(null);
  useLayoutEffect(
    () => strip?.tell({ key, id: tabId ?? key, panel: panel.current!, title, disabled, tooltip }),
    [strip?.tell, key, tabId, title, disabled, tooltip],
  );
  return (
    <div
      ref={panel} id={`panel-${key}`} role="tabpanel" aria-labelledby={`tab-${key}`} hidden={strip?.chosen !== key}
      data-testid={testId}
    >
      {children}
    </div>
  );
};
