// Draws the cameras' states anew every few seconds where they changed, and says when the device does not answer.
const EVERY_MS = 5000;
const ANSWER_MS = 4000; // a device that is there and silent answers no more than one that is gone

async function look() {
  let answered = false;
  try {
    const answer = await fetch("/", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const [shown, fresh] = [document, page].map((one) => one.querySelector("#cameras"));
    answered = answer.ok && fresh !== null;
    // what did not change stays: a screen reader reads out what is put there
    if (answered && fresh.innerHTML !== shown.innerHTML) shown.replaceChildren(...fresh.children);
  } catch {
    answered = false;
  }
  document.querySelector("#lost").hidden = answered;
}

setInterval(look, EVERY_MS);
