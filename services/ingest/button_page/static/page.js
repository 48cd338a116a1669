// Draws the cameras' states anew every few seconds, and says when the device does not answer.
const EVERY_MS = 5000;

async function look() {
  let answered = false;
  try {
    const answer = await fetch("/", { cache: "no-store" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    answered = answer.ok && page.querySelector("#cameras") !== null;
    if (answered) document.querySelector("#cameras").innerHTML = page.querySelector("#cameras").innerHTML;
  } catch {
    answered = false;
  }
  document.querySelector("#lost").hidden = answered;
}

setInterval(look, EVERY_MS);
