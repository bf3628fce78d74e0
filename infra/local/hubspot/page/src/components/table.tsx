import { useState } from 'react';
import type {
  TableCellProps, TableElementProps, TableHeaderProps, TablePaginatedProps, TableProps,
} from '@hubspot/ui-extensions';
import { classes } from './shared';

export const Table = (props: TableProps) => {
  const { bordered = true, flush, density = 'default', children, testId } = props;
  return (
    <div className="table-box" data-testid={testId}>
      <div className="table-scroll">
        <table className={classes('table', density, bordered && 'bordered', flush && 'flush')}>{children}</table>
      </div>
      {props.paginated && <Pages {...props} />}
    </div>
  );
};

/** The table pages nothing itself: the extension hears of the page that is wanted. */
const Pages = ({ page, pageCount, onPageChange, showButtonLabels = true, showFirstLastButtons, maxVisiblePageButtons = 5 }: TablePaginatedProps) => {
  const [own, setOwn] = useState(1);
  const current = page ?? own;
  const first = Math.max(1, Math.min(current - Math.floor(maxVisiblePageButtons / 2), pageCount - maxVisiblePageButtons + 1));
  const numbers = Array.from({ length: Math.min(maxVisiblePageButtons, pageCount) }, (_, index) => first + index);
  const button = (to: number, name: string, sign: string) => (
    <button type="button" className="bare link" aria-label={name} disabled={to < 1 || to > pageCount || to === current} onClick={() => go(to)}>
      {sign}
    </button>
  );
  const go = (to: number) => {
    setOwn(to);
    onPageChange(to);
  };
  return (
    <nav className="pages" aria-label="Pages of the table">
      {showFirstLastButtons && button(1, 'First page', '«')}
      {button(current - 1, 'Previous page', showButtonLabels ? '‹ Prev' : '‹')}
      {numbers.map((number) => (
        <button
          key={number} type="button" className="bare link" aria-label={`Page ${number}`}
          aria-current={number === current ? 'page' : undefined} onClick={() => go(number)}
        >
          {number}
        </button>
      ))}
      {button(current + 1, 'Next page', showButtonLabels ? 'Next ›' : '›')}
      {showFirstLastButtons && button(pageCount, 'Last page', '»')}
    </nav>
  );
};

export const TableHead = ({ children, testId }: TableElementProps) => <thead data-testid={testId}>{children}</thead>;
export const TableBody = ({ children, testId }: TableElementProps) => <tbody data-testid={testId}>{children}</tbody>;
export const TableFooter = ({ children, testId }: TableElementProps) => <tfoot data-testid={testId}>{children}</tfoot>;
export const TableRow = ({ children, testId }: TableElementProps) => <tr data-testid={testId}>{children}</tr>;

const look = ({ align, width }: Pick<TableCellProps, 'align' | 'width'>) => ({
  className: classes(align && `align-${align}`, typeof width === 'string' && `width-${width}`),
  style: typeof width === 'number' ? { width } : undefined,
});
export const TableCell = ({ colSpan, align, width, children, testId }: TableCellProps) => (
  <td colSpan={colSpan} {...look({ align, width })} data-testid={testId}>{children}</td>
);
export const TableHeader = (props: TableHeaderProps) => {
  const { align, width, children, testId } = props;
  const sort = props.sortDirection;
  if (sort === undefined || sort === 'never') return <th scope="col" {...look({ align, width })} data-testid={testId}>{children}</th>;
  const { onSortChange, disabled } = props as Extract<TableHeaderProps, { onSortChange: unknown }>;
  const sign = { ascending: '▲', descending: '▼', none: '⇅' }[sort];
  return (
    <th scope="col" aria-sort={sort} {...look({ align, width })} data-testid={testId}>
      <button
        type="button" className="bare" disabled={disabled}
        onClick={() => onSortChange(sort === 'ascending' ? 'descending' : 'ascending')}
      >
        {children} <span aria-hidden>{sign}</span>
      </button>
    </th>
  );
};
