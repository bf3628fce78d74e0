// Bars and lines in SVG. The numbers are also there as a table, for those who do not see the picture.
import type { BarChartProps, ChartColor, ChartDataRow, LineChartProps } from '@hubspot/ui-extensions';

const COLOURS: Record<ChartColor, string> = {
  orange: '#ff8f59', aqua: '#51d3d9', purple: '#9784c2', yellow: '#fad180', pink: '#f59bc1', blue: '#81c1fd', green: '#a4d398',
  darkOrange: '#e68d3c', darkAqua: '#3fa7ab', darkPurple: '#7c6aa5', darkYellow: '#c9a75f', darkPink: '#c47c9a',
  darkBlue: '#5f8fc0', darkGreen: '#7fa874',
};
const ORDER: ChartColor[] = ['orange', 'aqua', 'purple', 'yellow', 'pink', 'blue', 'green'];
const [WIDTH, HEIGHT, LEFT, BOTTOM, TOP] = [640, 260, 56, 40, 12];
// About the width of a letter, and the height of a line.
const [LETTER, LINE] = [7, 14];

type Props = BarChartProps | LineChartProps;
type Series = { name: string; colour: string; values: number[] };

/** Return the categories along one axis, and a series of numbers for each colour. */
function read({ data, axes, options = {} }: Props) {
  const rows: ChartDataRow[] = Array.isArray(data) ? data : data.data;
  const labels = (Array.isArray(data) ? undefined : data.options?.propertyLabels) ?? {};
  const sideways = axes.x.fieldType === 'linear' && axes.y.fieldType !== 'linear';
  const [along, up] = sideways ? [axes.y, axes.x] : [axes.x, axes.y];
  const by = axes.options?.groupFieldByColor;
  const label = (field: string, value: string) => labels[field]?.[value] ?? value;
  const categories = [...new Set(rows.map((row) => String(row[along.field])))];
  const groups = by ? [...new Set(rows.map((row) => String(row[by])))] : [''];
  const order = options.colors ?? options.colorList ?? ORDER;
  const series: Series[] = groups.map((group, index) => ({
    name: group && label(by!, group),
    colour: COLOURS[axes.options?.colors?.[group] ?? order[index % order.length]!],
    values: categories.map((category) =>
      rows.filter((row) => String(row[along.field]) === category && (!by || String(row[by]) === group))
        .reduce((sum, row) => sum + Number(row[up.field]), 0)),
  }));
  return { categories: categories.map((one) => label(along.field, one)), series, sideways, along, up, stacked: axes.options?.stacking };
}

