// The sound of the ward: two notes for level 2, five for level 3, again and again while somebody is asked for.
// A browser lets a page sound only after somebody has pressed something on it, so each screen is switched on by hand.
import { _ } from "./phrases.js";

const PATTERNS = { 2: { notes: [523, 659], every: 12000 }, 3: { notes: [784, 784, 784, 1047, 1047], every: 5000 } };
const NOTE_S = 0.18;

export class Sound {
  constructor(button) {
    this.button = button;
    this.context = null;
    this.last = -Infinity;
    button.addEventListener("click", () => this.toggle());
    this.show("on");
  }

  // Whether this screen can be heard now. A browser stops sound by itself: for a call, a locked screen, another page.
  get heard() {
    return this.context?.state === "running";
  }

  toggle() {
    const former = this.heard;
    this.context?.close();
    this.context = former ? null : new AudioContext();
    this.context?.addEventListener("statechange", () => this.show("on"));
    this.context?.resume().catch(() => {});
    if (!former) this.play([659]); // so that whoever switches it on hears that it works
    this.show("on");
  }

  // What it does, where it can be heard at all.
  show(state) {
    const here = this.heard;
    document.body.dataset.sound = here ? state : "off";
    const text = here ? _("Sound here: on") : _("Sound here: off");
    if (this.button.textContent !== text) this.button.textContent = text;
    this.button.setAttribute("aria-pressed", String(here));
  }

  // Called every second. paused: the ward's sound is paused, for everybody.
  look(level, paused, now) {
    if (!this.context) return;
    if (!this.heard) {
      this.context.resume().catch(() => {}); // it may, once the browser lets it; until then the button says that it is off
      this.show("on");
      return;
    }
    const pattern = PATTERNS[level];
    this.show(!pattern ? "on" : paused ? "paused" : "sounding");
    if (pattern && !paused && now - this.last >= pattern.every) {
      this.last = now;
      this.play(pattern.notes);
    }
  }

  play(notes) {
    const start = this.context.currentTime + 0.02;
    notes.forEach((hertz, index) => {
      const [tone, gain] = [this.context.createOscillator(), this.context.createGain()];
      const at = start + index * NOTE_S;
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(0, at);
      gain.gain.linearRampToValueAtTime(0.35, at + 0.02);
      gain.gain.linearRampToValueAtTime(0, at + NOTE_S - 0.03);
      tone.connect(gain).connect(this.context.destination);
      tone.start(at);
      tone.stop(at + NOTE_S);
    });
  }
}
