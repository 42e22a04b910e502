/** A question in a box of its own: the answers of its fields, or null where it was closed. */

import { h, icon } from "./dom.js";
import { t } from "./texts.js";

/** `fields(form)` are elements with names; `body` comes before them. */
export function ask({ title, body = [], fields = [], accept = t("ok"), wide = false }) {
  return new Promise((resolve) => {
    const close = () => dialog.close();
    const form = h(
      "form",
      { method: "dialog" },
      h("header", {}, h("h2", {}, title),
        h("button", { type: "button", class: "bare", "aria-label": t("close"), on: { click: close } }, icon("close"))),
      h("div", { class: "dialog-body" }, body, fields),
      accept && h("footer", {},
        h("button", { type: "button", class: "plain", on: { click: close } }, t("cancel")),
        h("button", { type: "submit", class: "primary", value: "accept" }, accept)),
    );
    const dialog = h("dialog", { class: wide ? "wide" : "", "aria-label": title }, form);
    dialog.addEventListener("close", () => {
      const answers = dialog.returnValue === "accept" ? Object.fromEntries(new FormData(form)) : null;
      dialog.remove();
      resolve(answers);
    });
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A labelled field of a form. */
export function field(label, input, hint) {
  return h("label", { class: "field" }, h("span", { class: "label" }, label), input, hint && h("span", { class: "hint" }, hint));
}
