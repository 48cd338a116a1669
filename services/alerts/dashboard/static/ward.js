// Follows the ward: replaces the fragments that the service sends, counts the seconds, sends what people do.
import { WallClock } from "./clock.js";
import { _ } from "./phrases.js";
import { Sound } from "./sound.js";

{
  const root = document.documentElement;
  const body = document.body;
  const rooms = document.getElementById("rooms");
  const say = document.getElementById("say");
  const QUIET_MS = 12000; // two beats of the service and some
  const TRY_MS = 4000; // the service beats as soon as it is connected
  const REFUSED_MS = 2000; // between two tries where the service answers and refuses
  const ANSWER_MS = 10000;
  const SLEPT_MS = 5000; // by so much more has the wall clock gone on than the page's own, which stands while a machine sleeps
  const wall = new WallClock(body.dataset.zone, JSON.parse(body.dataset.months));
  const tab = crypto.getRandomValues(new Uint32Array(4)).join("-");
  let said = Date.parse(body.dataset.now); // what the service's clock said,
  let heard = performance.now(); // and when that was, by a clock that nobody sets
  let tried = -Infinity;
  let old = false; // what is shown is known to be old, whatever was heard
  let apart = Date.now() - performance.now();
  let calling = new Set(ids());
  let source = null;
  const sound = new Sound(document.getElementById("sound"));

  root.classList.add("scripted");

  function parse(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content;
  }

  function elapsed(milliseconds) {
    const s = Math.max(0, Math.round(milliseconds / 1000));
    const two = (n) => String(n).padStart(2, "0");
    if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
    if (s < 172800) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))}`;
    return _("{count} days", { count: Math.floor(s / 86400) });
  }

  // What is to come: with its unit, for "in 13:50" may be read as a time of day.
  function left(milliseconds) {
    const time = elapsed(milliseconds);
    return Math.round(milliseconds / 1000) < 3600 ? _("{time} min", { time }) : time;
  }

  function tick() {
    const now = said + performance.now() - heard;
    for (const one of document.querySelectorAll("time[data-clock]")) one.textContent = wall.text(Date.parse(one.dateTime), now);
    for (const one of document.querySelectorAll("time[data-since]")) one.textContent = elapsed(now - Date.parse(one.dataset.since));
    for (const one of document.querySelectorAll("time[data-until]")) one.textContent = left(Date.parse(one.dataset.until) - now);
    const clock = document.getElementById("now");
    clock.textContent = wall.text(now, now);
    clock.dateTime = new Date(now).toISOString();
  }

  // A connection that went silent is given up, and tried anew: it may never say that it is dead.
  function watch() {
    const now = performance.now();
    old ||= slept();
    if (old || now - heard > QUIET_MS) lost();
    const refused = source.readyState === EventSource.CLOSED && now - tried > REFUSED_MS;
    if (refused) ask();
    if (refused || ((old || now - heard > QUIET_MS) && now - tried > TRY_MS)) connect();
  }

  // Whether this machine slept since the last look, or its clock was set on: its connections may be dead for long.
  function slept() {
    const [before, now] = [apart, Date.now() - performance.now()];
    apart = now;
    return now - before > SLEPT_MS;
  }

  // A service that refuses may do so because nobody is signed in any more: then it leads this page elsewhere.
  async function ask() {
    try {
      const answer = await fetch(location.pathname, { redirect: "manual", signal: AbortSignal.timeout(ANSWER_MS) });
      if (answer.type === "opaqueredirect") location.reload();
    } catch (error) {
      if (!(error instanceof TypeError) && error.name !== "TimeoutError") throw error;
    }
  }

  // The worst level that asks for somebody now and is not held, here or in another ward.
  function worst() {
    const levels = [...document.querySelectorAll(".tile.raised:not(.held)")].map((tile) => (tile.classList.contains("alert-3") ? 3 : 2));
    const elsewhere = document.querySelector(".elsewhere");
    if (elsewhere) levels.push(elsewhere.dataset.level >= 3 ? 3 : 2);
    return Math.max(0, ...levels);
  }

  function listen() {
    sound.look(worst(), document.querySelector("[data-paused]") !== null, performance.now());
  }

  function ids() {
    return [...document.querySelectorAll(".tile.raised:not(.held)")].map((tile) => tile.dataset.room);
  }

  function announce() {
    const now = ids();
    const fresh = now.filter((id) => !calling.has(id));
    calling = new Set(now);
    const title = document.title.replace(/^\(\d+\) /, "");
    document.title = now.length ? `(${now.length}) ${title}` : title;
    if (fresh.length) {
      say.textContent = fresh
        .map((id) => document.getElementById(`room-${id}`))
        .map((tile) => [tile.querySelector("h2").firstChild.textContent.trim(), tile.querySelector(".word").textContent])
        .map(([room, level]) => _("{room}: pain, {level}", { room, level }))
        .join(". ");
    }
  }

  // What somebody has begun to type, and what is unfolded, outlasts a new drawing.
  function keep(old, fresh) {
    for (const field of old.querySelectorAll("input[data-focus]")) {
      const twin = fresh.querySelector(`[data-focus="${CSS.escape(field.dataset.focus)}"]`);
      if (twin) twin.value = field.value;
    }
    for (const one of old.querySelectorAll("details[open]")) {
      const twin = fresh.querySelector(`[data-keep="${CSS.escape(one.dataset.keep)}"]`);
      if (twin) twin.open = true;
    }
  }

  // Moves what changed its place and nothing else: moving takes the focus away, and a large ward has many tiles.
  function order(wanted) {
    let next = rooms.firstElementChild;
    for (const tile of wanted) {
      if (next && next !== tile && next.nextElementSibling === tile) next = tile; // the one before goes further back
      if (tile === next) next = tile.nextElementSibling;
      else rooms.insertBefore(tile, next);
    }
  }

  function place(name, text) {
    if (name === "order") {
      const wanted = JSON.parse(text).map((id) => document.getElementById(`room-${id}`)).filter(Boolean);
      order(wanted);
    } else if (name.startsWith("room:")) {
      const old = document.getElementById(`room-${name.slice(5)}`);
      const fresh = parse(text);
      if (old) keep(old, fresh);
      if (old) old.replaceWith(fresh);
      else rooms.append(fresh);
    } else {
      document.querySelector(`[data-fragment="${name}"]`).replaceChildren(parse(text));
    }
  }

  function update(fragments) {
    const focused = document.activeElement;
    const [focus, caret] = [focused?.dataset?.focus, focused?.selectionStart];
    const names = Object.keys(fragments).sort((a, b) => (a === "order") - (b === "order"));
    for (const name of names) place(name, fragments[name]);
    if (focus && document.activeElement === body) {
      const twin = document.querySelector(`[data-focus="${CSS.escape(focus)}"]`);
      twin?.focus();
      if (twin && Number.isInteger(caret)) twin.setSelectionRange(caret, caret);
    }
    announce();
    tick();
  }

  // What is written anew where a screen reader listens is read out anew, every beat if need be.
  function link(state, text) {
    const shown = document.getElementById("link-text");
    document.getElementById("link").className = `link js ${state}`;
    if (shown.textContent !== text) shown.textContent = text;
  }

  function live(event) {
    if (event.target !== source) return;
    heard = performance.now();
    old = false;
    const message = JSON.parse(event.data);
    said = Date.parse(message.now);
    if (event.lastEventId) body.dataset.event = event.lastEventId;
    document.getElementById("lost").hidden = true;
    link("on", _("Live"));
    if (message.fragments) update(message.fragments);
  }

  function lost() {
    document.getElementById("lost").hidden = false;
    link("off", _("Not connected"));
  }

  function connect() {
    if (source) source.close();
    tried = performance.now();
    const asked = new URLSearchParams({ ward: body.dataset.ward, since: body.dataset.event, tab });
    source = new EventSource(`/events?${asked}`);
    source.addEventListener("update", live);
    source.addEventListener("beat", live);
    source.addEventListener("error", lost);
    source.addEventListener("ended", () => location.reload());
  }

  function refuse(form, text) {
    let note = form.querySelector(".refused");
    if (!note) {
      note = document.createElement("p");
      note.className = "refused";
      note.setAttribute("role", "alert");
      form.append(note);
    }
    note.textContent = text;
  }

  async function act(form, button) {
    const body = JSON.stringify(Object.fromEntries(new FormData(form, button)));
    const token = document.querySelector("meta[name=form-token]").content;
    button.disabled = true;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Form-Token": token },
        body,
        signal: AbortSignal.timeout(ANSWER_MS),
      });
      if (answer.ok) return;
      const problem = await answer.json();
      if (problem.error === "acknowledged") refuse(form, _("{name} was faster.", { name: problem.by }));
      else if (problem.error === "cleared") refuse(form, _("This alert is over."));
      else if (answer.status === 401 || problem.error === "form_token") location.reload();
      else if (answer.status === 403) refuse(form, _("Your role may not do this."));
      else if (problem.error === "nobody_there") refuse(form, _("Nobody is there yet."));
      else if (problem.error === "nothing_due") refuse(form, _("Somebody has looked already."));
      else if (answer.status === 422) refuse(form, _("This cannot be done like that."));
      else refuse(form, _("The service did not take it. Try again."));
    } catch (error) {
      // fetch throws TypeError when the network is gone, and TimeoutError when it only seems to be there
      if (!(error instanceof TypeError) && error.name !== "TimeoutError") throw error;
      refuse(form, _("No connection. Go and look."));
    } finally {
      button.disabled = false;
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form.ack");
    if (!form) return;
    event.preventDefault();
    act(form, event.submitter ?? form.querySelector("button"));
  });

  document.getElementById("zone").textContent = wall.zone;
  connect();
  tick();
  announce();
  setInterval(() => {
    tick();
    watch();
    listen();
  }, 1000);
  for (const woken of ["online", "pageshow", "focus"]) window.addEventListener(woken, watch);
  document.addEventListener("visibilitychange", watch);
}
