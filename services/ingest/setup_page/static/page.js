// Shows the camera's picture, if there is one, under the outlines; takes corners by clicks and writes lines of YAML.
const one = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
let sight = { masks: [], bed: null };
let size = null;
let corners = [];
let loaded = null;
const ANSWER_MS = 4000;

function shape(kind, name, points) {
  const drawn = document.createElementNS(SVG, kind);
  drawn.setAttribute("class", name);
  drawn.setAttribute("points", points.map((point) => point.join(",")).join(" "));
  return drawn;
}

function yaml() {
  const rounded = (points) => JSON.stringify(points.map((point) => point.map((part) => Number(part.toFixed(4)))));
  const lines = ["sight:", `  drawn_on: ${size ? size.join("x") : sight.drawn_on ?? "WIDTHxHEIGHT"}`];
  if (sight.masks.length) lines.push("  masks:", ...sight.masks.map((points) => `    - ${rounded(points)}`));
  if (sight.bed) lines.push(`  bed: ${rounded(sight.bed)}`);
  return lines.join("\n");
}

function draw() {
  const shapes = sight.masks.map((points) => shape("polygon", "mask", points));
  if (sight.bed) shapes.push(shape("polygon", "bed", sight.bed));
  shapes.push(shape("polyline", "new", corners));
  one("outlines").replaceChildren(...shapes);
  one("snippet").value = yaml();
  if (size) one("stage").style.setProperty("aspect-ratio", `${size[0]} / ${size[1]}`);
}

// A picture that stays although the device is silent looks like the present, and stays for as long as the page does.
async function look() {
  try {
    await shown();
  } catch (error) {
    // fetch throws TypeError when the device is gone, and TimeoutError when it only seems to be there
    if (!(error instanceof TypeError) && error.name !== "TimeoutError") throw error;
    one("status").value = "The device does not answer: no picture is shown.";
    one("picture").hidden = true;
    one("picture").removeAttribute("src");
  }
}

async function shown() {
  const camera = one("camera").value;
  const answer = await fetch(`/cameras/${camera}`, { signal: AbortSignal.timeout(ANSWER_MS) });
  if (answer.status === 401 || answer.status === 404) return location.reload();
  const said = await answer.json();
  if (camera !== one("camera").value) return undefined;
  one("status").value = said.status;
  size = said.size;
  if (loaded !== camera) {
    loaded = camera;
    corners = [];
    sight = { masks: said.masks, bed: said.bed, drawn_on: said.drawn_on };
  }
  one("picture").hidden = size === null;
  if (size) one("picture").src = `/cameras/${camera}/picture?${Date.now()}`;
  else one("picture").removeAttribute("src");
  return draw();
}

one("outlines").addEventListener("click", (event) => {
  const box = one("outlines").getBoundingClientRect();
  const part = (value, start, length) => Math.min(1, Math.max(0, (value - start) / length));
  corners.push([part(event.clientX, box.left, box.width), part(event.clientY, box.top, box.height)]);
  draw();
});
one("mask").addEventListener("click", () => {
  if (corners.length >= 3) sight.masks.push(corners.splice(0));
  draw();
});
one("bed").addEventListener("click", () => {
  if (corners.length >= 3) sight.bed = corners.splice(0);
  draw();
});
one("undo").addEventListener("click", () => { corners.pop(); draw(); });
one("clear").addEventListener("click", () => { corners = []; sight.masks = []; sight.bed = null; draw(); });
one("camera").addEventListener("change", look);

for (const camera of await (await fetch("/cameras")).json()) {
  one("camera").append(new Option(`${camera.name} (${camera.id})`, camera.id));
}
await look();
setInterval(look, 1000);
