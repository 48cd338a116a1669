// The plots of a report: how long each alert waited, and what alerts came to. What is drawn comes with the page.
import { colour, countAxis, drawEach, hatching, timeAxis } from "./plots.js";

const MARK_PX = 6;
const KINDS = { pain_treated: "", pain: "rising", no_pain: "dots", could_not_assess: "falling", none: "lines" };
const LEAST_MINUTES = 5;

// A mark's outline around a point, by level as everywhere: square, triangle, octagon; a cross where nobody came.
function outline(ctx, level, x, y, r) {
  const corners = {
    1: [[-1, -1], [1, -1], [1, 1], [-1, 1]],
    2: [[0, -1.1], [1.1, 1], [-1.1, 1]],
    3: [[-0.45, -1.1], [0.45, -1.1], [1.1, -0.45], [1.1, 0.45], [0.45, 1.1], [-0.45, 1.1], [-1.1, 0.45], [-1.1, -0.45]],
  }[level];
  ctx.beginPath();
  for (const [dx, dy] of corners) ctx.lineTo(x + dx * r, y + dy * r);
  ctx.closePath();
}

function cross(ctx, x, y, r) {
  ctx.beginPath();
  ctx.moveTo(x - r, y - r);
  ctx.lineTo(x + r, y + r);
  ctx.moveTo(x + r, y - r);
  ctx.lineTo(x - r, y + r);
  ctx.stroke();
}

function drawWaits(plot, data) {
  const { ctx } = plot;
  const r = MARK_PX * devicePixelRatio;
  ctx.save();
  ctx.lineWidth = 2 * devicePixelRatio;
  for (const [at, minutes, level] of data.points) {
    const x = plot.valToPos(at, "x", true);
    if (minutes === null) {
      ctx.strokeStyle = colour("ink");
      cross(ctx, x, plot.bbox.top + 2 * r, r);
    } else {
      ctx.fillStyle = colour(`l${level}`);
      outline(ctx, level, x, plot.valToPos(minutes, "y", true), r);
      ctx.fill();
    }
  }
  ctx.restore();
}

function waits(data) {
  const longest = Math.max(LEAST_MINUTES, ...data.points.map(([, minutes]) => minutes ?? 0));
  return [
    {
      scales: { x: { time: false, range: [data.start, data.end] }, y: { range: [0, longest * 1.25] } },
      axes: [timeAxis(data), countAxis()],
      series: [{}, { show: false }],
      hooks: { draw: [(plot) => drawWaits(plot, data)] },
    },
    [
      [data.start, data.end],
      [null, null],
    ],
  ];
}

// Bars as wide as their times, one kind upon the other, each with its own hatching.
function drawCounts(plot, data) {
  const { ctx } = plot;
  ctx.save();
  data.counts[0].forEach((_, place) => {
    const [left, right] = [data.edges[place], data.edges[place + 1]].map((at) => plot.valToPos(at, "x", true));
    const gap = Math.min((right - left) * 0.1, 6 * devicePixelRatio);
    let below = 0;
    Object.entries(KINDS).forEach(([kind, hatched], number) => {
      const count = data.counts[number][place];
      if (!count) return;
      const [top, bottom] = [below + count, below].map((value) => plot.valToPos(value, "y", true));
      ctx.fillStyle = colour(`kind-${kind}`);
      ctx.fillRect(left + gap, top, right - left - 2 * gap, bottom - top);
      ctx.fillStyle = hatching(ctx, hatched, colour("card"));
      ctx.fillRect(left + gap, top, right - left - 2 * gap, bottom - top);
      ctx.strokeStyle = colour("card");
      ctx.lineWidth = 2 * devicePixelRatio;
      ctx.strokeRect(left + gap, top, right - left - 2 * gap, bottom - top);
      below += count;
    });
  });
  ctx.restore();
}

function counts(data) {
  const sums = data.counts[0].map((_, place) => data.counts.reduce((sum, kind) => sum + kind[place], 0));
  return [
    {
      scales: { x: { time: false, range: [data.start, data.end] }, y: { range: [0, Math.max(4, ...sums) * 1.1] } },
      axes: [timeAxis(data), countAxis()],
      series: [{}, { show: false }],
      hooks: { draw: [(plot) => drawCounts(plot, data)] },
    },
    [
      [data.start, data.end],
      [null, null],
    ],
  ];
}

drawEach((data, section, kind) => ({ waits, counts })[kind](data));

const print = document.getElementById("print");
if (print) {
  print.hidden = false;
  print.addEventListener("click", () => window.print());
}
