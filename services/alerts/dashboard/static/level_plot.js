// Levels over days by uPlot: axes, levels as steps, gaps as gaps, calls and who came. What is drawn comes with the page.
import { WallClock } from "./clock.js";
import { canvasType, colour, drawEach, hatching, timeAxis, wordAxis } from "./plots.js";

const WORD_PX = 12; // around a gap's word
const LINE_PX = 6;
const SECONDS = 1000;

// A level holds for its whole run; where there is none the line ends.
function points(runs) {
  const [x, y] = [[], []];
  for (const [start, end, told] of runs) {
    const level = typeof told === "number" ? told : null;
    x.push(start, end);
    y.push(level, level);
  }
  return [x, y];
}

function drawGaps(plot, data, words) {
  const { ctx } = plot;
  const { top, height } = plot.bbox;
  const fills = {
    nobody: hatching(ctx, "dots", colour("soft")),
    paused: hatching(ctx, "rising", colour("soft")),
    blind: colour("tech-soft"),
  };
  ctx.save();
  ctx.font = canvasType();
  [ctx.textAlign, ctx.textBaseline] = ["center", "middle"];
  for (const [start, end, told] of data.runs) {
    if (typeof told === "number") continue;
    const [left, right] = [start, end].map((at) => plot.valToPos(at, "x", true));
    if (fills[told]) {
      ctx.fillStyle = fills[told];
      ctx.fillRect(left, top, right - left, height);
    }
    const wide = ctx.measureText(words[told]).width + 2 * WORD_PX * devicePixelRatio;
    if (wide > right - left) continue;
    ctx.fillStyle = colour("card");
    ctx.fillRect((left + right - wide) / 2, top + height * 0.72, wide, 20 * devicePixelRatio);
    ctx.fillStyle = colour("ink");
    ctx.fillText(words[told], (left + right) / 2, top + height * 0.72 + 10 * devicePixelRatio);
  }
  ctx.restore();
}

function drawLevels(plot, data) {
  const { ctx } = plot;
  ctx.save();
  ctx.lineWidth = LINE_PX * devicePixelRatio;
  for (const [start, end, told] of data.runs) {
    if (typeof told !== "number") continue;
    const y = plot.valToPos(told, "y", true);
    ctx.strokeStyle = colour(`l${told}`);
    ctx.beginPath();
    ctx.moveTo(plot.valToPos(start, "x", true), y);
    ctx.lineTo(Math.max(plot.valToPos(end, "x", true), plot.valToPos(start, "x", true) + devicePixelRatio), y);
    ctx.stroke();
  }
  ctx.restore();
}

function drawAlerts(plot, data) {
  const { ctx } = plot;
  const [y, r] = [plot.bbox.top + 9 * devicePixelRatio, 6 * devicePixelRatio];
  ctx.save();
  for (const [raised, , level, there] of data.alerts) {
    const x = plot.valToPos(Math.max(raised, data.start), "x", true);
    ctx.fillStyle = colour(`l${level}`);
    ctx.beginPath();
    ctx.moveTo(x - r, y - r);
    ctx.lineTo(x + r, y - r);
    ctx.lineTo(x, y + r);
    ctx.fill();
    if (there === null) continue;
    ctx.strokeStyle = colour("ink");
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.beginPath();
    ctx.arc(plot.valToPos(there, "x", true), y, r, 0, 2 * Math.PI);
    ctx.stroke();
  }
  ctx.restore();
}

function told(data, at) {
  return data.runs.find(([start, end]) => start <= at && at < end)?.[2];
}

// What stands under the pointer, in words.
function read(plot, data, wall, readout) {
  const at = plot.cursor.left < 0 ? null : plot.posToVal(plot.cursor.left, "x");
  const what = at === null ? null : told(data, at);
  const word = typeof what === "number" ? `${data.words.levels[what]} (${what})` : data.words.gaps[what];
  readout.textContent = word ? `${wall.text(at * SECONDS, data.end * SECONDS)} · ${word}` : "\u00a0";
}

drawEach((data, section) => {
  const wall = new WallClock(data.zone, data.months);
  const readout = section.querySelector(".readout");
  const options = {
    scales: { x: { time: false, range: [data.start, data.end] }, y: { range: [-0.3, 3.6] } },
    axes: [timeAxis(data), wordAxis(data.words.levels)],
    series: [{}, { stroke: () => colour("soft"), width: 1.5, points: { show: false } }],
    hooks: {
      drawAxes: [(plot) => drawGaps(plot, data, data.words.gaps)],
      draw: [(plot) => drawLevels(plot, data), (plot) => drawAlerts(plot, data)],
      setCursor: [(plot) => read(plot, data, wall, readout)],
    },
  };
  return [options, points(data.runs)];
});
