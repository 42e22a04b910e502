/** Short notices at the foot of the page, read aloud by a screen reader. */

import { h, icon } from "./dom.js";
import { t } from "./texts.js";

const place = h("div", { class: "notices", role: "status", "aria-live": "polite" });

export function showNotices() {
  document.body.append(place);
}

export function notice(text, kind = "plain") {
  const close = h("button", { class: "bare", "aria-label": t("close"), on: { click: () => box.remove() } }, icon("close"));
  const box = h("div", { class: `notice ${kind}` }, icon(kind === "wrong" ? "warning" : "info"), h("span", {}, text), close);
  place.append(box);
  setTimeout(() => box.remove(), kind === "wrong" ? 12000 : 5000);
}

/** Do something that may fail at the server; what it says is shown. Gives undefined where it failed. */
export async function tell(work) {
  try {
    return await work();
  } catch (error) {
    notice(error.message, "wrong");
    return undefined;
  }
}
