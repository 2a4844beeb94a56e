// Alerts the agent when somebody writes: a count in the tab, a sound, a notification.

const TONE = [660, 880]; // Hz
const COUNT = /^\(\d+\) /;

export class Alerts {
  #store;
  #keep;
  #audio = null;
  #missed = 0; // messages since the agent last looked at the tab
  #seen = () => this.#look();

  constructor(store, keep) {
    this.#store = store;
    this.#keep = keep;
    store.on("arrived", ({ row, line }) => this.#arrived(row, line));
    document.addEventListener("visibilitychange", this.#seen);
  }

  end() {
    document.removeEventListener("visibilitychange", this.#seen);
    this.#look();
    this.#audio?.close();
  }

  #look() {
    if (document.hidden) return;
    this.#missed = 0;
    document.title = document.title.replace(COUNT, "");
  }

  #arrived(row, line) {
    if (row.state !== "yours" && row.state !== "queue") return;
    if (this.#keep.wants("sound")) this.#play();
    if (!document.hidden) return;
    this.#missed += 1;
    document.title = `(${this.#missed}) ${document.title.replace(COUNT, "")}`;
    if (this.#keep.wants("notice") && this.#canNotify) {
      const notice = new Notification(row.name, { body: line.text, tag: row.id });
      notice.onclick = () => {
        window.focus();
        this.#store.choose(row.c);
      };
    }
  }

  /** Notifications exist only on https and on this machine. */
  get #canNotify() {
    return "Notification" in window && Notification.permission === "granted";
  }

  #play() {
    this.#audio ??= new AudioContext();
    TONE.forEach((hertz, at) => {
      const [tone, volume] = [this.#audio.createOscillator(), this.#audio.createGain()];
      const begin = this.#audio.currentTime + at * 0.12;
      tone.frequency.value = hertz;
      volume.gain.setValueAtTime(0.08, begin);
      volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.25);
      tone.connect(volume).connect(this.#audio.destination);
      tone.start(begin);
      tone.stop(begin + 0.3);
    });
  }

  /** The menu's items that turn these on and off. */
  items() {
    const item = (what, words, turn) => {
      const on = this.#keep.wants(what);
      return [`${words}: ${on ? "on" : "off"}`, () => turn(!on)];
    };
    const items = [
      item("sound", "Sound", (on) => {
        this.#keep.setWants("sound", on);
        if (on) this.#play();
      }),
    ];
    if ("Notification" in window) {
      items.push(
        item("notice", "Browser notifications", async (on) => {
          const may = on && (await Notification.requestPermission()) === "granted";
          this.#keep.setWants("notice", may);
        }),
      );
    }
    return items;
  }
}
