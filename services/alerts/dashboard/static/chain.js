// The page of chains, drawn anew every few seconds in its place: neither the focus nor the place on the page is lost.
const EVERY_MS = 15000;
const ANSWER_MS = 10000;

async function renew() {
  if (document.hidden) return;
  let answered = false;
  try {
    const answer = await fetch(location.pathname, { redirect: "manual", signal: AbortSignal.timeout(ANSWER_MS) });
    if (answer.type === "opaqueredirect") location.reload(); // nobody is signed in any more
    answered = answer.ok;
    if (!answered) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of ["main", ".clock"]) document.querySelector(part).replaceWith(fresh.querySelector(part));
  } catch (error) {
    // fetch throws TypeError when the network is gone, and TimeoutError when it only seems to be there
    if (!(error instanceof TypeError) && error.name !== "TimeoutError") throw error;
  } finally {
    document.getElementById("lost").hidden = answered;
  }
}

setInterval(renew, EVERY_MS);
document.addEventListener("visibilitychange", renew);