const Frame = ({ chart, options, top, children }: { chart: ReturnType<typeof read>; options: Props['options']; top: number; children: React.ReactNode }) => {
  const name = options?.title ?? `${chart.up.label ?? chart.up.field} by ${chart.along.label ?? chart.along.field}`;
  return (
    <figure className="chart">
      {options?.title && <figcaption>{options.title}</figcaption>}
      {(options?.showLegend ?? chart.series.length > 1) && (
        <ul className="legend" aria-hidden>
          {chart.series.map(({ name: one, colour }) => (
            <li key={one}><svg width="10" height="10"><rect width="10" height="10" fill={colour} /></svg> {one || chart.up.label}</li>
          ))}
        </ul>
      )}
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden>
        {!chart.sideways && [0, 0.5, 1].map((share) => {
          const y = TOP + (1 - share) * (HEIGHT - BOTTOM - TOP);
          return (
            <g key={share}>
              <line className="grid-line" x1={LEFT} x2={WIDTH} y1={y} y2={y} />
              <text x={LEFT - 8} y={y + 4} textAnchor="end">{Number((share * top).toPrecision(3)).toLocaleString('en')}</text>
            </g>
          );
        })}
        {children}
      </svg>
      <table className="sr-only">
        <caption>{name}</caption>
        <tbody>
          {chart.categories.map((category, index) => (
            <tr key={category}>
              <th scope="row">{category}</th>
              {chart.series.map((one) => <td key={one.name}>{one.name} {one.values[index]}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </figure>
  );
};
/** Return words in lines of at most so many letters, longer words excepted. */
const broken = (words: string, letters: number) =>
  words.split(' ').reduce<string[]>((lines, word) => {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trim();
    return longer.length <= letters && lines.length ? [...lines.slice(0, -1), longer] : [...lines, word];
  }, []);
const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

export const BarChart = (props: BarChartProps) => {
  const chart = read(props);
  const { categories, series, sideways, stacked } = chart;
  const totals = categories.map((_, index) => {
    const values = series.map((one) => one.values[index]!);
    return stacked ? sum(values) : Math.max(...values);
  });
  const top = Math.max(1, ...totals);
  const left = sideways ? 180 : LEFT;
  const length = sideways ? WIDTH - left - 40 : HEIGHT - BOTTOM - TOP;
  const slot = (sideways ? HEIGHT - TOP : WIDTH - left) / Math.max(1, categories.length);
  const thick = Math.min(48, (slot * 0.7) / (stacked ? 1 : series.length));
  return (
    <Frame chart={chart} options={props.options} top={top}>
      {categories.map((category, index) => {
        let before = 0;
        const middle = slot * (index + 0.5);
        const bars = series.map(({ name, colour, values }, number) => {
          const size = (values[index]! / top) * length;
          const across = stacked ? middle - thick / 2 : middle + (number - series.length / 2) * thick;
          const start = stacked ? before : 0;
          before += size;
          const [x, y] = sideways ? [left + start, TOP + across] : [left + across, HEIGHT - BOTTOM - start - size];
          return (
            <g key={name}>
              <rect x={x} y={y} width={sideways ? size : thick} height={sideways ? thick : size} fill={colour} rx="2">
                <title>{`${category} ${name} ${values[index]}`}</title>
              </rect>
              {props.options?.showDataLabels && !stacked && (
                <text x={sideways ? x + size + 6 : x + thick / 2} y={sideways ? y + thick / 2 + 4 : y - 4} textAnchor={sideways ? 'start' : 'middle'}>
                  {values[index]!.toLocaleString('en')}
                </text>
              )}
            </g>
          );
        });
        const place = sideways ? { x: left - 10, y: TOP + middle + 4, textAnchor: 'end' as const } : { x: left + middle, y: HEIGHT - BOTTOM + 18, textAnchor: 'middle' as const };
        const lines = sideways ? [category] : broken(category, Math.floor(slot / LETTER));
        return (
          <g key={category}>
            {bars}
            <text {...place}>{lines.map((line, number) => <tspan key={number} x={place.x} dy={number && LINE}>{line}</tspan>)}</text>
          </g>
        );
      })}
    </Frame>
  );
};

export const LineChart = (props: LineChartProps) => {
  const chart = read(props);
  const { categories, series } = chart;
  const top = Math.max(1, ...series.flatMap((one) => one.values));
  const step = (WIDTH - LEFT - 40) / Math.max(1, categories.length - 1);
  const x = (index: number) => LEFT + 20 + index * step;
  const y = (value: number) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - BOTTOM - TOP);
  const every = Math.ceil(categories.length / 8);
  return (
    <Frame chart={chart} options={props.options} top={top}>
      {series.map(({ name, colour, values }) => (
        <g key={name}>
          <polyline points={values.map((value, index) => `${x(index)},${y(value)}`).join(' ')} fill="none" stroke={colour} strokeWidth="2" />
          {values.map((value, index) => (
            <circle key={index} cx={x(index)} cy={y(value)} r="3" fill={colour}><title>{`${categories[index]} ${name} ${value}`}</title></circle>
          ))}
        </g>
      ))}
      {categories.map((category, index) => index % every === 0 && (
        <text key={category} x={x(index)} y={HEIGHT - BOTTOM + 18} textAnchor="middle">{category}</text>
      ))}
    </Frame>
  );
};
