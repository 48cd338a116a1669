// What all plots share: colours of the theme, axes, their place on the page. uPlot is vendored beside this file.
const HEIGHT_PX = 260;
const MARK_PX = 64; // between two labels of the time axis
const NARROW_PX = 480;
const TYPE_PX = 14;
const DOTS_PX = 10;

// One of the page's colours as it is in this theme.
export const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

// Text on a plot, in the page's own type; on the canvas itself, in its finer pixels.
const type = (pixels) => `${pixels}px ${getComputedStyle(document.body).fontFamily}`;
export const canvasType = () => type(TYPE_PX * devicePixelRatio);

// Strokes or dots to lay over a colour, so that none is told by colour alone: rising, falling, dots, lines; else none.
export function hatching(context, kind, ink) {
  const tile = document.createElement("canvas");
  const size = (tile.width = tile.height = Math.round(DOTS_PX * devicePixelRatio));
  const one = tile.getContext("2d");
  [one.strokeStyle, one.fillStyle, one.lineWidth] = [ink, ink, devicePixelRatio];
  if (kind === "dots") one.fillRect(size / 2, size / 2, 2 * devicePixelRatio, 2 * devicePixelRatio);
  if (kind === "lines") one.fillRect(0, size / 2, size, devicePixelRatio);
  for (const shift of kind === "rising" || kind === "falling" ? [-size, 0, size] : []) {
    one.moveTo(shift, kind === "rising" ? size : 0);
    one.lineTo(shift + size, kind === "rising" ? 0 : size);
  }
  one.stroke();
  return context.createPattern(tile, "repeat");
}

const ruled = { font: type(TYPE_PX), stroke: () => colour("soft"), grid: { stroke: () => colour("line"), width: 1 }, ticks: { show: false } };

// As many marks of the time axis as have room for their labels, evenly.
function marks(data, width) {
  const every = Math.ceil((data.marks.length * MARK_PX) / Math.max(width, 1)) || 1;
  return data.marks.filter((_, place) => place % every === 0);
}

// Marks and labels come with the page, by the ward's zone.
export function timeAxis(data) {
  let shown = [];
  return {
    ...ruled,
    splits: (plot) => (shown = marks(data, plot.bbox.width / devicePixelRatio)).map(([at]) => at),
    values: () => shown.map(([, label]) => label),
  };
}

// 0, 1, 2, ... with a word each; on a narrow screen the number alone.
export function wordAxis(words) {
  return {
    ...ruled,
    size: (plot) => (plot.width < NARROW_PX ? 30 : 110),
    splits: () => words.map((_, level) => level),
    values: (plot) => words.map((word, level) => (plot.width < NARROW_PX ? level : `${word} ${level}`)),
  };
}

export function countAxis() {
  return { ...ruled, size: 46, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000] };
}

// make(data, section, kind) says options and data of uPlot for each figure of the page.
export function drawEach(make) {
  for (const figure of document.querySelectorAll("figure.plot")) {
    const section = figure.closest("section");
    const [options, data] = make(JSON.parse(section.querySelector(".plot-data").textContent), section, figure.dataset.kind);
    const fixed = { legend: { show: false }, cursor: { drag: { x: false, y: false }, y: false, points: { show: false } } };
    const plot = new window.uPlot({ width: figure.clientWidth, height: HEIGHT_PX, ...fixed, ...options }, data, figure);
    new ResizeObserver(() => plot.setSize({ width: figure.clientWidth, height: HEIGHT_PX })).observe(figure);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot.redraw(false, true));
    for (const [event, paper] of [["beforeprint", true], ["afterprint", false]]) {
      addEventListener(event, () => {
        document.documentElement.classList.toggle("paper", paper);
        plot.redraw(false, true);
      });
    }
  }
}
