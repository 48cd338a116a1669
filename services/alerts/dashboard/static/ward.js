// Follows the ward: replaces the fragments that the service sends, counts the seconds, takes acknowledgements.
"use strict";
(() => {
  const root = document.documentElement;
  const body = document.body;
  const rooms = document.getElementById("rooms");
  const who = document.getElementById("who");
  const say = document.getElementById("say");
  const QUIET_MS = 12000; // two beats of the service and some
  let skew = 0; // the service's clock minus this browser's
  let heard = 0;
  let calling = new Set(ids());
  let source = null;

  root.classList.add("scripted");

  function remember(key, value) {
    try {
      if (value === undefined) return localStorage.getItem(key) || "";
      localStorage.setItem(key, value);
    } catch (error) {
      if (!(error instanceof DOMException)) throw error; // storage is switched off: the name lives as long as the page
    }
    return "";
  }

  function parse(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    relax(template.content);
    return template.content;
  }

  // The name field of the page without scripts is hidden here: it must not hold the form back.
  function relax(part) {
    for (const field of part.querySelectorAll(".nojs")) field.required = false;
  }

  function elapsed(milliseconds) {
    const s = Math.max(0, Math.round(milliseconds / 1000));
    const two = (n) => String(n).padStart(2, "0");
    if (s < 3600) return `${Math.floor(s / 60)}:${two(s % 60)}`;
    if (s < 172800) return `${Math.floor(s / 3600)} h ${two(Math.floor((s % 3600) / 60))}`;
    return `${Math.floor(s / 86400)} days`;
  }

  function tick() {
    const now = Date.now() + skew;
    for (const one of document.querySelectorAll("time[data-since]")) one.textContent = elapsed(now - Date.parse(one.dataset.since));
    for (const one of document.querySelectorAll("time[data-until]")) one.textContent = elapsed(Date.parse(one.dataset.until) - now);
    const clock = document.getElementById("now");
    clock.textContent = new Date(now).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
    clock.dateTime = new Date(now).toISOString();
    if (performance.now() - heard > QUIET_MS) lost();
  }

  function ids() {
    return [...document.querySelectorAll(".tile.raised")].map((tile) => tile.dataset.room);
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
        .map((tile) => `${tile.querySelector("h2").firstChild.textContent.trim()}: pain, ${tile.querySelector(".word").textContent}`)
        .join(". ");
    }
  }

  function place(name, text) {
    if (name === "order") {
      const wanted = JSON.parse(text).map((id) => document.getElementById(`room-${id}`)).filter(Boolean);
      const same = wanted.every((tile, index) => rooms.children[index] === tile);
      if (!same) rooms.append(...wanted); // moving takes the focus away: only when something moved
    } else if (name.startsWith("room:")) {
      const old = document.getElementById(`room-${name.slice(5)}`);
      const fresh = parse(text);
      if (old) old.replaceWith(fresh);
      else rooms.append(fresh);
    } else {
      document.querySelector(`[data-fragment="${name}"]`).replaceChildren(parse(text));
    }
  }

  function update(fragments) {
    const focus = document.activeElement?.dataset?.focus;
    const names = Object.keys(fragments).sort((a, b) => (a === "order") - (b === "order"));
    for (const name of names) place(name, fragments[name]);
    if (focus && document.activeElement === body) document.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
    announce();
    tick();
  }

  function live(event) {
    heard = performance.now();
    const message = JSON.parse(event.data);
    skew = Date.parse(message.now) - Date.now();
    document.getElementById("lost").hidden = true;
    document.getElementById("link").className = "link js on";
    document.getElementById("link-text").textContent = "Live";
    if (message.fragments) update(message.fragments);
  }

  function lost() {
    document.getElementById("lost").hidden = false;
    document.getElementById("link").className = "link js off";
    document.getElementById("link-text").textContent = "Not connected";
    if (source.readyState === EventSource.CLOSED) connect();
  }

  function connect() {
    if (source) source.close();
    heard = performance.now();
    source = new EventSource(`/events?ward=${encodeURIComponent(body.dataset.ward)}&since=${encodeURIComponent(body.dataset.event)}`);
    source.addEventListener("update", live);
    source.addEventListener("beat", live);
    source.addEventListener("error", lost);
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

  async function acknowledge(form) {
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ by: who.value.trim() }),
      });
      if (answer.ok) return;
      const problem = await answer.json();
      if (problem.error === "acknowledged") refuse(form, `${problem.by} was faster.`);
      else if (problem.error === "cleared") refuse(form, "This alert is over.");
      else refuse(form, "The service did not take it. Try again.");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // fetch throws TypeError when the network is gone
      refuse(form, "No connection. Go and look.");
    } finally {
      button.disabled = false;
    }
  }

  document.addEventListener("submit", (event) => {
    const form = event.target.closest("form.ack");
    if (!form) return;
    event.preventDefault();
    const named = who.value.trim() !== "";
    who.parentElement.classList.toggle("ask", !named);
    if (named) {
      acknowledge(form);
    } else {
      refuse(form, "Enter your name at the top first.");
      who.focus();
    }
  });

  who.value = remember("veilward.who");
  who.addEventListener("input", () => {
    remember("veilward.who", who.value.trim());
    who.parentElement.classList.remove("ask");
  });
  relax(document);
  connect();
  tick();
  announce();
  setInterval(tick, 1000);
})();
